import type { MemberType, MemberTypes } from 'dynalite/validations/index.js';

/**
 * The first member of a request that dynalite has no type for, by its path: it would pass it over in silence.
 *
 * @example unknownMember({ TableName: 't', Segment: 1 }, { TableName: 'String' }) // 'Segment'
 */
export function unknownMember(data: object, types: MemberTypes, path = ''): string | undefined {
  for (const [name, value] of Object.entries(data)) {
    if (value === null || value === undefined) continue;
    const type = Object.hasOwn(types, name) ? types[name] : undefined;
    if (type === undefined) return path + name;
    const inside = inMember(value, type, `${path}${name}.`);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

function inMember(value: unknown, member: MemberType, path: string): string | undefined {
  if (typeof member === 'string' || typeof member.children !== 'object') return undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const { children, type = '' } = member;
  if (/Struct</.test(type)) return unknownMember(value, children as MemberTypes, path);
  for (const one of Object.values(value)) {
    const inside = inMember(one, children as MemberType, path);
    if (inside !== undefined) return inside;
  }
  return undefined;
}
