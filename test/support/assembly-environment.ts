import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

interface Template {
  readonly Resources: Readonly<
    Record<
      string,
      { readonly Properties?: { readonly Environment?: { readonly Variables?: Record<string, unknown> } } }
    >
  >;
}

/**
 * A copy of an assembly whose functions have other values for variables that they have already: for what differs from
 * one run to the next, such as the port of a test's own server, and must not be part of an assembly that is kept.
 *
 * @throws Error naming the variable that no function has
 */
export function withEnvironment(assembly: string, variables: Readonly<Record<string, string>>): string {
  const copy = mkdtempSync(join(tmpdir(), 'assembly-'));
  const unused = new Set(Object.keys(variables));
  for (const name of readdirSync(assembly)) {
    if (!name.endsWith('.template.json')) {
      symlinkSync(resolve(assembly, name), join(copy, name));
      continue;
    }
    const template = JSON.parse(readFileSync(join(assembly, name), 'utf8')) as Template;
    for (const { Properties } of Object.values(template.Resources)) {
      const own = Properties?.Environment?.Variables ?? {};
      for (const [variable, value] of Object.entries(variables)) {
        if (!Object.hasOwn(own, variable)) continue;
        own[variable] = value;
        unused.delete(variable);
      }
    }
    writeFileSync(join(copy, name), JSON.stringify(template));
  }
  if (unused.size > 0)
    throw new Error(`functions must have the variables ${[...unused].join(', ')}, got none with them`);
  return copy;
}
