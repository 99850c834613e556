import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import type { PipelineDefinition } from '../../../functions/core/definition.ts';
import { ArchiveBucket } from '../../../infra/constructs/archive-bucket.ts';
import { archiveRetentionOf } from '../../../infra/definition/retention.ts';
import { definition } from '../../support/definitions.ts';

interface Rule {
  readonly Id: string;
  readonly Prefix?: string;
  readonly Transitions?: readonly { readonly StorageClass: string; readonly TransitionInDays: number }[];
  readonly ExpirationInDays?: number;
  readonly ObjectSizeGreaterThan?: number;
}

function rulesOf(difference: Partial<PipelineDefinition>): readonly Rule[] {
  const stack = new Stack();
  new ArchiveBucket(stack, 'Archive', archiveRetentionOf(definition(difference)));
  const [bucket] = Object.values(Template.fromStack(stack).findResources('AWS::S3::Bucket'));
  return bucket?.Properties.LifecycleConfiguration.Rules;
}

/** What becomes of an object, by S3's rules: of several expirations and transitions the earliest. */
function fateOf(key: string, rules: readonly Rule[]) {
  const own = rules.filter(({ Prefix = '' }) => key.startsWith(Prefix));
  const earliest = (days: readonly (number | undefined)[]) => {
    const given = days.filter((day) => day !== undefined);
    return given.length === 0 ? undefined : Math.min(...given);
  };
  const moves = own.flatMap(({ Transitions = [] }) => Transitions);
  const moved = (to: string) =>
    earliest(moves.filter(({ StorageClass }) => StorageClass === to).map(({ TransitionInDays }) => TransitionInDays));
  return [moved('STANDARD_IA'), moved('GLACIER'), earliest(own.map(({ ExpirationInDays }) => ExpirationInDays))];
}

const never = [undefined, undefined, undefined];
const hour = (source: string) => `source=${source}/year=2026/month=11/day=21/hour=09`;
const record = (source: string) => `archive/events/${hour(source)}/raw-20261121090000000-ab.ndjson.gz`;
const body = (source: string) => `archive/bodies/${source}/2026/11/21/abc`;
const manifest = (source: string) => `archive/manifests/${hour(source)}.json`;
const index = (source: string) => `archive/indexes/${hour(source)}/merged-20261121090000000-ab.json.gz`;

describe.each<[string, PipelineDefinition['archive'], readonly number[]]>([
  ['by default', undefined, [30, 180, 365]],
  ['without an archive, for what is left of one', false, [30, 180, 365]],
  ['as the definition says', { infrequentAfterDays: 31, glacierAfterDays: 100, expireAfterDays: 200 }, [31, 100, 200]],
])('one retention for all, %s', (_, archive, days) => {
  const rules = rulesOf({ archive: archive as PipelineDefinition['archive'] & object });

  test('moves records and bodies to colder classes, and at last lets them expire', () => {
    expect(fateOf(record('github'), rules)).toEqual(days);
    expect(fateOf(body('github'), rules)).toEqual(days);
  });

  test('keeps manifests and indexes at hand until they expire', () => {
    expect(fateOf(manifest('github'), rules)).toEqual([undefined, undefined, days[2]]);
    expect(fateOf(index('github'), rules)).toEqual([undefined, undefined, days[2]]);
  });

  test('leaves what still waits to be sent where it is', () => {
    expect(fateOf('spool/2026-11-21T12:00:00.000Z-abc.json', rules)).toEqual(never);
  });

  test('has no two rules of one action for the same objects', () => {
    for (const action of ['Transitions', 'ExpirationInDays'] as const) {
      const prefixes = rules.filter((rule) => rule[action] !== undefined).map(({ Prefix }) => Prefix ?? '');
      for (const one of prefixes) expect(prefixes.filter((other) => other.startsWith(one))).toEqual([one]);
    }
  });
});

describe('days of a source’s own', () => {
  const sources = {
    github: { provider: 'github' },
    stripe: { provider: 'stripe' },
    slack: { provider: 'slack' },
    'stripe-eu': { provider: 'stripe' },
  } as const;
  const archive = {
    expireAfterDays: 400,
    sources: {
      stripe: { expireAfterDays: 3_650 },
      slack: { infrequentAfterDays: 40, glacierAfterDays: 70, expireAfterDays: 90 },
    },
  };
  const rules = rulesOf({ sources, archive });

  test.each([
    ['that are longer', 'stripe', [30, 180, 3_650]],
    ['that are shorter', 'slack', [40, 70, 90]],
    ['are no other source’s', 'github', [30, 180, 400]],
    ['are not those of a source whose name begins alike', 'stripe-eu', [30, 180, 400]],
  ])('%s', (_, source, days) => {
    expect(fateOf(record(source), rules)).toEqual(days);
    expect(fateOf(body(source), rules)).toEqual(days);
  });

  test('keep manifests and indexes as long as anything that they may tell of, and at hand', () => {
    for (const source of Object.keys(sources)) {
      expect(fateOf(manifest(source), rules)).toEqual([undefined, undefined, 3_650]);
      expect(fateOf(index(source), rules)).toEqual([undefined, undefined, 3_650]);
    }
  });

  test('let what a source left behind that is no more expire with the last of the others', () => {
    expect(fateOf(record('gone'), rules)).toEqual([undefined, undefined, 3_650]);
    expect(fateOf(body('gone'), rules)).toEqual([undefined, undefined, 3_650]);
  });

  test('leave what still waits to be sent where it is', () => {
    expect(fateOf('spool/2026-11-21T12:00:00.000Z-abc.json', rules)).toEqual(never);
  });

  test('make S3 take overlapping prefixes: one rule says more than a prefix, and all are taken in the newer form', () => {
    expect(rules.filter(({ ObjectSizeGreaterThan }) => ObjectSizeGreaterThan !== undefined)).toMatchObject([
      { Id: 'archive-expires', Prefix: 'archive/', ObjectSizeGreaterThan: 0 },
    ]);
  });

  test('shorter than all the others’ leave the general ones as they are', () => {
    const other = rulesOf({ sources, archive: { sources: { slack: { glacierAfterDays: 60, expireAfterDays: 61 } } } });
    expect(fateOf(record('github'), other)).toEqual([30, 180, 365]);
    expect(fateOf(record('slack'), other)).toEqual([30, 60, 61]);
    expect(fateOf(manifest('slack'), other)).toEqual([undefined, undefined, 365]);
  });

  test('are two rules a source, each named: of 300 sources fewer than the 1,000 that S3 takes', () => {
    const twenty = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`s${i}`, { provider: 'slack' as const }]));
    const all = rulesOf({ sources: twenty, archive: { sources: { s1: { expireAfterDays: 400 } } } });
    expect(all).toHaveLength(2 * 20 + 2);
    expect(new Set(all.map(({ Id }) => Id)).size).toBe(all.length);
  });
});

test.each([undefined, { sources: { stripe: { expireAfterDays: 400 } } }])(
  'old versions and unfinished uploads go in any case: %j',
  (archive) => {
    expect(rulesOf(archive ? { archive } : {})).toContainEqual({
      Id: 'leftovers-go',
      Status: 'Enabled',
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      ExpiredObjectDeleteMarker: true,
    });
  },
);
