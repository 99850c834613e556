import { consume } from '../../../../functions/consume/consume.ts';
import { haveEffect } from '../../../support/have-effect.ts';
import type { Update } from '../update.ts';

/** Gives a key the value of a version. */
export const handler = consume<Update>('latest', ({ data: { key, version } }, context) =>
  haveEffect({ key, n: version }, context),
);
