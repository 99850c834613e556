import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { problemsOf } from '../../../infra/definition/validate.ts';
import { definition } from '../../support/definitions.ts';

const project = { root: '/project', fileExists: (path: string) => !path.includes('missing') };
const check = (value: unknown) => problemsOf(value, project);

const consumer = { from: { source: 'github' }, handler: 'functions/handlers/one.ts' };
/** Problems of a pipeline whose one consumer differs. */
const withConsumer = (difference: object) =>
  check({ sources: { github: { provider: 'github' } }, consumers: { one: { ...consumer, ...difference } } });
/** Problems of a pipeline that differs at its top. */
const withPipeline = (difference: object) => check({ ...definition(), ...difference });

describe('a definition that is right', () => {
  test('has no problems', () => {
    expect(check(definition())).toEqual([]);
  });

  test('may say everything that can be said', () => {
    const whole = definition({
      sources: {
        github: { provider: 'github', throttle: { ratePerSecond: 50, burst: 100 } },
        stripe: { provider: 'stripe' },
      },
      archive: { infrequentAfterDays: 30, glacierAfterDays: 60, expireAfterDays: 61 },
      alarms: {
        backlog: 1,
        ageSeconds: 60,
        receiverErrors: 5,
        emails: ['someone@example.com', 'ops+on.call@mail.example.co.uk'],
      },
      limits: { accountConcurrency: 10_000, receiverConcurrency: 500 },
    });
    expect(check(whole)).toEqual([]);
  });
});

describe('a pipeline', () => {
  test.each([
    ['is no object', null, 'pipeline must be an object, got null'],
    ['is missing', undefined, 'pipeline must be an object, got nothing'],
    ['is a list', [], 'pipeline must be an object, got an empty list'],
    ['is an object of a class', new Map(), 'pipeline must be an object, got an object of a class'],
  ])('that %s is refused', (_, value, sentence) => {
    expect(check(value)).toEqual([sentence]);
  });

  test('with a key that nobody knows is told which one was probably meant', () => {
    expect(withPipeline({ consumer: {} })).toEqual([
      'pipeline must have no other keys than sources, consumers, archive, alarms, limits, got "consumer"',
    ]);
    expect(withPipeline({ archiv: {} })).toEqual([
      'pipeline must have no other keys than sources, consumers, archive, alarms, limits, got "archiv" (did you mean `archive`?)',
    ]);
  });

  test('without sources or consumers is refused', () => {
    expect(check({})).toEqual([
      'pipeline.sources must be an object with one source or more, got nothing',
      'pipeline.consumers must be an object with one consumer or more, got nothing',
    ]);
    expect(check({ sources: {}, consumers: {} })).toEqual([
      'pipeline.sources must be an object with one source or more, got none',
      'pipeline.consumers must be an object with one consumer or more, got none',
    ]);
  });

  test('with several mistakes hears of all of them at once', () => {
    expect(withConsumer({ batchSize: 11, memoryMb: 64, retry: { attempts: 0 } })).toHaveLength(3);
  });
});

describe('a source', () => {
  const withSource = (source: unknown, name = 'one') =>
    check({ sources: { [name]: source }, consumers: { one: { ...consumer, from: { source: name } } } });

  test.each([
    ['is no object', 'github', 'pipeline.sources.one must be an object with a provider, got "github"'],
    [
      'has an unknown provider',
      { provider: 'githab' },
      'pipeline.sources.one.provider must be one of github, stripe, shopify, slack, standard-webhooks (did you mean `github`?), got "githab"',
    ],
    [
      'has no provider',
      {},
      'pipeline.sources.one.provider must be a provider by name, or a declared HMAC scheme, got nothing',
    ],
    [
      'has a throttle out of range',
      { provider: 'github', throttle: { ratePerSecond: 0, burst: 1 } },
      'pipeline.sources.one.throttle.ratePerSecond must be a whole number from 1 to 100000, got 0',
    ],
    [
      'has half a throttle',
      { provider: 'github', throttle: { ratePerSecond: 1 } },
      'pipeline.sources.one.throttle.burst must be a whole number from 1 to 100000, got nothing',
    ],
    [
      'has a secret in the definition',
      { provider: 'github', secret: 'hunter2' },
      'pipeline.sources.one must have no other keys than provider, throttle, got "secret"',
    ],
  ])('that %s is refused', (_, source, sentence) => {
    expect(withSource(source)).toEqual([sentence]);
  });

  test.each(['Git', 'git_hub', '1st', '', 'a'.repeat(41), 'git/hub', '__proto__'])('named %j is refused', (name) => {
    const problems = check(
      JSON.parse(
        `{"sources":{${JSON.stringify(name)}:{"provider":"github"}},"consumers":{"one":{"from":{"source":${JSON.stringify(name)}},"handler":"a.ts"}}}`,
      ),
    );
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('must be named by 1 to 40 lower-case letters, digits and hyphens');
  });
});

