import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PipelineDefinition } from '../../functions/core/definition.ts';

/**
 * Writes the module that `#presets` stands for in a receiver's bundle: the presets that its pipeline uses, and no other.
 *
 * @param root absolute path of the project
 * @returns absolute path of the module
 */
export function presetModule(root: string, { sources }: Pick<PipelineDefinition, 'sources'>): string {
  const used = Object.values(sources).flatMap(({ provider }) => (typeof provider === 'string' ? [provider] : []));
  const names = [...new Set(used)].sort();
  const imports = names.map(
    (name, place) =>
      `import { ${exportOf(name)} as p${place} } from ${JSON.stringify(`${root}/functions/receive/providers/${name}.ts`)};`,
  );
  const members = names.map((name, place) => `'${name}': p${place}`);
  const text = `${imports.join('\n')}\nexport const presets = { ${members.join(', ')} };\n`;
  const folder = join(root, '.nerite/presets');
  const path = join(folder, `${createHash('sha256').update(text).digest('hex').slice(0, 16)}.ts`);
  mkdirSync(folder, { recursive: true });
  // Several syntheses may run at once: none ever sees half a module.
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
  return path;
}

/** What a preset's file exports it as. */
function exportOf(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
