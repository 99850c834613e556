import { providers } from '../../functions/core/provider-names.ts';
import { presets } from '../../functions/receive/providers/all.ts';
import { platforms } from './all.ts';
import type { Platform } from './platform.ts';

const heading = [
  'provider',
  'scheme',
  "the source's secret holds",
  'checked against',
  'handshake',
  'deadline',
] as const;

/** The README's table of presets, a line of Markdown each. */
export function presetTable(): readonly string[] {
  const rows = providers.map((name) => {
    const { scheme, secret, checked, handshake = '–', note } = platforms[name];
    const { deadlineSeconds, weakBody } = presets[name];
    const remarks = [scheme, ...(weakBody ? ['**the body is not covered**'] : []), ...(note ? [note] : [])];
    return [`\`${name}\``, remarks.join('; '), secret, checkedBy(checked), handshake, `${deadlineSeconds} s`];
  });
  return [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escaped).join(' | ')} |`);
}

function checkedBy({ by, with: what }: Platform['checked']): string {
  return /^https:/.test(what) ? `[${by}](${what})` : `${by}: \`${what}\``;
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
