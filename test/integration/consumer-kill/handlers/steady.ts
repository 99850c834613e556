import { consume } from '../../../../functions/consume/consume.ts';
import { testify } from '../../../support/testify.ts';

/** Does its work; somebody else kills its process. */
export const handler = consume('steady', testify);
