import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { archiveIn } from '../../functions/archive/bucket.ts';
import { compactor } from '../../functions/archive/compact.ts';
import { readHour } from '../../functions/archive/view.ts';
import { decodeMessage, inlineBytes } from '../../functions/core/message.ts';
import { archiveQueue, eventPrefix } from '../../functions/core/names.ts';
import { chaosOf } from '../../infra/local/chaos.ts';
import { startRuntime } from '../../infra/local/runtime.ts';
import { synthesize } from '../support/assembly.ts';
import { httpPost } from '../support/http-post.ts';
import { silent } from '../support/silent-telemetry.ts';
import { eachAtOnce } from '../support/webhooks.ts';
import { type SoakEvent, secrets, soakEvents } from './events.ts';
import { mortal } from './mortal.ts';

/** Posts so many events of every kind under chaos, and reads the archive back: every accepted one, once, byte for byte. */
const { values } = parseArgs({
  options: { events: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' } },
});
const say = (line: string): void => console.log(line);
let broken = 0;
const check = (right: boolean, what: string): void => {
  if (!right) broken += 1;
  say(`${right ? 'ok    ' : 'BROKEN'}  ${what}`);
};
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

say('synthesizing …');
const assembly = await synthesize({ pipeline: 'test/soak/pipeline.ts' });
const runtime = await startRuntime({ assembly, secrets, chaosSeed: Number(values.seed), queueSpeed: 20 });
let writerDied = 0;
const luck = chaosOf(Number(values.seed));
// Looks on, and now and then kills the writer while its object is on the way, which arrives or does not.
runtime.faults.add({
  service: 's3',
  action: 'PutObject',
  kind: 'fail',
  match: ({ path }) => {
    if (!path.includes(`/${eventPrefix}`) || !luck.roll('writer', 0.2)) return false;
    void runtime.function('archiver').killRunning();
    writerDied += 1;
    return luck.roll('writer, before it arrives', 0.5);
  },
});
const { archiveBucket } = await runtime.state();
const client = {
  endpoint: runtime.awsEndpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'soak', secretAccessKey: 'soak' },
};
const s3 = new S3Client({ ...client, forcePathStyle: true });
/** So that an hour is compacted in pieces. */
const inputBytes = 4_000_000;
const archive = archiveIn(s3, archiveBucket);
const sqs = new SQSClient({ ...client, useQueueUrlAsEndpoint: false });

/** Event id → digest of its body, of everything that was answered with 2xx. */
const accepted = new Map<string, string>();
const kinds = new Map<string, number>();
const events = await soakEvents(Number(values.events));
say(`posting ${events.length} webhooks, seed ${values.seed} …`);
await eachAtOnce(events, 16, async (event: SoakEvent) => {
  // As a platform does that sends again.
  for (let left = 20; left > 0; left -= 1) {
    const { status, id } = await httpPost(runtime.url, { path: event.path, headers: event.headers, body: event.body });
    if (status !== 200) continue;
    accepted.set(id, sha256(event.body));
    kinds.set(event.kind, (kinds.get(event.kind) ?? 0) + 1);
    return;
  }
  throw new Error(`a ${event.kind} must be accepted at last`);
});
say([...kinds].map(([kind, count]) => `${count} ${kind}`).join(', '));
await settled();

check(writerDied > 0, `the writer was killed ${writerDied} times`);
const before = await readBack();
report('before compaction', before);
say(`compacting, while the compactor is made to crash …`);
await compacted();
const after = await readBack();
report('after compaction', after);
check(
  after.objects < before.objects || before.objects <= 2,
  `objects: ${before.objects} before, ${after.objects} after`,
);
await runtime.stop();
s3.destroy();
process.exitCode = broken === 0 ? 0 : 1;

interface ReadBack {
  readonly found: ReadonlyMap<string, string>;
  readonly twice: number;
  readonly problems: readonly string[];
  readonly objects: number;
}

function report(when: string, { found, twice, problems }: ReadBack): void {
  const missing = [...accepted.keys()].filter((id) => !found.has(id)).length;
  const different = [...accepted].filter(([id, digest]) => found.has(id) && found.get(id) !== digest).length;
  const unknown = [...found.keys()].filter((id) => !accepted.has(id)).length;
  check(missing === 0, `${when}: ${accepted.size} events accepted, ${missing} missing`);
  check(twice === 0, `${when}: ${twice} seen twice`);
  check(different === 0, `${when}: ${different} with other bytes`);
  // A request whose answer was lost may have been accepted all the same, under the id of its repetition.
  check(unknown === 0, `${when}: ${unknown} that nobody sent`);
  check(problems.length === 0, `${when}: ${problems.length} objects with problems ${problems[0] ?? ''}`);
}

async function hours(): Promise<{ readonly hours: readonly string[]; readonly objects: number }> {
  const found = new Set<string>();
  let objects = 0;
  for await (const page of archive.pages(eventPrefix)) {
    for (const { key } of page) {
      objects += 1;
      found.add(key.slice(eventPrefix.length, key.lastIndexOf('/')));
    }
  }
  return { hours: [...found].sort(), objects };
}

async function readBack(): Promise<ReadBack> {
  const found = new Map<string, string>();
  const problems: string[] = [];
  let twice = 0;
  const listed = await hours();
  for (const hour of listed.hours) {
    // The clock may turn between two deliveries of an event: then each hour has it.
    const ofHour = new Set<string>();
    for await (const { id, line } of readHour(archive, hour, {
      onProblem: (one) => problems.push(JSON.stringify(one)),
    })) {
      if (ofHour.has(id)) twice += 1;
      ofHour.add(id);
      found.set(id, sha256(await bodyOf(line)));
    }
  }
  return { found, twice, problems, objects: listed.objects };
}

async function bodyOf(line: string): Promise<Uint8Array> {
  const message = decodeMessage(line);
  if (!('dataref' in message)) return inlineBytes(message);
  const stored = await archive.read(message.dataref);
  if (!stored) throw new Error(`${message.dataref} must be there, it is not`);
  return stored.bytes;
}

/** Waits until spool and queue are empty. */
async function settled(): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    await runtime.invokeSchedules();
    let spooled = 0;
    for await (const page of archive.pages('spool/')) spooled += page.length;
    const waiting = await backlog();
    quiet = spooled + waiting === 0 ? quiet + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

async function backlog(): Promise<number> {
  const QueueUrl = `${runtime.awsEndpoint}/000000000000/nerite-dev-${archiveQueue}`;
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }));
  return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}

/** Runs the compactor as if hours had passed, and lets it crash at any step, until it has nothing left to do. */
async function compacted(): Promise<void> {
  let crashed = 0;
  let at = Date.now() + 2 * 3_600_000;
  for (let [run, idle] = [0, 0]; idle < 3; run += 1) {
    const bucket = mortal(archive, () => run < 20 && luck.roll('compactor', 0.04));
    const compact = compactor({ bucket, sources: ['github', 'made'], telemetry: silent, now: () => at, inputBytes });
    const died = { compacted: 0, left: 1 };
    const { compacted, left } = await compact({ getRemainingTimeInMillis: () => 600_000 }).catch(() => died);
    if (bucket.dead()) crashed += 1;
    idle = bucket.dead() || compacted + left > 0 ? 0 : idle + 1;
    // What a commit replaced is deleted after its grace, and what a crash left after an hour.
    at += 40 * 60_000;
  }
  say(`the compactor crashed ${crashed} times`);
}
