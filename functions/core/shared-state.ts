/** Where in the state table the consumers leave what the watcher reads. */

/** A key of the state table, as DynamoDB has it. */
export type StateKey = { readonly key: { readonly S: string }; readonly sort: { readonly S: string } };

/** Where a circuit is, by its name. */
export function circuitKey(circuit: string): StateKey {
  return { key: { S: `circuit#${circuit}` }, sort: { S: 'state' } };
}

/**
 * Where a consumer notes how old what it put back is: one item for all that returns until then, in the order of these
 * instants.
 *
 * @param returnedBy in ms since 1970
 */
export function watermarkKey(consumer: string, returnedBy: number): StateKey {
  return { key: { S: `watermark#${consumer}` }, sort: { S: new Date(returnedBy).toISOString() } };
}
