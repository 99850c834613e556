import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CreateSecretCommand, GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { secretVault } from '../../../functions/receive/secrets/secret-vault.ts';
import { type SecretStore, secretStore } from '../../../functions/receive/secrets/secrets.ts';
import { Secrets } from '../../../infra/local/aws/secrets.ts';
import { arm } from '../../../infra/ops/arm.ts';
import { secretsManager, storedSecret } from '../../../infra/ops/source-secret.ts';
import { awsEndpoint } from '../../support/aws-endpoint.ts';
import { silent } from '../../support/silent-telemetry.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const name = 'nerite/dev/asana';
const until = now + 15 * 60_000 - 2_000;
let secrets: Secrets;
let world: Awaited<ReturnType<typeof awsEndpoint>>;

beforeEach(async () => {
  secrets = new Secrets();
  world = await awsEndpoint({ secrets }, 1);
});
afterEach(() => world.close());

const stored = (source = 'asana') => storedSecret(world.secrets, 'dev', source);
const store = (): SecretStore => secretStore(secretVault(world.secrets, 'nerite/dev/'), silent.log);
const held = async () =>
  JSON.parse((await world.secrets.send(new GetSecretValueCommand({ SecretId: name }))).SecretString ?? '');
const put = (SecretString: string) => world.secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString }));

describe('arming', () => {
  const armedUntil = new Date(until).toISOString();

  test('a source that has nothing lets it take a secret, and no more', async () => {
    secrets.createSecret(name);
    await arm(stored(), until);
    expect(await held()).toEqual({ armedUntil });
  });

  test.each([
    ['a text', 'old\n', { secret: ['old'] }],
    ['a list', '["new","old"]', { secret: ['new', 'old'] }],
    ['an object', '{"secret":"a","publicKey":["b"],"verifyToken":"c"}', { secret: ['a', 'b'], verifyToken: ['c'] }],
    ['a name with a password', '{"username":"u","password":"p"}', { secret: ['u:p'] }],
    ['an earlier arming', '{"secret":"a","armedUntil":"2026-11-21T11:00:00Z"}', { secret: ['a'] }],
  ])('keeps what there is: %s', async (_what, text, kept) => {
    secrets.createSecret(name, text);
    const before = await secretVault(world.secrets, 'nerite/dev/').read('asana');
    const { values } = await store().current('asana', now);
    await arm(stored(), until);
    expect(await held()).toEqual({ ...kept, armedUntil });
    const after = await store().current('asana', now);
    expect(after.values).toEqual(values);
    expect(after.version).not.toBe(before?.version);
  });

  test('keeps a secret that was put as bytes', async () => {
    const SecretBinary = Buffer.from('old');
    await world.secrets.send(new CreateSecretCommand({ Name: name, SecretBinary }));
    await arm(stored(), until);
    expect(await held()).toMatchObject({ secret: ['old'] });
  });

  test('changes nothing of a secret that cannot be understood, and does not quote it', async () => {
    secrets.createSecret(name, '{"hunter2":"hunter2"}');
    await expect(arm(stored(), until)).rejects.toThrow(/^secret must be (?!.*hunter2)/);
    expect(await held()).toEqual({ hunter2: 'hunter2' });
  });

  test('says so where there is no such secret', async () => {
    await expect(arm(stored(), until)).rejects.toThrow(
      "nerite/dev/asana cannot be written: Secrets Manager can't find the specified secret.",
    );
  });
});

