import { consume } from '../../../../functions/consume/consume.ts';
import type { Effect } from '../../../support/fickle-downstream.ts';
import { haveEffect } from '../../../support/have-effect.ts';

/** Gives a key its next value. */
export const handler = consume<Effect>('in-turn', ({ data }, context) => haveEffect(data, context));
