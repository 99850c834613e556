import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Damage, linesIn, longestLineBytes } from '../../../functions/archive/lines.ts';
import { collected } from '../../support/archive-world.ts';

async function read(bytes: Buffer) {
  const damages: Damage[] = [];
  const lines = await collected(linesIn(bytes, (damage) => damages.push(damage)));
  return { lines: lines.map(String), damages };
}

const one = gzipSync('a\nb\n');
const other = gzipSync('c\nd\n');
/** A member of which no half can be read: what it has is not compressible. */
const long = gzipSync(`${Array.from({ length: 3000 }, (_, i) => `${i} ${Math.sin(i)}`).join('\n')}\n`);

describe('lines of an object', () => {
  test('are those of all of its members, also where a line lies across two', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary', maxLength: 40 }), { maxLength: 20 }), async (texts) => {
        const text = texts.map((line) => line.replaceAll('\n', ' ')).filter((line) => line !== '');
        const all = Buffer.from(
          text
            .map((line) => `${line}\n`)
            .join('')
            .toWellFormed(),
        );
        const cut = Math.floor(all.length / 3);
        const parts = [all.subarray(0, cut), all.subarray(cut, 2 * cut), all.subarray(2 * cut)];
        const { lines, damages } = await read(Buffer.concat(parts.map((part) => gzipSync(part))));
        expect(lines).toEqual(text.map((line) => line.toWellFormed()));
        expect(damages).toEqual([]);
      }),
    );
  });

  test('are found where the last has no end, and where the header has all that it may have', async () => {
    expect(await read(gzipSync('a\nb'))).toEqual({ lines: ['a', 'b'], damages: [] });
    const plain = gzipSync('a\n');
    const head = Buffer.from(plain.subarray(0, 10));
    head[3] = 0x02 | 0x04 | 0x08 | 0x10;
    const extra = Buffer.concat([
      Buffer.from([3, 0]),
      Buffer.from('xyz'),
      Buffer.from('name\0comment\0'),
      Buffer.from('cc'),
    ]);
    expect(await read(Buffer.concat([head, extra, plain.subarray(10)]))).toEqual({ lines: ['a'], damages: [] });
  });

  test.each([
    ['nothing at all', Buffer.alloc(0), 'truncated', 'object must be gzip, got no bytes'],
    ['not compressed', Buffer.from('{"v":1}\n'), 'corrupt', 'object must be gzip, got bytes 7b2276'],
    ['a header', one.subarray(0, 10), 'truncated', 'gzip header must end, got the end of the object'],
    ['half a header', one.subarray(0, 4), 'truncated', 'gzip header must end, got the end of the object'],
    ['without its trailer', one.subarray(0, -8), 'truncated', 'gzip member must end, got the end of the object'],
    ['without all of its trailer', one.subarray(0, -1), 'truncated', 'gzip member must end, got the end of the object'],
  ] as const)('are reported where the object is %s', async (_what, bytes, kind, reason) => {
    expect((await read(Buffer.from(bytes))).damages).toEqual([{ kind, offset: 0, reason }]);
  });

  test('are reported where a member is cut short, and given as far as they go', async () => {
    const { lines, damages } = await read(Buffer.concat([one, long.subarray(0, long.length - 100)]));
    expect(damages).toEqual([
      { kind: 'truncated', offset: one.length, reason: 'gzip member must end, got the end of the object' },
    ]);
    expect(lines.slice(0, 4)).toEqual(['a', 'b', '0 0', `1 ${Math.sin(1)}`]);
    expect(lines.length).toBeGreaterThan(2_900);
    expect(lines.length).toBeLessThan(3_002);
  });

  test('are those before and behind a member that is damaged', async () => {
    const damaged = Buffer.from(long);
    damaged.fill(0xff, 12_000, 12_100);
    const { lines, damages } = await read(Buffer.concat([one, damaged, other]));
    expect(damages).toMatchObject([{ kind: 'corrupt', offset: one.length }]);
    expect(lines.slice(0, 2)).toEqual(['a', 'b']);
    expect(lines.slice(-2)).toEqual(['c', 'd']);
  });

  test('are reported where a member is other than what its trailer says', async () => {
    const damaged = Buffer.from(one);
    damaged.writeUInt32LE(1, damaged.length - 8);
    const shorter = Buffer.from(one);
    shorter.writeUInt32LE(1, shorter.length - 4);
    const { lines, damages } = await read(Buffer.concat([damaged, shorter, other]));
    expect(damages).toMatchObject([
      { kind: 'corrupt', offset: 0, reason: expect.stringMatching(/^gzip member must have CRC 1, got [0-9a-f]+$/) },
      { kind: 'corrupt', offset: damaged.length, reason: 'gzip member must have 1 bytes, got 4' },
    ]);
    expect(lines).toEqual(['a', 'b', 'a', 'b', 'c', 'd']);
  });

  test('are reported and left out where one is longer than any that we write', async () => {
    const { lines, damages } = await read(gzipSync(`a\n${'x'.repeat(longestLineBytes + 1)}\nb\n`));
    expect(lines).toEqual(['a', 'b']);
    expect(damages).toMatchObject([
      { kind: 'corrupt', reason: `line must be at most ${longestLineBytes} bytes, got more` },
    ]);
  });
});
