import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, type StorageClass } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { archiveIn } from '../../../functions/archive/bucket.ts';
import { compactHour } from '../../../functions/archive/compact-hour.ts';
import { hourPath } from '../../../functions/archive/hour.ts';
import { manifestKey, rawKey } from '../../../functions/archive/object-names.ts';
import { encodeMessage, inlineBody, type Message } from '../../../functions/core/message.ts';
import { bodyPrefix, eventPrefix } from '../../../functions/core/names.ts';
import { S3 } from '../../../infra/local/aws/s3/s3.ts';
import { AwsError, type AwsRequest } from '../../../infra/local/service.ts';
import { AccessError, archiveAccess, archiveClient } from '../../../infra/ops/archive-access.ts';
import { type EventQuery, QueriedArchive } from '../../../infra/ops/archive-query.ts';
import { collected } from '../../support/archive-world.ts';
import { awsEndpoint } from '../../support/aws-endpoint.ts';
import { aMessage } from '../../support/messages.ts';

const s3 = new S3();
/** What S3 refuses, by path; and what it was asked. */
let refused: (request: AwsRequest) => AwsError | undefined;
let requests: AwsRequest[];
let world: Awaited<ReturnType<typeof awsEndpoint>>;
let bucket: string;
let buckets = 0;

beforeAll(async () => {
  world = await awsEndpoint({
    s3: {
      async handle(request) {
        requests.push(request);
        const error = refused(request);
        if (error) throw error;
        return s3.handle(request);
      },
    },
  });
});
afterAll(() => world.close());
beforeEach(() => {
  refused = () => undefined;
  requests = [];
  bucket = `archive-${buckets++}`;
  s3.createBucket(bucket);
});

const clients: { destroy(): void }[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});
function ourClient() {
  const client = archiveClient(world.url);
  clients.push(client);
  return client;
}

interface Delivered {
  readonly id: string;
  readonly at: string;
  readonly source?: string;
  readonly type?: string;
  readonly rest?: Partial<Message>;
}

function messageOf({ id, at, source = 'github', type = 'push', rest = {} }: Delivered): Message {
  const event = { ...aMessage().event, id, source, type };
  return aMessage({ event, receivedAt: at, deliveryId: `${id} at ${at}`, ...rest });
}

const put = (Key: string, Body: Uint8Array | string, StorageClass?: StorageClass) =>
  ourClient().send(new PutObjectCommand({ Bucket: bucket, Key, Body, StorageClass }));

/** Moves an object to Glacier. */
async function freeze(key: string): Promise<void> {
  const { bytes = '' } = (await archiveIn(ourClient(), bucket).read(key)) ?? {};
  await put(key, bytes, 'GLACIER');
}

/** Puts a raw object with an event whose body is an object, and gives that one's key. */
async function claimChecked(bytes: Buffer, name = createHash('sha256').update(bytes).digest('hex')): Promise<string> {
  const dataref = `${bodyPrefix}github/2026/11/21/${name}`;
  await put(dataref, bytes);
  await archived({
    id: 'large',
    at: '2026-11-21T12:00:01.000Z',
    rest: { body: undefined, dataref } as Partial<Message>,
  });
  return dataref;
}

/** Puts a raw object with deliveries of one hour, and gives its key. */
async function archived(...deliveries: readonly Delivered[]): Promise<string> {
  const messages = deliveries.map(messageOf);
  const content = messages.map((message) => `${encodeMessage(message)}\n`).join('');
  const [{ event: { source } = { source: '' }, receivedAt = '' } = {}] = messages;
  const hash = createHash('sha256').update(content).digest('hex');
  const key = rawKey({ hour: hourPath({ source, receivedAt }), firstReceivedAt: receivedAt, hash });
  await put(key, gzipSync(content));
  return key;
}

const day: EventQuery = {
  sources: [],
  from: Date.UTC(2026, 10, 21),
  to: Date.UTC(2026, 10, 22),
  type: undefined,
  tenant: undefined,
  id: undefined,
  limit: 1000,
};

