/** What a key's value is since some version. */
export interface Update {
  readonly key: string;
  readonly version: number;
}
