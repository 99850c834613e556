import { consume } from '../../../../functions/consume/consume.ts';
import { testify } from '../../../support/testify.ts';

/** Does its work, one event of a site after the other. */
export const handler = consume('ordered', testify);
