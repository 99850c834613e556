import { consume } from '../../../functions/consume/consume.ts';

/** What is archived needs no handler, but a pipeline needs one. */
export const handler = consume('nobody', () => undefined);
