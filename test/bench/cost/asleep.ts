import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A copy of an assembly whose event source mappings do not poll: what is sent gathers in the queues. */
export function asleep(assembly: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'assembly-'));
  for (const name of readdirSync(assembly)) {
    if (!name.endsWith('.template.json')) {
      symlinkSync(resolve(assembly, name), join(copy, name));
      continue;
    }
    const template = JSON.parse(readFileSync(join(assembly, name), 'utf8')) as {
      Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
    };
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (Type === 'AWS::Lambda::EventSourceMapping') Properties.Enabled = false;
    }
    writeFileSync(join(copy, name), JSON.stringify(template));
  }
  return copy;
}
