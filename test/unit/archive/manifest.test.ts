import { describe, expect, test } from 'vitest';
import { decodeManifest, encodeManifest, type Manifest } from '../../../functions/archive/manifest.ts';
import { indexKey, mergedKey, objectNameOf, rawKey } from '../../../functions/archive/object-names.ts';
import { theHour } from '../../support/archive-world.ts';

const name = { hour: theHour, firstReceivedAt: '2026-11-21T12:00:00.123Z', hash: 'ab'.repeat(32) };
const raw = rawKey(name);
const merged = mergedKey(name);
const object = { key: merged, events: 2, bytes: 100, index: indexKey(merged) };
const manifest: Manifest = { v: 1, revision: 3, at: '2026-11-21T14:00:00.000Z', objects: [object], absorbed: [raw] };
const decode = (value: unknown) => decodeManifest(Buffer.from(JSON.stringify(value)), theHour);

describe('a manifest', () => {
  test('comes back as it went', () => {
    expect(decodeManifest(encodeManifest(manifest), theHour)).toEqual(manifest);
  });

  test.each([
    ['is no JSON', '{', 'manifest must be JSON'],
    ['is a list', [], 'manifest must be a JSON object'],
    ['is of another version', { ...manifest, v: 2 }, 'manifest.v must be 1, got 2'],
    ['has no revision', { ...manifest, revision: 0 }, 'manifest.revision must be a whole number from 1, got 0'],
    ['has no time', { ...manifest, at: 'soon' }, 'manifest.at must be an RFC 3339 time, got "soon"'],
    ['lists nothing', { ...manifest, objects: null }, 'manifest.objects must be a list, got null'],
    ['absorbs nothing', { ...manifest, absorbed: 'a' }, 'manifest.absorbed must be a list, got "a"'],
    ['lists no object', { ...manifest, objects: [1] }, 'manifest.objects.0 must be an object, got 1'],
    ['counts no events', { ...manifest, objects: [{ ...object, events: -1 }] }, /objects\.0\.events must be a whole/],
    ['has no size', { ...manifest, objects: [{ ...object, bytes: 'x' }] }, /objects\.0\.bytes must be a whole/],
    ['has another index', { ...manifest, objects: [{ ...object, index: 'x' }] }, /objects\.0\.index must be archive/],
    [
      'lists a raw object',
      { ...manifest, objects: [{ ...object, key: raw }] },
      /key must be the key of a merged object/,
    ],
    ['absorbs what it lists', { ...manifest, absorbed: [merged] }, 'manifest.absorbed must name no object that counts'],
    [
      'absorbs a body',
      { ...manifest, absorbed: ['archive/bodies/x'] },
      /absorbed\.0 must be the key of a raw or merged/,
    ],
    [
      "absorbs another hour's",
      { ...manifest, absorbed: [raw.replace('hour=12', 'hour=11')] },
      /absorbed\.0 must be the key of a raw or merged object of source=github\/year=2026\/month=11\/day=21\/hour=12/,
    ],
  ])('is refused where it %s', (_what, value, reason) => {
    expect(() => (value === '{' ? decodeManifest(Buffer.from('{'), theHour) : decode(value))).toThrow(reason);
  });
});

describe('a key', () => {
  test('says what its object is', () => {
    expect(raw).toBe(`archive/events/${theHour}/raw-20261121120000123-${'ab'.repeat(16)}.ndjson.gz`);
    expect(objectNameOf(raw)).toEqual({ kind: 'raw', hour: theHour, firstReceivedAt: '20261121120000123' });
    expect(objectNameOf(merged)).toEqual({ kind: 'merged', hour: theHour, firstReceivedAt: '20261121120000123' });
    expect(indexKey(merged)).toBe(`archive/indexes/${theHour}/merged-20261121120000123-${'ab'.repeat(16)}.json.gz`);
    expect(objectNameOf(indexKey(merged))).toMatchObject({ kind: 'index', hour: theHour });
    expect(objectNameOf(`archive/manifests/${theHour}.json`)).toEqual({ kind: 'manifest', hour: theHour });
  });

  test.each([
    `archive/events/${theHour}/part-0000.parquet`,
    `archive/events/${theHour}/`,
    `${raw}.bak`,
    raw.replace('raw-', 'Raw-'),
    raw.replace('hour=12', 'hour=12/x'),
    raw.replace('hour=12', 'hour=99'),
    raw.replace('archive/events/', 'archive/other/'),
    raw.replace('archive/events/', 'archive/indexes/'),
    indexKey(merged).replace('merged-', 'raw-'),
    indexKey(merged).replace('archive/indexes/', 'archive/events/'),
    'archive/manifests/x.json',
    'archive/bodies/x',
    'spool/x',
    '',
  ])('that nothing of ours wrote names nothing: %s', (key) => expect(objectNameOf(key)).toBeUndefined());
});
