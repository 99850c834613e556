import { consume } from '../../../../functions/consume/consume.ts';
import { testify } from '../../../support/testify.ts';

/** Fails for as long as the witness turns it away. */
export const handler = consume('broken', testify);
