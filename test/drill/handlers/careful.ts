import { consume } from '../../../functions/consume/consume.ts';
import { work } from '../work.ts';

/** Does what its downstream lets it do. */
export const handler = consume('careful', work);
