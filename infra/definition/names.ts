import type { Field } from './field.ts';

/** Names that Nerite's own functions and queues have. */
const reserved = ['archive', 'archiver', 'compactor', 'receiver', 'sweeper', 'watcher'];

/** What every name is made of. */
export const nameSyntax = {
  pattern: /^[a-z][a-z0-9-]{0,39}$/,
  expected: '1 to 40 lower-case letters, digits and hyphens, a letter first',
};

/** Checks the name of a source or consumer: it becomes part of URLs, queue and function names. */
export function checkName(field: Field, name: string): void {
  if (nameSyntax.pattern.test(name)) return;
  field.complain(`${field.path} must be named by ${nameSyntax.expected}, got ${JSON.stringify(name)}`);
}

/** Checks what the name of a consumer must not be, since its queues and its function are called by it. */
export function checkConsumerName(field: Field, name: string): void {
  checkName(field, name);
  if (name.endsWith('-dlq')) field.complain(`${field.path} must not end in -dlq, which dead-letter queues do`);
  if (reserved.includes(name)) field.complain(`${field.path} must have a name of its own, got a reserved one: ${name}`);
}

/** Notes names that differ in nothing but letter case and hyphens, so that nobody redrives the wrong queue. */
export function checkAlike(fields: readonly (readonly [name: string, field: Field])[]): void {
  const first = new Map<string, string>();
  for (const [name, field] of fields) {
    const plain = name.toLowerCase().replaceAll('-', '');
    const other = first.get(plain);
    if (other) field.complain(`${field.path} must differ from \`${other}\` in more than hyphens and letter case`);
    else first.set(plain, name);
  }
}
