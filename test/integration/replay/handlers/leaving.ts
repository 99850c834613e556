import { consume } from '../../../../functions/consume/consume.ts';
import { testify } from '../../../support/testify.ts';

/** Would do its work, if it still got any. */
export const handler = consume('leaving', testify);