describe('a consumer', () => {
  test.each([
    [
      'takes from a source that is not there',
      { from: { source: 'githib' } },
      'pipeline.consumers.one.from.source must be one of pipeline.sources (github) (did you mean `github`?), got "githib"',
    ],
    [
      'takes from something inherited',
      { from: { source: 'toString' } },
      'pipeline.consumers.one.from.source must be one of pipeline.sources (github), got "toString"',
    ],
    [
      'has no subscription',
      { from: [] },
      'pipeline.consumers.one.from must be at least one subscription, got an empty list',
    ],
    [
      'names its source as a text',
      { from: ['github'] },
      'pipeline.consumers.one.from[0] must be a subscription such as { source, types }, or a list of them, got "github"',
    ],
    [
      'subscribes to no types',
      { from: { source: 'github', types: [] } },
      'pipeline.consumers.one.from.types must be a list of one pattern or more; leave it out to take every type, got an empty list',
    ],
    [
      'has a handler that does not exist',
      { handler: 'functions/handlers/missing.ts' },
      'pipeline.consumers.one.handler must be a file that exists, got "functions/handlers/missing.ts"',
    ],
    [
      'has a handler outside the project',
      { handler: '../elsewhere/one.ts' },
      'pipeline.consumers.one.handler must be a path from the project\'s root to a file inside the project, got "../elsewhere/one.ts"',
    ],
    [
      'has a handler by an absolute path',
      { handler: '/project/one.ts' },
      'pipeline.consumers.one.handler must be a path from the project\'s root to a file inside the project, got "/project/one.ts"',
    ],
    [
      'has a handler that is not TypeScript',
      { handler: 'functions/handlers/one.js' },
      'pipeline.consumers.one.handler must be the path of a .ts file, got "functions/handlers/one.js"',
    ],
    [
      'has no handler',
      { handler: undefined },
      "pipeline.consumers.one.handler must be the path of a .ts file from the project's root, got nothing",
    ],
    [
      'runs once at a time',
      { concurrency: 1 },
      'pipeline.consumers.one.concurrency must be a whole number from 2 to 1000, got 1',
    ],
    [
      'takes too many',
      { batchSize: 11 },
      'pipeline.consumers.one.batchSize must be a whole number from 1 to 10, got 11',
    ],
    [
      'takes half a message',
      { batchSize: 1.5 },
      'pipeline.consumers.one.batchSize must be a whole number from 1 to 10, got 1.5',
    ],
    [
      'handles none at once',
      { parallelism: 0 },
      'pipeline.consumers.one.parallelism must be a whole number from 1 to 1000, got 0',
    ],
    [
      'has too long a timeout',
      { timeoutSeconds: 841 },
      'pipeline.consumers.one.timeoutSeconds must be a whole number from 1 to 840, got 841',
    ],
    [
      'has a timeout that is no number',
      { timeoutSeconds: '30' },
      'pipeline.consumers.one.timeoutSeconds must be a whole number from 1 to 840, got "30"',
    ],
    [
      'has NaN for a timeout',
      { timeoutSeconds: Number.NaN },
      'pipeline.consumers.one.timeoutSeconds must be a whole number from 1 to 840, got NaN',
    ],
    [
      'has too little memory',
      { memoryMb: 127 },
      'pipeline.consumers.one.memoryMb must be a whole number from 128 to 10240, got 127',
    ],
    ['drains perhaps', { draining: 'yes' }, 'pipeline.consumers.one.draining must be true or false, got "yes"'],
    [
      'has a key that nobody knows',
      { retries: 3 },
      'pipeline.consumers.one must have no other keys than from, handler, retry, order, fair, pace, circuit, adapt, coalesce, items, batch, timeoutSeconds, concurrency, batchSize, parallelism, memoryMb, environment, draining, got "retries" (did you mean `retry`?)',
    ],
    [
      'has an unknown key deep inside',
      { retry: { attemps: 3 } },
      'pipeline.consumers.one.retry must have no other keys than attempts, baseSeconds, capSeconds, got "attemps" (did you mean `attempts`?)',
    ],
    [
      'sets what Nerite sets',
      { environment: { STAGE: 'prod' } },
      'pipeline.consumers.one.environment.STAGE must not be given, Nerite sets it',
    ],
    [
      'sets what Nerite sets once it has a policy',
      { environment: { STATE_TABLE: 'mine' } },
      'pipeline.consumers.one.environment.STATE_TABLE must not be given, Nerite sets it',
    ],
    [
      'sets what Lambda reserves',
      { environment: { AWS_REGION: 'eu-west-1' } },
      'pipeline.consumers.one.environment.AWS_REGION must not be given, Lambda reserves it',
    ],
    [
      'sets what Lambda reserves under another name',
      { environment: { _HANDLER: 'x' } },
      'pipeline.consumers.one.environment._HANDLER must not be given, Lambda reserves it',
    ],
    [
      'has a variable that is no name',
      { environment: { 'MY-KEY': 'x' } },
      'pipeline.consumers.one.environment.MY-KEY must be named by letters, digits and underscores, a letter first, got "MY-KEY"',
    ],
    [
      'has a variable that is no text',
      { environment: { PORT: 80 } },
      'pipeline.consumers.one.environment.PORT must be a text, got 80',
    ],
    [
      'has more environment than Lambda takes',
      { environment: { TEXT: 'ä'.repeat(1_535) } },
      'pipeline.consumers.one.environment must be at most 3072 bytes, names and values together, got 3074',
    ],
  ])('that %s is refused', (_, difference, sentence) => {
    expect(withConsumer(difference)).toEqual([sentence]);
  });

  test('may use the whole of every range', () => {
    const least = {
      timeoutSeconds: 1,
      concurrency: 2,
      batchSize: 1,
      parallelism: 1,
      memoryMb: 128,
    };
    const most = {
      timeoutSeconds: 840,
      batchSize: 10,
      parallelism: 1_000,
      memoryMb: 10_240,
    };
    expect(withConsumer(least)).toEqual([]);
    expect(withConsumer(most)).toEqual([]);
  });

  test('may not share its handler, whatever the spelling of the path', () => {
    const problems = check({
      ...definition(),
      consumers: { one: { ...consumer }, two: { ...consumer, handler: './functions/../functions/handlers/one.ts' } },
    });
    expect(problems).toEqual([
      'pipeline.consumers.two.handler must be a file of its own, since each names its consumer and `one` has it, got "./functions/../functions/handlers/one.ts"',
    ]);
  });

  test.each([
    ['orders-dlq', 'must not end in -dlq'],
    ['sweeper', 'must have a name of its own, got a reserved one: sweeper'],
    ['receiver', 'must have a name of its own'],
    ['Orders', 'must be named by 1 to 40 lower-case letters'],
    ['orders.fifo', 'must be named by 1 to 40 lower-case letters'],
  ])('named %s is refused', (name, part) => {
    const problems = check({ ...definition(), consumers: { [name]: consumer } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(part);
  });

  test('may not differ from another in hyphens alone', () => {
    const consumers = { 'order-book': consumer, orderbook: { ...consumer, handler: 'b.ts' } };
    expect(check({ ...definition(), consumers })).toEqual([
      'pipeline.consumers.orderbook must differ from `order-book` in more than hyphens and letter case',
    ]);
  });
});

describe('concurrency', () => {
  test('must leave room for the receiver and the sweeper', () => {
    const consumers = {
      one: { ...consumer, concurrency: 490 },
      two: { ...consumer, handler: 'b.ts', concurrency: 400 },
    };
    expect(check({ ...definition(), consumers })).toEqual([]);
    const more = { ...consumers, three: { ...consumer, handler: 'c.ts' } };
    expect(check({ ...definition(), consumers: more })).toEqual([
      "pipeline.consumers must have a concurrency of at most 899 in all, so that of the account's 1000 there are 100 left for the receiver and 1 for the sweeper, got 900",
    ]);
  });

  test('of a new account is too little unless the limits say how it is shared', () => {
    expect(withPipeline({ limits: { accountConcurrency: 10 } })).toHaveLength(1);
    expect(withPipeline({ limits: { accountConcurrency: 18, receiverConcurrency: 2 } })).toEqual([]);
  });

  test.each([
    ['a text', '1000'],
    ['zero', 0],
  ])('limits that are %s are refused', (_, accountConcurrency) => {
    expect(withPipeline({ limits: { accountConcurrency } })[0]).toContain(
      'pipeline.limits.accountConcurrency must be a whole number from 1 to 1000000',
    );
  });
});

describe('the archive', () => {
  test.each([
    [
      { infrequentAfterDays: 29 },
      'pipeline.archive.infrequentAfterDays must be a whole number from 30 to 36500, got 29',
    ],
    [
      { infrequentAfterDays: 40, glacierAfterDays: 69 },
      'pipeline.archive.glacierAfterDays must be at least 30 days after infrequentAfterDays (40), got 69',
    ],
    [{ expireAfterDays: 180 }, 'pipeline.archive.expireAfterDays must be more than glacierAfterDays (180), got 180'],
    [
      { expireAfterDays: 44 },
      'pipeline.archive.expireAfterDays must be a whole number from 45 to 36500, no sooner than records of the ledger (45 days), got 44',
    ],
    [
      { deepAfterDays: 90 },
      'pipeline.archive must have no other keys than infrequentAfterDays, glacierAfterDays, expireAfterDays, got "deepAfterDays"',
    ],
  ])('refuses %j', (archive, sentence) => {
    expect(withPipeline({ archive })).toEqual([sentence]);
  });
});

describe('alarms', () => {
  test.each([
    [{ backlog: 0 }, 'pipeline.alarms.backlog must be a whole number from 1 to 10000000, got 0'],
    [
      { ageSeconds: 864_001 },
      'pipeline.alarms.ageSeconds must be a whole number from 60 to 864000, which no message outlives, got 864001',
    ],
    [{ receiverErrors: -1 }, 'pipeline.alarms.receiverErrors must be a whole number from 1 to 1000000, got -1'],
    [{ emails: 'a@example.com' }, 'pipeline.alarms.emails must be a list of email addresses, got "a@example.com"'],
    [{ emails: ['a@example'] }, 'pipeline.alarms.emails[0] must be an email address, got "a@example"'],
    [{ emails: ['a b@example.com'] }, 'pipeline.alarms.emails[0] must be an email address, got "a b@example.com"'],
    [
      { emails: ['a@example.com', 'a@example.com'] },
      'pipeline.alarms.emails[1] must be an address that is not in the list yet, got "a@example.com"',
    ],
  ])('refuse %j', (alarms, sentence) => {
    expect(withPipeline({ alarms })).toEqual([sentence]);
  });
});

describe('whatever a definition is', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
  });

  test('garbage has problems, and never throws', () => {
    fc.assert(fc.property(anything, (value) => check(value).length > 0));
  });

  test('JSON has problems, and never throws', () => {
    fc.assert(fc.property(fc.json(), (text) => check(JSON.parse(text)).length > 0));
  });

  test('a wrong value at any place gets a sentence that begins with its place', () => {
    const keys = [
      'from',
      'handler',
      'retry',
      'order',
      'fair',
      'pace',
      'circuit',
      'adapt',
      'coalesce',
      'items',
      'batch',
      'timeoutSeconds',
      'concurrency',
      'batchSize',
      'parallelism',
      'memoryMb',
      'environment',
      'draining',
    ];
    const wrong = fc.oneof(
      fc.constantFrom(null, Symbol('no'), () => 'no', new Date(0), new Map(), ['no'], [[]], { no: 'no' }),
      fc.double().filter((value) => !Number.isInteger(value)),
      fc.bigInt(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...keys), wrong, (key, value) => {
        fc.pre(!(key === 'environment' && typeof value === 'object' && value !== null && 'no' in value));
        fc.pre(!(key === 'items' && typeof value === 'function'));
        const problems = withConsumer({ [key]: value });
        expect(problems.length).toBeGreaterThan(0);
        for (const problem of problems) expect(problem).toMatch(new RegExp(`^pipeline\\.consumers\\.one\\.${key}`));
      }),
    );
  });

  test('its sections may be anything, one by one', () => {
    const sections = fc.constantFrom('sources', 'consumers', 'archive', 'alarms', 'limits');
    fc.assert(fc.property(sections, anything, (section, value) => Array.isArray(withPipeline({ [section]: value }))));
  });
});
