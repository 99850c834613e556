import { consume } from '../../../../functions/consume/consume.ts';
import { testify } from '../../../support/testify.ts';

/** Fails as long as it is turned away. */
export const handler = consume('patient', testify);
