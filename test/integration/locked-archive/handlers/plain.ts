import { consume } from '../../../../functions/consume/consume.ts';
import { testify } from '../../../support/testify.ts';

/** Does its work. */
export const handler = consume('plain', testify);
