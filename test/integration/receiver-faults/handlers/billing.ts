import { consume } from '../../../../functions/consume/consume.ts';
import { testify } from '../../../support/testify.ts';

/** Tells the witness what it saw. */
export const handler = consume('billing', testify);