async function queried(query: Partial<EventQuery> = {}) {
  const troubles: string[] = [];
  const access = archiveAccess(ourClient(), bucket);
  const archive = new QueriedArchive(access, (trouble) => troubles.push(trouble));
  const found = await collected(archive.events({ ...day, ...query }));
  return {
    archive,
    troubles,
    found,
    ids: found.map(({ record }) => record.id),
    leftOut: archive.leftOut,
    frozen: [...access.frozen],
  };
}

describe('a query', () => {
  test('gives each event once, by time across sources and hours', async () => {
    await archived({ id: 'c', at: '2026-11-21T12:00:03.000Z' }, { id: 'a', at: '2026-11-21T12:00:01.000Z' });
    await archived({ id: 'b', at: '2026-11-21T12:00:02.000Z', source: 'stripe' });
    await archived({ id: 'a', at: '2026-11-21T12:30:00.000Z' });
    await archived({ id: 'z', at: '2026-11-21T09:00:00.000Z', source: 'stripe' });
    const { found, ids, troubles, leftOut } = await queried();
    expect(ids).toEqual(['z', 'a', 'b', 'c']);
    expect(found.map(({ record }) => record.copies.length)).toEqual([0, 1, 0, 0]);
    expect({ troubles, leftOut }).toEqual({ troubles: [], leftOut: { repeated: 0, emptied: [] } });
  });

  test('gives the earliest record of an event that came again in later hours, and counts the others', async () => {
    await archived({ id: 'a', at: '2026-11-21T10:59:59.999Z' });
    await archived({ id: 'a', at: '2026-11-21T11:00:00.000Z' }, { id: 'b', at: '2026-11-21T11:00:01.000Z' });
    await archived({ id: 'a', at: '2026-11-21T23:00:00.000Z' });
    const { found, leftOut } = await queried();
    expect(found.map(({ record }) => [record.id, record.receivedAt])).toEqual([
      ['a', '2026-11-21T10:59:59.999Z'],
      ['b', '2026-11-21T11:00:01.000Z'],
    ]);
    expect(leftOut.repeated).toBe(2);
  });

  test('gives the same after compaction', async () => {
    await archived({ id: 'a', at: '2026-11-21T12:00:01.000Z' }, { id: 'b', at: '2026-11-21T12:00:02.000Z' });
    await archived({ id: 'a', at: '2026-11-21T12:30:00.000Z' }, { id: 'c', at: '2026-11-21T12:31:00.000Z' });
    const before = await queried();
    const hour = hourPath({ source: 'github', receivedAt: '2026-11-21T12:00:00.000Z' });
    await compactHour(archiveIn(ourClient(), bucket), hour, { now: Date.UTC(2026, 10, 21, 14) });
    const after = await queried();
    const plain = ({ found }: typeof before) => found.map(({ message, record: { copies } }) => ({ message, copies }));
    expect(plain(after)).toEqual(plain(before));
    expect(after.found[0]?.record.key).toContain('/merged-');
  });

  test('begins with the first moment of its range and ends before the last', async () => {
    await archived({ id: 'before', at: '2026-11-21T11:59:59.999Z' });
    await archived(
      { id: 'first', at: '2026-11-21T12:00:00.000Z' },
      { id: 'last', at: '2026-11-21T12:29:59.999Z' },
      { id: 'after', at: '2026-11-21T12:30:00.000Z' },
    );
    const range = { from: Date.UTC(2026, 10, 21, 12), to: Date.UTC(2026, 10, 21, 12, 30) };
    expect((await queried(range)).ids).toEqual(['first', 'last']);
  });

  test('goes over the ends of days, months and years', async () => {
    await archived({ id: 'old', at: '2025-12-31T23:59:59.000Z' });
    await archived({ id: 'new', at: '2026-01-01T00:00:00.000Z' });
    const { ids, troubles } = await queried({ from: Date.UTC(2025, 11, 31, 23), to: Date.UTC(2026, 0, 1, 1) });
    expect({ ids, troubles }).toEqual({ ids: ['old', 'new'], troubles: [] });
  });

  test.each<[string, Partial<EventQuery>, string[]]>([
    ['sources', { sources: ['stripe'] }, ['paid']],
    ['a source that the archive does not have', { sources: ['nobody'] }, []],
    ['a type', { type: 'pull_request.opened' }, ['opened']],
    ['a pattern of types', { type: 'pull_request.*' }, ['opened', 'closed']],
    ['a tenant', { tenant: 'acme' }, ['opened', 'paid']],
    ['an id', { id: 'closed' }, ['closed']],
    ['a limit', { limit: 2 }, ['opened', 'closed']],
    ['several together', { type: '*', tenant: 'acme', sources: ['github', 'stripe'], limit: 1 }, ['opened']],
  ])('chooses by %s', async (_what, query, ids) => {
    await archived(
      { id: 'opened', at: '2026-11-21T12:00:01.000Z', type: 'pull_request.opened', rest: { tenant: 'acme' } },
      { id: 'closed', at: '2026-11-21T12:00:02.000Z', type: 'pull_request.closed', rest: { tenant: 'acme2' } },
      { id: 'pushed', at: '2026-11-21T12:00:03.000Z' },
    );
    await archived({ id: 'paid', at: '2026-11-21T13:00:00.000Z', source: 'stripe', rest: { tenant: 'acme' } });
    expect((await queried(query)).ids).toEqual(ids);
  });

  test('reads nothing of other days and sources', async () => {
    await archived({ id: 'a', at: '2026-11-21T12:00:00.000Z' });
    await archived({ id: 'b', at: '2026-11-20T12:00:00.000Z' });
    await archived({ id: 'c', at: '2026-11-21T12:00:00.000Z', source: 'stripe' });
    requests = [];
    expect((await queried({ sources: ['github'] })).ids).toEqual(['a']);
    const asked = requests.map(({ path, query }) => decodeURIComponent(path) + (query.get('prefix') ?? ''));
    expect(asked.filter((path) => /github.*day=21/.test(path))).not.toEqual([]);
    expect(asked.filter((path) => /stripe|day=20/.test(path))).toEqual([]);
  });

  test('ends its reading with the limit', async () => {
    const first = await archived({ id: 'a', at: '2026-11-21T12:00:00.000Z' });
    const later = await archived({ id: 'b', at: '2026-11-21T13:00:00.000Z' });
    requests = [];
    expect((await queried({ limit: 1 })).ids).toEqual(['a']);
    const read = requests.map(({ path }) => decodeURIComponent(path));
    expect(read.some((path) => path.endsWith(first))).toBe(true);
    expect(read.some((path) => path.endsWith(later))).toBe(false);
  });
});

