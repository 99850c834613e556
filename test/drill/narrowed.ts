import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Template {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>
  >;
}

/** Properties that a resource gets beside its own, by its type and its physical name. */
export type Narrowing = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

const nameOf = ({ FunctionName, QueueName }: Record<string, unknown>): unknown => FunctionName ?? QueueName;

/**
 * Gives resources of an assembly less room than they have: for limits of an account, which no definition has.
 *
 * @param assembly a copy that is this process's own; its templates are written anew
 * @throws Error naming the resource that there is not
 */
export function narrow(assembly: string, narrowing: Narrowing): void {
  const wanted = Object.entries(narrowing).flatMap(([type, byName]) =>
    Object.entries(byName).map(([name, properties]) => ({ type, name, properties })),
  );
  const found = new Set<string>();
  for (const file of readdirSync(assembly).filter((name) => name.endsWith('.template.json'))) {
    const path = join(assembly, file);
    const template = JSON.parse(readFileSync(path, 'utf8')) as Template;
    for (const { Type, Properties = {} } of Object.values(template.Resources)) {
      for (const { type, name, properties } of wanted) {
        if (Type !== type || nameOf(Properties) !== name) continue;
        Object.assign(Properties, properties);
        found.add(name);
      }
    }
    writeFileSync(path, JSON.stringify(template));
  }
  const missing = wanted.filter(({ name }) => !found.has(name));
  if (missing.length > 0) throw new Error(`the templates must have ${missing.map(({ name }) => name).join(', ')}`);
}
