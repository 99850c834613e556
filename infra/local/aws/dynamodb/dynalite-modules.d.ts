/** The parts of dynalite that are used here; it brings no types. */

declare module 'dynalite/db/index.js' {
  type Done<T> = (error: Error | null | undefined, value?: T) => void;

  /** A part of the database with a prefix of its own. */
  export interface SubDb {
    get(key: string, done: Done<unknown>): void;
    put(key: string, value: object, done: Done<void>): void;
    del(key: string, done: Done<void>): void;
    awsAccountId?: string;
    awsRegion?: string;
  }

  export interface Store {
    readonly db: {
      open(): Promise<void>;
      get(key: string): Promise<unknown>;
      put(key: string, value: unknown): Promise<void>;
      del(key: string): Promise<void>;
    };
    readonly tableDb: SubDb;
    readonly lifecycleManager: { gracefulClose(): Promise<void> };
    getItemDb(table: string): SubDb;
    getIndexDb(type: string, table: string, index: string): SubDb;
  }

  /** Bytes of an item; a character of a text counts as one. */
  export function itemSize(item: object): number;

  export function create(options: {
    path?: string;
    createTableMs: number;
    deleteTableMs: number;
    updateTableMs: number;
  }): Store;
}

declare module 'dynalite/validations/index.js' {
  import type { Store } from 'dynalite/db/index.js';

  /** What a member of a request may be: a type's name, or a type with what is inside it. */
  export type MemberType = string | { readonly type?: string; readonly children?: MemberType | MemberTypes };
  export interface MemberTypes {
    readonly [name: string]: MemberType;
  }
  export type Custom = (data: object, store: Store) => string | undefined;

  export function checkTypes(data: object, types: MemberTypes): object;
  export function checkValidations(data: object, types: MemberTypes, custom: Custom | undefined, store: Store): void;
}