describe('what cannot be read', () => {
  test('is told, and everything else is given', async () => {
    const cut = await archived({ id: 'cut', at: '2026-11-21T12:00:00.000Z' });
    await archived({ id: 'a', at: '2026-11-21T12:00:01.000Z' });
    const mixed = await archived({ id: 'b', at: '2026-11-21T12:00:02.000Z' });
    await put(cut, gzipSync('').subarray(0, 12));
    const line = encodeMessage(messageOf({ id: 'b', at: '2026-11-21T12:00:02.000Z' }));
    await put(mixed, gzipSync(`no record\n${line}\n`));
    const foreign = [
      'source=X/y',
      'source=github/notes.txt',
      'source=github/year=2026/month=11/day=21/hour=12/notes.txt',
      'source=github/year=2026/month=11/day=21/hour=24/x',
      'source=github/year=2026/month=11/notes.txt',
      'source=github/year=2026/week=7/x',
      'stray',
    ];
    for (const key of foreign) await put(eventPrefix + key, 'x');
    const { ids, troubles } = await queried();
    expect(ids).toEqual(['a', 'b']);
    const told = troubles.map((text) => text.split(': ', 2).join(': '));
    expect(told.sort()).toEqual(
      [
        `corrupt: ${mixed}`,
        `truncated: ${cut}`,
        ...foreign.map((key) => `foreign: ${eventPrefix}${key.replace(/(?<=X\/|hour=24\/|week=7\/).*/, '')}`),
      ].sort(),
    );
  });

  test('is an hour whose manifest nobody understands, and not the others', async () => {
    await archived({ id: 'a', at: '2026-11-21T12:00:00.000Z' });
    await archived({ id: 'b', at: '2026-11-21T13:00:00.000Z' });
    const hour = hourPath({ source: 'github', receivedAt: '2026-11-21T12:00:00.000Z' });
    await put(manifestKey(hour), 'x');
    const { ids, troubles } = await queried();
    expect(ids).toEqual(['b']);
    expect(troubles).toEqual([`hour ${hour} could not be read whole: ${manifestKey(hour)}: manifest must be JSON`]);
  });

  test('is an hour that has a manifest and no records any more', async () => {
    const at = '2026-11-21T12:00:00.000Z';
    await archived({ id: 'a', at });
    const hour = hourPath({ source: 'github', receivedAt: at });
    const archive = archiveIn(ourClient(), bucket);
    await compactHour(archive, hour, { now: Date.UTC(2026, 10, 21, 14) });
    for (const { key } of (await collected(archive.pages(eventPrefix))).flat()) await archive.remove(key);
    const { ids, leftOut } = await queried();
    expect(ids).toEqual([]);
    expect(leftOut.emptied).toEqual([hour]);
    expect((await queried({ from: day.from + 13 * 3_600_000 })).leftOut.emptied).toEqual([]);
  });

  test('is in Glacier: counted, without a second try, and the rest of the hour is given', async () => {
    const cold = await archived({ id: 'cold', at: '2026-11-21T12:00:00.000Z' });
    await archived({ id: 'warm', at: '2026-11-21T12:00:01.000Z' });
    await freeze(cold);
    requests = [];
    const { ids, frozen, troubles } = await queried();
    expect({ ids, frozen, troubles }).toEqual({ ids: ['warm'], frozen: [cold], troubles: [] });
    expect(requests.filter(({ path }) => decodeURIComponent(path).includes('/raw-'))).toHaveLength(2);
  });

  test.each([
    [404, 'NoSuchBucket', 'it is gone', () => `bucket ${bucket} must be there, got none of that name`],
    [
      403,
      'AccessDenied',
      'not you',
      () =>
        `bucket ${bucket} must let the caller list and read its archive (s3:ListBucket, s3:GetObject), got AccessDenied: not you`,
    ],
    [400, 'ExpiredToken', 'too old', () => `bucket ${bucket} cannot be read: too old`],
  ])('is a bucket that answers %i %s: one sentence', async (status, code, text, sentence) => {
    refused = () => new AwsError(status, code, text);
    await expect(queried()).rejects.toThrow(new AccessError(sentence()));
  });

  test('is a bucket whose permissions go half-way: what came before is given', async () => {
    await archived({ id: 'a', at: '2026-11-21T12:00:00.000Z' });
    const later = await archived({ id: 'b', at: '2026-11-21T13:00:00.000Z' });
    refused = ({ path }) =>
      decodeURIComponent(path).endsWith(later) ? new AwsError(403, 'AccessDenied', 'no more') : undefined;
    const archive = new QueriedArchive(archiveAccess(ourClient(), bucket), () => undefined);
    const ids: string[] = [];
    const read = async () => {
      for await (const { record } of archive.events(day)) ids.push(record.id);
    };
    await expect(read()).rejects.toThrow(/^bucket \S+ must let the caller list and read/);
    expect(ids).toEqual(['a']);
  });
});