describe('an armed source', () => {
  beforeEach(() => secrets.createSecret(name, '["old"]'));

  test('takes exactly one of the secrets that are delivered at once, beside what it had', async () => {
    await arm(stored(), until);
    const receivers = Array.from({ length: 5 }, store);
    // All of them have seen the same version.
    for (const receiver of receivers) await receiver.current('asana', now);
    const outcomes = await Promise.allSettled(
      receivers.map((receiver, n) => receiver.learn('asana', `delivered-${n}`, now)),
    );
    const learned = outcomes.flatMap(({ status }, n) => (status === 'fulfilled' ? [`delivered-${n}`] : []));
    expect(learned).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ status: 403, reason: 'secret-taken' });
    }
    expect(await held()).toEqual({ secret: ['old', ...learned] });
    expect((await store().current('asana', now)).values).toEqual(['old', ...learned]);
  });

  test('is armed no longer once it has taken one, which it takes again', async () => {
    await arm(stored(), until);
    const receiver = store();
    await receiver.learn('asana', 'delivered', now);
    for (const [one, at] of [
      [receiver, now + 120_000],
      [store(), now],
    ] as const) {
      await expect(one.learn('asana', 'another', at)).rejects.toMatchObject({ status: 403, reason: 'not-armed' });
      await one.learn('asana', 'delivered', at);
    }
    expect(await held()).toEqual({ secret: ['old', 'delivered'] });
  });

  test('keeps its verify tokens when it learns', async () => {
    await put('{"verifyToken":"v"}');
    await arm(stored(), until);
    await store().learn('asana', 'delivered', now);
    expect(await held()).toEqual({ secret: ['delivered'], verifyToken: ['v'] });
  });

  test('takes none before it is armed, nor when the time is over', async () => {
    await expect(store().learn('asana', 'delivered', now)).rejects.toMatchObject({ reason: 'not-armed' });
    await arm(stored(), until);
    await expect(store().learn('asana', 'delivered', until)).rejects.toMatchObject({ reason: 'not-armed' });
    expect(await held()).toMatchObject({ secret: ['old'] });
  });

  test('is seen a minute later by a receiver that has just looked', async () => {
    const receiver = store();
    await receiver.current('asana', now);
    await arm(stored(), until);
    await expect(receiver.learn('asana', 'delivered', now + 1_000)).rejects.toMatchObject({ reason: 'not-armed' });
    await receiver.learn('asana', 'delivered', now + 60_000);
    expect(await held()).toEqual({ secret: ['old', 'delivered'] });
  });

  test('can be armed again for another', async () => {
    const receiver = store();
    await arm(stored(), until);
    await receiver.learn('asana', 'first', now);
    await arm(stored(), until + 120_000);
    await receiver.learn('asana', 'second', now + 120_000);
    expect(await held()).toEqual({ secret: ['old', 'first', 'second'] });
  });
});

describe('a stored secret', () => {
  test('is named for its stage and source', () => {
    expect(storedSecret(world.secrets, 'prod', 'asana').name).toBe('nerite/prod/asana');
  });

  test('has no value where there is none yet, or no secret at all', async () => {
    expect(await stored().read()).toBeUndefined();
    secrets.createSecret(name);
    expect(await stored().read()).toBeUndefined();
    await stored().write('now');
    expect(await stored().read()).toBe('now');
  });

  test('that cannot be had says why, also where nobody listens', async () => {
    const client = secretsManager('http://localhost:1');
    const { read, write } = storedSecret(client, 'dev', 'asana');
    await expect(read()).rejects.toThrow(/^nerite\/dev\/asana cannot be read: .*ECONNREFUSED/);
    await expect(write('x')).rejects.toThrow(/^nerite\/dev\/asana cannot be written: .*ECONNREFUSED/);
    client.destroy();
  });
});

describe('npm run arm', () => {
  const run = promisify(execFile);

  async function armCli(...args: string[]) {
    const { PATH, HOME } = process.env;
    const ended = run(process.execPath, ['infra/ops/arm-cli.ts', ...args], { env: { PATH, HOME } });
    const { stdout, stderr } = await ended.catch((error: { stdout: string; stderr: string }) => error);
    return { code: ended.child.exitCode, out: stdout.split('\n').slice(0, -1), err: stderr.split('\n').slice(0, -1) };
  }
  const local = () => ['--local', '--aws-port', new URL(world.url).port, '--pipeline', 'test/unit/ops/arm/pipeline.ts'];

  test('arms a source for no longer than was asked', async () => {
    secrets.createSecret(name, 'old');
    const before = Date.now();
    const { code, out, err } = await armCli('asana', '--minutes', '2', ...local());
    expect({ code, err }).toEqual({ code: 0, err: [] });
    const { armedUntil, ...rest } = await held();
    expect(rest).toEqual({ secret: ['old'] });
    expect(Date.parse(armedUntil)).toBeLessThan(Date.now() + 120_000);
    expect(Date.parse(armedUntil)).toBeGreaterThan(before + 110_000);
    expect(out[0]).toBe(`asana takes one secret until ${armedUntil}: make the webhook at the platform now`);
    await store().learn('asana', 'delivered', Date.now());
  });

  test('exits 2 for a source whose platform delivers no secret, and 1 where it cannot be done', async () => {
    expect(await armCli('github', ...local())).toEqual({
      code: 2,
      out: [],
      err: ['the source must be one whose platform delivers its secret (asana), got github'],
    });
    expect(await armCli('asana', ...local())).toEqual({
      code: 1,
      out: [],
      err: ["nerite/dev/asana cannot be written: Secrets Manager can't find the specified secret."],
    });
  });
});
