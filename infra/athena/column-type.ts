/** What a column holds, in the few types that records need. */
export type ColumnType =
  | 'string'
  | 'boolean'
  | 'int'
  | 'bigint'
  | { readonly struct: Columns }
  | { readonly array: ColumnType }
  | { readonly map: ColumnType };

/** Columns by name, in their order. Names are lower-case: Glue and Athena have no others. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** A type as Glue keeps it. Source: https://docs.aws.amazon.com/athena/latest/ug/data-types.html */
export function hiveType(type: ColumnType): string {
  if (typeof type === 'string') return type;
  if ('array' in type) return `array<${hiveType(type.array)}>`;
  if ('map' in type) return `map<string,${hiveType(type.map)}>`;
  const fields = Object.entries(type.struct).map(([name, field]) => `${name}:${hiveType(field)}`);
  return `struct<${fields.join(',')}>`;
}

const athenaTypes = { string: 'varchar', boolean: 'boolean', int: 'integer', bigint: 'bigint' } as const;

/** The same type as Athena's SQL and its views call it. */
export function athenaType(type: ColumnType): string {
  if (typeof type === 'string') return athenaTypes[type];
  if ('array' in type) return `array(${athenaType(type.array)})`;
  if ('map' in type) return `map(varchar, ${athenaType(type.map)})`;
  const fields = Object.entries(type.struct).map(([name, field]) => `"${name}" ${athenaType(field)}`);
  return `row(${fields.join(', ')})`;
}