test('a bucket behind which nobody listens is told in one sentence', async () => {
  const client = archiveClient('http://127.0.0.1:1');
  clients.push(client);
  const archive = new QueriedArchive(archiveAccess(client, bucket), () => undefined);
  await expect(collected(archive.events(day))).rejects.toThrow(/^bucket \S+ cannot be read: .*ECONNREFUSED/);
});

describe('npm run archive', () => {
  const run = promisify(execFile);

  async function cli(...args: string[]) {
    const { PATH, HOME } = process.env;
    const local = ['--local', '--aws-port', new URL(world.url).port, '--bucket', bucket];
    const range = ['--from', '2026-11-21', '--to', '2026-11-22'];
    const ended = run(process.execPath, ['infra/ops/archive-cli.ts', 'query', ...range, ...local, ...args], {
      env: { PATH, HOME },
      encoding: 'buffer',
    });
    const { stdout, stderr } = await ended.catch((error: { stdout: Buffer; stderr: Buffer }) => error);
    const lines = (bytes: Buffer): string[] => bytes.toString('utf8').split('\n').slice(0, -1);
    return { code: ended.child.exitCode, bytes: stdout, out: lines(stdout), err: lines(stderr) };
  }

  test('prints a table, with the size of a body that is an object', async () => {
    await claimChecked(Buffer.alloc(300_000));
    await archived(
      {
        id: 'a',
        at: '2026-11-21T12:00:00.000Z',
        type: 'x\u001b[2J',
        rest: { tenant: 'acme', body: 'é', deliveryId: 'd1' },
      },
      { id: 'a', at: '2026-11-21T12:00:02.000Z', rest: { deliveryId: 'd2' } },
    );
    const { code, out, err } = await cli();
    expect({ code, err }).toEqual({ code: 0, err: [] });
    expect(out.map((line) => line.split(/ {2,}/))).toEqual([
      ['TIME', 'SOURCE', 'TYPE', 'EVENT', 'TENANT', 'DELIVERY', 'BYTES', 'COPIES'],
      ['2026-11-21T12:00:00.000Z', 'github', 'x [2J', 'a', 'acme', 'd1', '2', '1'],
      ['2026-11-21T12:00:01.000Z', 'github', 'push', 'large', '-', 'large at 2026-11-21T12:00:01.000Z', '300000', '0'],
    ]);
  });

  test('prints records as they are archived, with their copies and their object', async () => {
    const body = 'line\nbreak \u0007 \u0085 🐌';
    const first = { id: 'a', at: '2026-11-21T12:00:00.000Z', rest: { body } };
    const key = await archived(first, { id: 'a', at: '2026-11-21T12:00:02.000Z', rest: { deliveryId: 'again' } });
    const { code, out } = await cli('--json');
    expect(code).toBe(0);
    expect(out.map((line) => JSON.parse(line))).toEqual([
      { ...messageOf(first), copies: [{ receivedAt: '2026-11-21T12:00:02.000Z', deliveryId: 'again' }], object: key },
    ]);
    expect(out[0]).not.toMatch(/\p{Cc}/u);
  });

  test.each([
    ['text', Buffer.from('{"a":"é\\n🐌"}\r\n\u2028')],
    ['nothing', Buffer.alloc(0)],
    ['bytes', Buffer.from([0xff, 0xfe, 0, 10, 13, 0x1b])],
    ['an object', randomBytes(900_000)],
  ])('prints a body of %s byte for byte', async (_what, bytes) => {
    const inline = inlineBody(bytes);
    if (!inline) await claimChecked(bytes);
    else {
      const rest = { body: undefined, ...inline } as Partial<Message>;
      await archived({ id: 'large', at: '2026-11-21T12:00:00.000Z', rest });
    }
    const printed = await cli('--id', 'large', '--body');
    expect({ code: printed.code, err: printed.err }).toEqual({ code: 0, err: [] });
    expect(printed.bytes.equals(bytes)).toBe(true);
  });

  test('says that a range has nothing, and is content', async () => {
    const { code, out, err } = await cli();
    expect({ code, out, err }).toEqual({
      code: 0,
      out: [],
      err: ['the archive shows nothing that was asked for from 2026-11-21T00:00:00.000Z to 2026-11-22T00:00:00.000Z'],
    });
  });

  test('exits 1 for a body that is not to be had, and prints none', async () => {
    const { code, bytes, err } = await cli('--id', 'a', '--body');
    expect({ code, length: bytes.length, err }).toEqual({
      code: 1,
      length: 0,
      err: ['event a must be in the archive from 2026-11-21T00:00:00.000Z to 2026-11-22T00:00:00.000Z, got none'],
    });
  });

  test('exits 1 for a body that is in Glacier or is not there, and prints none', async () => {
    const dataref = await claimChecked(Buffer.alloc(300_000));
    await freeze(dataref);
    const frozen = await cli('--id', 'large', '--body');
    expect(frozen).toMatchObject({ code: 1, out: [] });
    expect(frozen.err.at(-1)).toBe(`${dataref} is in Glacier and must be restored before it can be read`);
    await archiveIn(ourClient(), bucket).remove(dataref);
    expect(await cli('--id', 'large', '--body')).toMatchObject({
      code: 1,
      out: [],
      err: [`body ${dataref} of event large must be there, got none`],
    });
    const table = await cli();
    expect({ code: table.code, err: table.err }).toEqual({
      code: 1,
      err: [`missing: ${dataref}: body of event large must be there, got none`],
    });
    expect(table.out.at(-1)).toMatch(/ - +0$/);
  });

  test('exits 1 for a body that is not what its key says, which it prints', async () => {
    const dataref = await claimChecked(Buffer.from('other bytes'), 'a'.repeat(64));
    const { code, bytes, err } = await cli('--id', 'large', '--body');
    expect({ code, text: bytes.toString() }).toEqual({ code: 1, text: 'other bytes' });
    expect(err).toEqual([
      expect.stringMatching(`^body ${dataref} of event large must have the SHA-256 of its key, got`),
    ]);
  });

  test('exits 1 for objects in Glacier, told with their number, once what can be read is printed', async () => {
    const cold = await archived({ id: 'cold', at: '2026-11-21T12:00:00.000Z' });
    await archived({ id: 'warm', at: '2026-11-21T12:00:01.000Z' });
    await freeze(cold);
    const { code, out, err } = await cli();
    expect(code).toBe(1);
    expect(out).toHaveLength(2);
    expect(err[0]).toBe(
      `objects in Glacier, which must be restored before they can be read: 1 in ${bucket}, first ${cold}`,
    );
    expect(err.at(-1)).toMatch(/^to ask for them, by bulk: npm run archive -- restore --from \S+ --to \S+ --bucket/);
  });

  test('exits 1 for what is foreign or corrupt, once what can be read is printed', async () => {
    const key = await archived({ id: 'a', at: '2026-11-21T12:00:00.000Z' });
    const foreign = `${key}\u001b[2J`;
    await put(foreign, 'x');
    const { code, out, err } = await cli();
    expect(code).toBe(1);
    expect(out).toHaveLength(2);
    expect(err).toEqual([`foreign: ${key} [2J: key must be that of a raw or merged object of its hour`]);
  });

  test('prints the rows that it has where permissions go half-way', async () => {
    await archived({ id: 'a', at: '2026-11-21T12:00:00.000Z' });
    const later = await archived({ id: 'b', at: '2026-11-21T13:00:00.000Z' });
    refused = ({ path }) =>
      decodeURIComponent(path).endsWith(later) ? new AwsError(403, 'AccessDenied', 'no more') : undefined;
    const { code, out, err } = await cli();
    expect(code).toBe(1);
    expect(out).toHaveLength(2);
    expect(err).toEqual([expect.stringMatching(/^bucket \S+ must let the caller list and read its archive/)]);
  });

  test('says from where to go on, and what was left out', async () => {
    await archived({ id: 'a', at: '2026-11-21T12:00:00.000Z' });
    await archived({ id: 'a', at: '2026-11-21T13:00:00.000Z' }, { id: 'b', at: '2026-11-21T13:00:01.000Z' });
    const { code, err } = await cli('--limit', '2');
    expect({ code, err }).toEqual({
      code: 0,
      err: [
        'left out because an earlier hour has shown their events: 1',
        'there may be more: --from 2026-11-21T13:00:01.000Z goes on with the last one',
      ],
    });
  });

  test('exits 2 for what makes no sense', async () => {
    expect(await cli('--limit', '0')).toMatchObject({
      code: 2,
      out: [],
      err: ['--limit must be a whole number from 1 to 1000000, got 0', '`npm run archive -- --help` says more'],
    });
  });
});
