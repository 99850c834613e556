import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secrets } from '../../../../infra/local/aws/secrets.ts';
import { awsEndpoint } from '../../../support/aws-endpoint.ts';
import { TurnedClock } from '../../../support/turned-clock.ts';

const Name = 'nerite/dev/github';
const dayMs = 24 * 3600 * 1000;
let clock: TurnedClock;
let secrets: Secrets;
let world: Awaited<ReturnType<typeof awsEndpoint>>;

beforeEach(async () => {
  clock = new TurnedClock(Date.UTC(2026, 0, 1));
  secrets = new Secrets({ clock });
  world = await awsEndpoint({ secrets }, 1);
});
afterEach(() => world.close());

const get = (SecretId: string, more: object = {}) =>
  world.secrets.send(new GetSecretValueCommand({ SecretId, ...more }));
const put = (SecretString: string, more: object = {}) =>
  world.secrets.send(new PutSecretValueCommand({ SecretId: Name, SecretString, ...more }));
const versionId = (n: number) => `${n}`.repeat(32);

describe('a secret', () => {
  test('is created with a value and had by name, by ARN, and by ARN without its last characters', async () => {
    const { ARN = '', VersionId } = await world.secrets.send(new CreateSecretCommand({ Name, SecretString: 's3 🐌' }));
    expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:nerite\/dev\/github-\w{6}$/);
    for (const id of [Name, ARN, ARN.slice(0, -7)]) {
      expect(await get(id)).toMatchObject({
        ARN,
        Name,
        VersionId,
        SecretString: 's3 🐌',
        VersionStages: ['AWSCURRENT'],
        CreatedDate: new Date(clock.now()),
      });
    }
  });

  test('without a value has none to give, exactly as on AWS', async () => {
    secrets.createSecret(Name);
    await expect(get(Name)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      $metadata: { httpStatusCode: 400 },
    });
    const described = await world.secrets.send(new DescribeSecretCommand({ SecretId: Name }));
    expect(described.VersionIdsToStages).toBeUndefined();
    secrets.put(Name, 'now');
    expect((await get(Name)).SecretString).toBe('now');
  });

  test('that does not exist is not found', async () => {
    await expect(get('nerite/dev/none')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
    expect(() => secrets.put('nerite/dev/none', 'x')).toThrow("Secrets Manager can't find the specified secret.");
  });

  test('may be bytes', async () => {
    const SecretBinary = Uint8Array.from([0, 255, 128, 10]);
    await world.secrets.send(new CreateSecretCommand({ Name, SecretBinary }));
    const value = await get(Name);
    expect(Array.from(value.SecretBinary ?? [])).toEqual([0, 255, 128, 10]);
    expect(value.SecretString).toBeUndefined();
  });

  test('is created once', async () => {
    const create = (SecretString: string, ClientRequestToken?: string) =>
      world.secrets.send(new CreateSecretCommand({ Name, SecretString, ClientRequestToken }));
    const { ARN } = await create('x', versionId(1));
    expect((await create('x', versionId(1))).ARN).toBe(ARN);
    const exists = { name: 'ResourceExistsException' };
    await expect(create('y', versionId(1))).rejects.toMatchObject(exists);
    await expect(create('x', versionId(2))).rejects.toMatchObject(exists);
  });

  test.each(['', 'a b', 'ü', 'x'.repeat(513)])('is not called %j', async (name) => {
    const create = world.secrets.send(new CreateSecretCommand({ Name: name }));
    await expect(create).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('versions', () => {
  beforeEach(() => secrets.createSecret(Name));

  test('move their stages when a value is put', async () => {
    for (const n of [1, 2, 3]) await put(`value ${n}`, { ClientRequestToken: versionId(n) });
    expect(await get(Name)).toMatchObject({ SecretString: 'value 3', VersionId: versionId(3) });
    expect(await get(Name, { VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'value 2' });
    expect(await get(Name, { VersionId: versionId(1) })).toMatchObject({ SecretString: 'value 1', VersionStages: [] });
    const { VersionIdsToStages } = await world.secrets.send(new DescribeSecretCommand({ SecretId: Name }));
    expect(VersionIdsToStages).toEqual({ [versionId(2)]: ['AWSPREVIOUS'], [versionId(3)]: ['AWSCURRENT'] });
  });

  test('may have stages of their own, which leave the current one alone', async () => {
    await put('current');
    await put('next', { ClientRequestToken: versionId(2), VersionStages: ['AWSPENDING'] });
    expect((await get(Name)).SecretString).toBe('current');
    expect((await get(Name, { VersionStage: 'AWSPENDING' })).SecretString).toBe('next');
    await put('later', { VersionStages: ['AWSPENDING'] });
    expect((await get(Name, { VersionStage: 'AWSPENDING' })).SecretString).toBe('later');
    expect((await get(Name, { VersionId: versionId(2) })).VersionStages).toEqual([]);
  });

  test('are put once for each token', async () => {
    await put('one', { ClientRequestToken: versionId(1) });
    await put('two', { ClientRequestToken: versionId(2) });
    await put('one', { ClientRequestToken: versionId(1) });
    expect((await get(Name)).SecretString).toBe('two');
    const other = put('other', { ClientRequestToken: versionId(1) });
    await expect(other).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  test('that are not there are not found', async () => {
    await put('one', { ClientRequestToken: versionId(1) });
    const notFound = { name: 'ResourceNotFoundException' };
    await expect(get(Name, { VersionId: versionId(9) })).rejects.toMatchObject(notFound);
    await expect(get(Name, { VersionStage: 'AWSPREVIOUS' })).rejects.toMatchObject(notFound);
    const mismatch = get(Name, { VersionId: versionId(1), VersionStage: 'AWSPREVIOUS' });
    await expect(mismatch).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  test('are a hundred at most, the oldest unlabelled go', async () => {
    for (let n = 0; n < 103; n++) secrets.put(Name, `value ${n}`);
    const [secret] = secrets.snapshot() as { versions: { value: unknown }[] }[];
    expect(secret?.versions).toHaveLength(100);
    expect(secret?.versions[0]?.value).toEqual({ SecretString: 'value 3' });
  });

  test('come by UpdateSecret as well, and a description without one', async () => {
    await world.secrets.send(new UpdateSecretCommand({ SecretId: Name, SecretString: 'updated' }));
    await world.secrets.send(new UpdateSecretCommand({ SecretId: Name, Description: 'of GitHub' }));
    expect((await get(Name)).SecretString).toBe('updated');
    const described = await world.secrets.send(new DescribeSecretCommand({ SecretId: Name }));
    expect(described.Description).toBe('of GitHub');
    expect(Object.keys(described.VersionIdsToStages ?? {})).toHaveLength(1);
  });

  test('a value that is too large, none or two is refused', async () => {
    const invalid = { name: 'InvalidParameterException' };
    await expect(put('x'.repeat(65_537))).rejects.toMatchObject(invalid);
    await put('x'.repeat(65_536));
    const none = new PutSecretValueCommand({ SecretId: Name });
    await expect(world.secrets.send(none)).rejects.toMatchObject(invalid);
    await expect(put('x', { SecretBinary: new Uint8Array(1) })).rejects.toMatchObject(invalid);
  });
});

describe('a deleted secret', () => {
  beforeEach(() => secrets.createSecret(Name, 'x'));
  const remove = (more: object = {}) => world.secrets.send(new DeleteSecretCommand({ SecretId: Name, ...more }));

  test('gives no value, keeps its name until its window is over, and is then gone', async () => {
    const { DeletionDate } = await remove({ RecoveryWindowInDays: 7 });
    expect(DeletionDate).toEqual(new Date(clock.now() + 7 * dayMs));
    const marked = { name: 'InvalidRequestException' };
    await expect(get(Name)).rejects.toMatchObject(marked);
    await expect(world.secrets.send(new CreateSecretCommand({ Name }))).rejects.toMatchObject(marked);
    expect((await world.secrets.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
    clock.turn(7 * dayMs);
    await expect(get(Name)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await world.secrets.send(new CreateSecretCommand({ Name }));
  });

  test('by force is gone at once', async () => {
    await remove({ ForceDeleteWithoutRecovery: true });
    await expect(get(Name)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('the provisioner', () => {
  test('may make a secret again and put the same value again, and nothing changes', async () => {
    secrets.createSecret(Name, 'x');
    const before = JSON.stringify(secrets.snapshot());
    secrets.createSecret(Name);
    secrets.createSecret(Name, 'x');
    secrets.put(Name, 'x');
    expect(JSON.stringify(secrets.snapshot())).toBe(before);
  });

  test('gets everything back from a snapshot that was JSON meanwhile', async () => {
    secrets.createSecret('empty');
    secrets.createSecret(Name, 'one');
    secrets.put(Name, 'two');
    const { ARN } = await get(Name);
    const snapshot: unknown = JSON.parse(JSON.stringify(secrets.snapshot()));
    await world.close();
    secrets = new Secrets({ clock });
    secrets.restore(snapshot);
    world = await awsEndpoint({ secrets }, 1);
    expect(await get(Name)).toMatchObject({ ARN, SecretString: 'two' });
    expect(await get(Name, { VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'one' });
    const { SecretList } = await world.secrets.send(new ListSecretsCommand({}));
    expect(SecretList?.map((secret) => secret.Name)).toEqual(['empty', Name]);
  });
});

describe('ListSecrets', () => {
  test('lists in pages, without values', async () => {
    for (const n of [1, 2, 3]) secrets.createSecret(`s${n}`, 'hidden');
    const names: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await world.secrets.send(new ListSecretsCommand({ MaxResults: 2, NextToken }));
      names.push(...(page.SecretList ?? []).map((secret) => secret.Name ?? ''));
      expect(JSON.stringify(page)).not.toContain('hidden');
      NextToken = page.NextToken;
    } while (NextToken);
    expect(names).toEqual(['s1', 's2', 's3']);
  });
});

describe('what is not implemented', () => {
  test('is named, never answered as if it had been done', async () => {
    const password = world.secrets.send(new GetRandomPasswordCommand({}));
    await expect(password).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: 'Secrets Manager GetRandomPassword is not implemented here',
    });
    const versions = world.secrets.send(new ListSecretVersionIdsCommand({ SecretId: Name }));
    await expect(versions).rejects.toMatchObject({ name: 'UnknownOperationException' });
    const replicated = new CreateSecretCommand({ Name, AddReplicaRegions: [{ Region: 'eu-west-1' }] });
    await expect(world.secrets.send(replicated)).rejects.toMatchObject({
      name: 'NotImplemented',
      message: 'CreateSecret with AddReplicaRegions is not implemented here',
    });
    await expect(get(Name)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('a member of the wrong type is refused', async () => {
    const headers = { 'x-amz-target': 'secretsmanager.CreateSecret', 'content-type': 'application/x-amz-json-1.1' };
    const response = await fetch(world.url, { method: 'POST', headers, body: '{"Name":{"a":1}}' });
    expect([response.status, await response.json()]).toEqual([
      400,
      { __type: 'InvalidParameterException', message: 'Name must be a text, got object' },
    ]);
  });
});
