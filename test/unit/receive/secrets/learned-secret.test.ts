import { CreateSecretCommand, GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { secretVault } from '../../../../functions/receive/secrets/secret-vault.ts';
import { secretStore } from '../../../../functions/receive/secrets/secrets.ts';
import { Secrets } from '../../../../infra/local/aws/secrets.ts';
import { awsEndpoint } from '../../../support/aws-endpoint.ts';
import { silent } from '../../../support/silent-telemetry.ts';

const Name = 'nerite/dev/there';
const now = 1_795_262_400_000;
const armed = JSON.stringify({ secret: 'old', armedUntil: new Date(now + 60_000).toISOString() });
const taken = { status: 403, reason: 'secret-taken' };

let world: Awaited<ReturnType<typeof awsEndpoint>>;

beforeEach(async () => {
  world = await awsEndpoint({ secrets: new Secrets() }, 1);
  await world.secrets.send(new CreateSecretCommand({ Name, SecretString: armed }));
});
afterEach(() => world.close());

/** A function of the receiver, with what it knows. */
const aReceiver = () => secretStore(secretVault(world.secrets, 'nerite/dev/'), silent.log);
const put = (SecretString: string) => world.secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString }));
const stored = async (VersionStage = 'AWSCURRENT') =>
  (await world.secrets.send(new GetSecretValueCommand({ SecretId: Name, VersionStage }))).SecretString;

test('a delivered secret is a new version, and the one before can still be had', async () => {
  const receiver = aReceiver();
  await receiver.learn('there', 'delivered', now);
  expect(await stored()).toBe('{"secret":["old","delivered"]}');
  expect(await stored('AWSPREVIOUS')).toBe(armed);
  const { version } = await aReceiver().current('there', now);
  expect((await receiver.current('there', now)).version).toBe(version);
});

test('of different secrets that reach different functions at once, one is kept, and one answered', async () => {
  const delivered = Array.from({ length: 8 }, (_, i) => `delivered-${i}`);
  const receivers = delivered.map(aReceiver);
  await Promise.all(receivers.map((receiver) => receiver.current('there', now)));
  const outcomes = await Promise.allSettled(receivers.map((one, i) => one.learn('there', delivered[i] ?? '', now)));
  const kept = delivered.filter((_, i) => outcomes[i]?.status === 'fulfilled');
  expect(kept).toHaveLength(1);
  expect(JSON.parse((await stored()) ?? '')).toEqual({ secret: ['old', ...kept] });
  for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(taken);
});

test('the same secret that reaches several functions at once is answered by all, and kept once', async () => {
  const receivers = Array.from({ length: 4 }, aReceiver);
  await Promise.all(receivers.map((receiver) => receiver.current('there', now)));
  await Promise.all(receivers.map((receiver) => receiver.learn('there', 'delivered', now)));
  expect(await stored()).toBe('{"secret":["old","delivered"]}');
});

test('what an operator has put meanwhile stays', async () => {
  const receiver = aReceiver();
  await receiver.current('there', now);
  await put('mine');
  const learning = receiver.learn('there', 'delivered', now + 2_000);
  await expect(learning).rejects.toMatchObject({ status: 403, reason: 'not-armed' });
  expect(await stored()).toBe('mine');
});

test('an operator may arm it again, and what was learned stays valid', async () => {
  const receiver = aReceiver();
  await receiver.learn('there', 'first', now);
  await put(
    JSON.stringify({ ...JSON.parse((await stored()) ?? ''), armedUntil: new Date(now + 120_000).toISOString() }),
  );
  await receiver.learn('there', 'second', now + 60_000);
  expect(await stored()).toBe('{"secret":["old","first","second"]}');
});
