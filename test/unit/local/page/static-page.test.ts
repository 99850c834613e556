import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const directory = join(import.meta.dirname, '../../../../infra/local/page/static');
const html = readFileSync(join(directory, 'page.html'), 'utf8');
const css = readFileSync(join(directory, 'page.css'), 'utf8');
const all = (pattern: RegExp) => [...html.matchAll(pattern)].map(([, found = '']) => found);

describe('the page, to who cannot see it', () => {
  test('has one main landmark, a way to skip to it, and a language', () => {
    expect(all(/<(main|header|nav|footer)\b/g)).toEqual(['header', 'nav', 'main', 'footer']);
    expect(html).toMatch(/<html lang="en">/);
    expect(html).toMatch(/<a class="skip" href="#main">[\s\S]*<main id="main"/);
  });

  test('has headings without a gap in their levels, one of the first', () => {
    const levels = all(/<h([1-6])\b/g).map(Number);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.forEach((level, place) => {
      expect(level, `heading ${place + 1}`).toBeLessThanOrEqual((levels[place - 1] ?? 0) + 1);
    });
  });

  test('leads each of its links to something that is there', () => {
    const ids = all(/\bid="([^"]+)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    for (const reference of [
      ...all(/href="#([^"]+)"/g),
      ...all(/aria-labelledby="([^"]+)"/g),
      ...all(/\bfor="([^"]+)"/g),
    ]) {
      expect(ids).toContain(reference);
    }
  });

  test('says of each table what it holds, and of each column that it is one', () => {
    expect(all(/<(caption)>\S/g)).toHaveLength(all(/<(table)\b/g).length);
    expect(all(/(<th(?: [^>]*)?>)/g).filter((cell) => !cell.includes('scope="col"'))).toEqual([]);
  });

  test('has a label for each field, and a type for each button', () => {
    const fields = all(/<(?:input|select)\b[^>]*\bid="([^"]+)"/g);
    expect(all(/<(input|select)\b/g)).toHaveLength(fields.length);
    expect(all(/<label for="([^"]+)"/g).sort()).toEqual([...fields].sort());
    expect(all(/(<button\b[^>]*>)/g).filter((button) => !button.includes('type='))).toEqual([]);
  });

  test('reads out what is news, politely, and not the figures', () => {
    expect(all(/(<[^>]*(?:role="status"|aria-live)[^>]*>)/g)).toEqual(['<p id="news" class="news" role="status">']);
  });
});

/** Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [lighter = 0, darker = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (lighter + 0.05) / (darker + 0.05);
}

const schemes = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, block = '']) =>
  Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, colour]) => [name, colour])),
);
const texts: readonly (readonly [text: string, ground: string])[] = [
  ...['text', 'quiet', 'accent', 'bad'].flatMap((text) => ['ground', 'card'].map((ground) => [text, ground] as const)),
  ...['good', 'warn', 'bad'].map((tone) => [tone, `${tone}-ground`] as const),
  ...['text', 'quiet'].map((text) => [text, 'neutral-ground'] as const),
  ['text', 'bad-ground'],
  ['on-accent', 'accent'],
];

describe.each([
  ['light', 0],
  ['dark', 1],
])('in %s', (_, place) => {
  const colour = (name = '') => schemes[place]?.[name] ?? '#000000';

  // Source: https://www.w3.org/TR/WCAG22/#contrast-minimum
  test.each(texts)('%s can be read on %s', (text, ground) => {
    expect(contrast(colour(text), colour(ground))).toBeGreaterThanOrEqual(4.5);
  });

  // Source: https://www.w3.org/TR/WCAG22/#non-text-contrast
  test.each(['card', 'ground'])('the edge of a field can be seen on %s', (ground) => {
    expect(contrast(colour('field'), colour(ground))).toBeGreaterThanOrEqual(3);
  });
});
