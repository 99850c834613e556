import type { EventAttributes } from '../../functions/core/event.ts';
import type { Message, Verification } from '../../functions/core/message.ts';
import type { ColumnType } from './column-type.ts';

/** A type for each member that any kind of `Value` can have: a member without one does not compile. */
type ColumnsOf<Value> = { readonly [Name in Lowercase<MemberOf<Value>>]: ColumnType };
type MemberOf<Value> = Value extends unknown ? Extract<keyof Value, string> : never;

const eventAttributes: ColumnsOf<EventAttributes> = {
  specversion: 'string',
  id: 'string',
  source: 'string',
  type: 'string',
  time: 'string',
  datacontenttype: 'string',
};

const verification: ColumnsOf<Verification> = {
  scheme: 'string',
  secret: 'string',
  at: 'string',
  weakbody: 'boolean',
};

/** A further delivery of the same event, as a record tells of it. */
export const copyType = { struct: { receivedat: 'string', deliveryid: 'string' } } as const;

/** What a record holds: the members of a message, and what compaction adds. */
export const recordColumns: ColumnsOf<Message> & { readonly copies: ColumnType } = {
  v: 'int',
  event: { struct: eventAttributes },
  body: 'string',
  body64: 'string',
  dataref: 'string',
  headers: { map: 'string' },
  receivedat: 'string',
  deliveryid: 'string',
  nameddelivery: 'boolean',
  tenant: 'string',
  key: 'string',
  verified: { struct: verification },
  run: 'bigint',
  gen: 'bigint',
  trace: 'string',
  copies: { array: copyType },
};

/** The folders that a record lies in, outermost first. */
export const partitionColumns = { source: 'string', year: 'int', month: 'int', day: 'int', hour: 'int' } as const;
