import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { providers } from '../../../functions/core/provider-names.ts';
import { checkPublicUrl } from '../../../infra/definition/public-url.ts';
import { problemsOf } from '../../../infra/definition/validate.ts';
import { definition, domain } from '../../support/definitions.ts';

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
        github: {
          provider: 'github',
          throttle: { ratePerSecond: 50, burst: 100 },
          allowedIps: ['192.0.2.0/24', '198.51.100.7', '2001:db8::/32', '::1', '0.0.0.0/0'],
          quota: { source: { events: 10_000_000, perSeconds: 86_400 }, tenant: { events: 1, perSeconds: 1 } },
        },
        stripe: { provider: 'stripe', quota: { tenant: { events: 100, perSeconds: 60 }, beyond: 'refuse' } },
        telegram: { provider: 'telegram', allowedIps: 'published', quota: { source: { events: 5, perSeconds: 5 } } },
      },
      domain: { ...domain, name: 'a-1.hooks.example.co.uk' },
      publicUrl: 'https://edge.example.com:8443/in/there',
      archive: {
        infrequentAfterDays: 30,
        glacierAfterDays: 60,
        expireAfterDays: 61,
        windowSeconds: 300,
        sources: { stripe: { expireAfterDays: 3_650 }, github: {} },
        compact: false,
        erase: false,
        lock: { mode: 'compliance', days: 61 },
      },
      ledger: {
        billing: 'provisioned',
        writeUnits: { min: 1, max: 40_000 },
        readUnits: { min: 2_000 },
        targetUtilizationPercent: 90,
      },
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
      'pipeline must have no other keys than sources, consumers, domain, publicUrl, archive, ledger, alarms, logs, tracing, limits, got "consumer"',
    ]);
    const { archive: _, ...others } = definition();
    expect(check({ ...others, archiv: {} })).toEqual([
      'pipeline must have no other keys than sources, consumers, domain, publicUrl, archive, ledger, alarms, logs, tracing, limits, got "archiv" (did you mean `archive`?)',
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
      `pipeline.sources.one.provider must be one of ${providers.join(', ')} (did you mean \`github\`?), got "githab"`,
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
      'pipeline.sources.one must have no other keys than provider, throttle, allowedIps, quota, expect, got "secret"',
    ],
    [
      'allows addresses by one text',
      { provider: 'github', allowedIps: '192.0.2.1' },
      'pipeline.sources.one.allowedIps must be `published`, or a list of addresses and CIDR ranges, got "192.0.2.1"',
    ],
    [
      'allows nobody',
      { provider: 'github', allowedIps: [] },
      'pipeline.sources.one.allowedIps must be one address or CIDR range, or more, got an empty list',
    ],
    [
      'allows what a platform publishes that publishes none',
      { provider: 'stripe', allowedIps: 'published' },
      'pipeline.sources.one.allowedIps must be a list of addresses, since the platform publishes none, got "published"',
    ],
    [
      'has a quota of nothing',
      { provider: 'github', quota: {} },
      'pipeline.sources.one.quota must be an object with `source`, `tenant` or both, got neither',
    ],
    [
      'has a quota that says only what becomes of the rest',
      { provider: 'github', quota: { beyond: 'refuse' } },
      'pipeline.sources.one.quota must be an object with `source`, `tenant` or both, got neither',
    ],
    [
      'has a quota that is a number',
      { provider: 'github', quota: 100 },
      'pipeline.sources.one.quota must be an object with limits for the source or its tenants, got 100',
    ],
    [
      'has a quota of a key that nobody knows',
      { provider: 'github', quota: { tenants: {}, source: { events: 1, perSeconds: 1 } } },
      'pipeline.sources.one.quota must have no other keys than source, tenant, beyond, got "tenants" (did you mean `tenant`?)',
    ],
    [
      'has a quota whose limit is a number',
      { provider: 'github', quota: { tenant: 100 } },
      'pipeline.sources.one.quota.tenant must be an object with events and perSeconds, got 100',
    ],
    [
      'has a quota that lets none through',
      { provider: 'github', quota: { source: { events: 0, perSeconds: 1 } } },
      'pipeline.sources.one.quota.source.events must be a whole number from 1 to 10000000, got 0',
    ],
    [
      'has a quota of half an event',
      { provider: 'github', quota: { tenant: { events: 0.5, perSeconds: 1 } } },
      'pipeline.sources.one.quota.tenant.events must be a whole number from 1 to 10000000, got 0.5',
    ],
    [
      'has a quota for no time',
      { provider: 'github', quota: { tenant: { events: 1 } } },
      'pipeline.sources.one.quota.tenant.perSeconds must be a whole number from 1 to 86400, got nothing',
    ],
    [
      'has a quota for more than a day',
      { provider: 'github', quota: { tenant: { events: 1, perSeconds: 86_401 } } },
      'pipeline.sources.one.quota.tenant.perSeconds must be a whole number from 1 to 86400, got 86401',
    ],
    [
      'has a quota beyond which it does what nobody knows',
      { provider: 'github', quota: { tenant: { events: 1, perSeconds: 1 }, beyond: 'drop' } },
      'pipeline.sources.one.quota.beyond must be one of yield, refuse, got "drop"',
    ],
  ])('that %s is refused', (_, source, sentence) => {
    expect(withSource(source)).toEqual([sentence]);
  });

  test.each([
    '192.0.2',
    '192.0.2.256',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/-1',
    '192.0.2.0/8.5',
    '192.0.2.0/24/24',
    '192.0.2.0/255.255.255.0',
    '192.0.02.1',
    ' 192.0.2.1',
    '2001:db8::/129',
    '2001:db8:::1',
    '[::1]',
    'fe80::1%eth0',
    'hooks.example.com',
    '*',
    '',
    5,
    null,
  ])('does not take %j for an address', (address) => {
    const [problem, ...others] = withSource({ provider: 'github', allowedIps: ['192.0.2.1', address] });
    expect(problem).toMatch(
      /^pipeline\.sources\.one\.allowedIps\[1\] must be an address or a CIDR range, such as 192\.0\.2\.0\/24, got /,
    );
    expect(others).toEqual([]);
  });

  test('that declares its scheme publishes no addresses', () => {
    const provider = { algorithm: 'sha256', encoding: 'hex', signature: { header: 'x-signature' }, signed: '{body}' };
    expect(withSource({ provider, allowedIps: 'published' })).toEqual([
      'pipeline.sources.one.allowedIps must be a list of addresses, since the platform publishes none, got "published"',
    ]);
    expect(withSource({ provider, allowedIps: ['192.0.2.1'] })).toEqual([]);
  });

  test('has a route for each method, of which an API has 300', () => {
    const sourcesOf = (count: number, provider: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${i}`, { provider }]));
    const together = (sources: object) =>
      check({ sources, consumers: { one: { ...consumer, from: { source: 's0' } } } });
    expect(together(sourcesOf(300, 'github'))).toEqual([]);
    expect(together(sourcesOf(150, 'dropbox'))).toEqual([]);
    expect(together(sourcesOf(301, 'github'))).toEqual([
      'pipeline.sources must be sources with at most 300 routes together, got 301',
    ]);
    expect(together(sourcesOf(151, 'dropbox'))).toEqual([
      'pipeline.sources must be sources with at most 300 routes together, got 302',
    ]);
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
      'pipeline.consumers.one must have no other keys than from, handler, retry, order, fair, pace, circuit, adapt, coalesce, items, batch, timeoutSeconds, concurrency, batchSize, parallelism, memoryMb, environment, promiseSeconds, draining, got "retries" (did you mean `retry`?)',
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
    ['compactor', 'must have a name of its own'],
    ['watcher', 'must have a name of its own'],
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

describe('a domain', () => {
  const named = 'a domain name in lower case, such as hooks.example.com';
  const certified = 'the ARN of a certificate in AWS Certificate Manager';

  test.each([
    ['a text', 'hooks.example.com', ' must be an object with name and certificateArn, got "hooks.example.com"'],
    ['null', null, ' must be an object with name and certificateArn, got null'],
    [
      'with a key that nobody knows',
      { ...domain, certificate: 'a' },
      ' must have no other keys than name, certificateArn, got "certificate"',
    ],
    ['without a name', { certificateArn: domain.certificateArn }, `.name must be ${named}, got nothing`],
    ['without a certificate', { name: domain.name }, `.certificateArn must be ${certified}, got nothing`],
  ])('that is %s is refused', (_, value, sentence) => {
    expect(withPipeline({ domain: value })).toEqual([`pipeline.domain${sentence}`]);
  });

  test.each([
    'Hooks.example.com',
    'https://hooks.example.com',
    'hooks.example.com/in',
    'hooks.example.com.',
    'hooks.example.com:443',
    'localhost',
    '192.0.2.1',
    '*.example.com',
    'hooks_.example.com',
    '-hooks.example.com',
    'hooks-.example.com',
    'hooks..example.com',
    `${'a'.repeat(64)}.example.com`,
    `${'a.'.repeat(126)}com`,
    'hooks.example.com\n',
    '',
    5,
  ])('is not called %j', (name) => {
    const [problem, ...others] = withPipeline({ domain: { ...domain, name } });
    expect(problem).toContain(`pipeline.domain.name must be ${named}, got `);
    expect(others).toEqual([]);
  });

  test.each([
    'arn:aws:iam::111122223333:server-certificate/hooks',
    'arn:aws:acm:eu-west-1:1111:certificate/0a1b2c3d',
    'arn:aws:acm:eu-west-1:111122223333:certificate/',
    'arn:aws:acm::111122223333:certificate/0a1b2c3d',
    'certificate/0a1b2c3d',
    `${domain.certificateArn}\n`,
    5,
  ])('is not proved by %j', (certificateArn) => {
    const [problem, ...others] = withPipeline({ domain: { ...domain, certificateArn } });
    expect(problem).toContain(`pipeline.domain.certificateArn must be ${certified}, got `);
    expect(others).toEqual([]);
  });

  test('may be in any partition of AWS', () => {
    for (const partition of ['aws-cn', 'aws-us-gov']) {
      const certificateArn = domain.certificateArn.replace('arn:aws:', `arn:${partition}:`);
      expect(withPipeline({ domain: { ...domain, certificateArn } })).toEqual([]);
    }
  });
});

describe('a public URL', () => {
  const right = [
    'https://hooks.example.com',
    'http://127.0.0.1:3000',
    'https://a.b/c',
    'https://a.b:8443/c/d',
    'http://[::1]:3000',
  ];
  const wrong = [
    'hooks.example.com',
    'ftp://hooks.example.com',
    'https://',
    'https://hooks.example.com/',
    'https://hooks.example.com/in/',
    'https://hooks.example.com?a=b',
    'https://hooks.example.com/in?a=b',
    'https://hooks.example.com/#a',
    'https://user:password@hooks.example.com',
    'https://hooks example.com',
    'https://hooks.example.com/a b',
    'https://hooks.example.com\n',
    'HTTPS://hooks.example.com',
    '',
    5,
    null,
    ['https://hooks.example.com'],
  ];

  test.each(right)('may be %s, in the definition as in the context', (publicUrl) => {
    expect(withPipeline({ publicUrl })).toEqual([]);
    expect(checkPublicUrl(publicUrl)).toBe(publicUrl);
  });

  test.each(wrong)('may not be %j', (publicUrl) => {
    const expected = /must be a URL such as https:\/\/hooks\.example\.com, without a slash at its end, got /;
    const [problem, ...others] = withPipeline({ publicUrl });
    expect(problem).toMatch(expected);
    expect(problem).toMatch(/^pipeline\.publicUrl must be/);
    expect(others).toEqual([]);
    expect(() => checkPublicUrl(publicUrl)).toThrow(expected);
    expect(() => checkPublicUrl(publicUrl)).toThrow(/^context `publicUrl` must be/);
  });

  test('is left to the definition by a context that does not name it', () => {
    expect(checkPublicUrl(undefined)).toBeUndefined();
  });
});

describe('concurrency', () => {
  test('must leave room for the receiver, the sweeper and the watcher', () => {
    const consumers = {
      one: { ...consumer, concurrency: 489 },
      two: { ...consumer, handler: 'b.ts', concurrency: 400 },
    };
    expect(check({ ...definition(), consumers })).toEqual([]);
    const more = { ...consumers, three: { ...consumer, handler: 'c.ts' } };
    expect(check({ ...definition(), consumers: more })).toEqual([
      "pipeline.consumers must have a concurrency of at most 898 in all, so that of the account's 1000 there are 100 left for the receiver and 2 for the sweeper and the watcher, got 899",
    ]);
  });

  test('of a new account is too little unless the limits say how it is shared', () => {
    expect(withPipeline({ limits: { accountConcurrency: 10 } })).toHaveLength(1);
    expect(withPipeline({ limits: { accountConcurrency: 19, receiverConcurrency: 2 } })).toEqual([]);
  });

  test('must leave room for the archive’s functions, of which a compactor is one', () => {
    const consumers = { one: { ...consumer, concurrency: 900 } };
    const sentence = (most: number, own: number) =>
      `pipeline.consumers must have a concurrency of at most ${most} in all, so that of the account's 1000 there are 100 left for the receiver and ${own} for the sweeper, the watcher and the archive, got 900`;
    expect(withPipeline({ consumers, archive: undefined })).toEqual([sentence(895, 5)]);
    expect(withPipeline({ consumers, archive: { compact: false } })).toEqual([sentence(896, 4)]);
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
  const known = { sources: { github: { provider: 'github' }, stripe: { provider: 'stripe' } } };
  const withArchive = (archive: unknown) => withPipeline({ ...known, archive });

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
      { expireAfterDays: 59 },
      'pipeline.archive.expireAfterDays must be a whole number from 60 to 36500, no sooner than records of the ledger (60 days), got 59',
    ],
    [
      { deepAfterDays: 90 },
      'pipeline.archive must have no other keys than infrequentAfterDays, glacierAfterDays, expireAfterDays, windowSeconds, sources, compact, erase, lock, got "deepAfterDays"',
    ],
    [{ windowSeconds: 301 }, 'pipeline.archive.windowSeconds must be a whole number from 1 to 300, got 301'],
    [true, 'pipeline.archive must be an object, or false for no archive, got true'],
    [null, 'pipeline.archive must be an object, or false for no archive, got null'],
  ])('refuses %j', (archive, sentence) => {
    expect(withArchive(archive)).toEqual([sentence]);
  });

  test.each([
    [
      { githup: {} },
      'pipeline.archive.sources.githup must be named as one of pipeline.sources (github, stripe) (did you mean `github`?)',
    ],
    [
      { github: { infrequentAfterDays: 29 } },
      'pipeline.archive.sources.github.infrequentAfterDays must be a whole number from 30 to 36500, got 29',
    ],
    [
      { github: { expireAfterDays: 59 } },
      'pipeline.archive.sources.github.expireAfterDays must be a whole number from 60 to 36500, no sooner than records of the ledger (60 days), got 59',
    ],
    [
      { stripe: { infrequentAfterDays: 160 } },
      'pipeline.archive.sources.stripe.glacierAfterDays must be at least 30 days after infrequentAfterDays (160), got 180',
    ],
    [
      { stripe: { expireAfterDays: 90 } },
      'pipeline.archive.sources.stripe.expireAfterDays must be more than glacierAfterDays (180), got 90',
    ],
    [
      { stripe: { windowSeconds: 1 } },
      'pipeline.archive.sources.stripe must have no other keys than infrequentAfterDays, glacierAfterDays, expireAfterDays, got "windowSeconds"',
    ],
    [{ stripe: 90 }, 'pipeline.archive.sources.stripe must be an object of days, got 90'],
    [['stripe'], 'pipeline.archive.sources must be an object of sources and their days, got a list'],
  ])('refuses days of a source’s own such as %j', (sources, sentence) => {
    expect(withArchive({ sources })).toEqual([sentence]);
  });

  test('takes a source’s own days beside the general ones, which hold for what it leaves out', () => {
    const stripe = { glacierAfterDays: 60, expireAfterDays: 90 };
    expect(withArchive({ sources: { stripe } })).toEqual([]);
    expect(withArchive({ infrequentAfterDays: 31, sources: { stripe } })).toEqual([
      'pipeline.archive.sources.stripe.glacierAfterDays must be at least 30 days after infrequentAfterDays (31), got 60',
    ]);
  });

  test('says once what is wrong of the general days, and not of each source again', () => {
    const sources = { stripe: {}, github: {} };
    expect(withArchive({ glacierAfterDays: 1, sources })).toHaveLength(1);
    expect(withArchive({ glacierAfterDays: 365, sources })).toHaveLength(1);
    expect(withArchive({ infrequentAfterDays: 179, sources })).toHaveLength(1);
  });

  test('can be left out altogether', () => {
    expect(withArchive(false)).toEqual([]);
  });

  test.each(['compact', 'erase'])('is told %s by true or false alone', (name) => {
    expect(withArchive({ [name]: true })).toEqual([]);
    expect(withArchive({ [name]: false })).toEqual([]);
    expect(withArchive({ [name]: 'no' })).toEqual([`pipeline.archive.${name} must be true or false, got "no"`]);
    expect(withArchive({ [name]: null })).toEqual([`pipeline.archive.${name} must be true or false, got null`]);
  });
});

describe('a lock of the archive', () => {
  const known = { sources: { github: { provider: 'github' }, stripe: { provider: 'stripe' } } };
  const rest = { compact: false, erase: false };
  const withLock = (lock: unknown, archive: object = rest) => withPipeline({ ...known, archive: { ...archive, lock } });

  test.each(['governance', 'compliance'])('of mode %s is taken where nothing is merged or erased', (mode) => {
    expect(withLock({ mode, days: 1 })).toEqual([]);
    expect(withLock({ mode, days: 36_500 }, { ...rest, expireAfterDays: 36_500 })).toEqual([]);
  });

  test('is refused where something may be, and says what to write', () => {
    const lock = { mode: 'governance', days: 90 };
    const compact = (got: unknown) =>
      `pipeline.archive.compact must be false beside pipeline.archive.lock, since small objects that were merged could not be deleted, got ${got}`;
    const erase = (got: unknown) =>
      `pipeline.archive.erase must be false beside pipeline.archive.lock, since what is locked cannot be erased, got ${got}`;
    expect(withLock(lock, {})).toEqual([compact('nothing'), erase('nothing')]);
    expect(withLock(lock, { compact: true, erase: false })).toEqual([compact('true')]);
    expect(withLock(lock, { compact: false, erase: 'no' })).toEqual([erase('"no"')]);
  });

  test.each([
    [true, 'pipeline.archive.lock must be an object with a mode and days, got true'],
    [null, 'pipeline.archive.lock must be an object with a mode and days, got null'],
    [{ days: 90 }, 'pipeline.archive.lock.mode must be one of governance, compliance, got nothing'],
    [
      { mode: 'Compliance', days: 90 },
      'pipeline.archive.lock.mode must be one of governance, compliance (did you mean `compliance`?), got "Compliance"',
    ],
    [{ mode: 'governance' }, 'pipeline.archive.lock.days must be a whole number from 1 to 36500, got nothing'],
    [{ mode: 'governance', days: 0 }, 'pipeline.archive.lock.days must be a whole number from 1 to 36500, got 0'],
    [{ mode: 'governance', days: 1.5 }, 'pipeline.archive.lock.days must be a whole number from 1 to 36500, got 1.5'],
    [
      { mode: 'governance', days: 36_501 },
      'pipeline.archive.lock.days must be a whole number from 1 to 36500, got 36501',
    ],
    [
      { mode: 'governance', days: 90, years: 1 },
      'pipeline.archive.lock must have no other keys than mode, days, got "years"',
    ],
    [
      { mode: 'governance', days: 366 },
      'pipeline.archive.lock.days must be at most pipeline.archive.expireAfterDays (365), after which nothing reads what is still locked, got 366',
    ],
  ])('%j is refused', (lock, sentence) => {
    expect(withLock(lock)).toEqual([sentence]);
  });

  test('is never for longer than a source’s own days', () => {
    const sources = { stripe: { glacierAfterDays: 60, expireAfterDays: 90 }, github: { infrequentAfterDays: 40 } };
    const lock = { mode: 'governance', days: 91 };
    expect(withLock(lock, { ...rest, sources: { github: sources.github } })).toEqual([]);
    expect(withLock(lock, { ...rest, sources })).toEqual([
      'pipeline.archive.lock.days must be at most pipeline.archive.sources.stripe.expireAfterDays (90), after which nothing reads what is still locked, got 91',
    ]);
    expect(withLock({ ...lock, days: 366 }, { ...rest, sources: { github: sources.github } })).toHaveLength(1);
  });

  test('is not measured by days that are wrong themselves', () => {
    expect(withLock({ mode: 'governance', days: 366 }, { ...rest, expireAfterDays: 10 })).toEqual([
      'pipeline.archive.expireAfterDays must be a whole number from 60 to 36500, no sooner than records of the ledger (60 days), got 10',
    ]);
  });
});

describe('the ledger', () => {
  test.each([
    ['provisioned', 'pipeline.ledger must be an object with its billing, got "provisioned"'],
    [{}, 'pipeline.ledger.billing must be one of on-demand, provisioned, got nothing'],
    [
      { billing: 'provisoned' },
      'pipeline.ledger.billing must be one of on-demand, provisioned (did you mean `provisioned`?), got "provisoned"',
    ],
    [
      { billing: 'on-demand', writeUnits: { max: 10 } },
      'pipeline.ledger must have no other keys than billing, got "writeUnits"',
    ],
    [
      { billing: 'provisioned', writes: { max: 10 } },
      'pipeline.ledger must have no other keys than billing, writeUnits, readUnits, targetUtilizationPercent, got "writes"',
    ],
    [{ billing: 'provisioned', writeUnits: 10 }, 'pipeline.ledger.writeUnits must be an object of min and max, got 10'],
    [
      { billing: 'provisioned', readUnits: { min: 0 } },
      'pipeline.ledger.readUnits.min must be a whole number from 1 to 40000, got 0',
    ],
    [
      { billing: 'provisioned', writeUnits: { max: 40_001 } },
      'pipeline.ledger.writeUnits.max must be a whole number from 1 to 40000, got 40001',
    ],
    [
      { billing: 'provisioned', writeUnits: { min: 20, max: 10 } },
      'pipeline.ledger.writeUnits.max must be at least min (20), got 10',
    ],
    [
      { billing: 'provisioned', writeUnits: { max: 4 } },
      'pipeline.ledger.writeUnits.max must be at least min (5), got 4',
    ],
    [
      { billing: 'provisioned', readUnits: { min: 2_001 } },
      'pipeline.ledger.readUnits.min must be at most max (2000), got 2001',
    ],
    [
      { billing: 'provisioned', targetUtilizationPercent: 91 },
      'pipeline.ledger.targetUtilizationPercent must be a whole number from 20 to 90, got 91',
    ],
  ])('refuses %j', (ledger, sentence) => {
    expect(withPipeline({ ledger })).toEqual([sentence]);
  });

  test.each([
    { billing: 'on-demand' },
    { billing: 'provisioned' },
    { billing: 'provisioned', writeUnits: { min: 1, max: 1 }, readUnits: {}, targetUtilizationPercent: 20 },
  ])('takes %j', (ledger) => {
    expect(withPipeline({ ledger })).toEqual([]);
  });
});

describe('what is promised and expected', () => {
  test('is taken', () => {
    const { orders } = definition().consumers;
    const consumers = { orders: { ...orders, promiseSeconds: 600 } };
    const sources = { stripe: { provider: 'stripe', expect: { silentAfterMinutes: 60, volume: true } } };
    expect(withPipeline({ sources, consumers, alarms: false })).toEqual([]);
  });

  test.each([
    [{ silentAfterMinutes: 4 }, '.silentAfterMinutes must be a whole number from 5 to 1440, got 4'],
    [{ volume: 'usual' }, '.volume must be true or false, got "usual"'],
    [{ silence: 4 }, ' must have no other keys than silentAfterMinutes, volume, got "silence"'],
  ])('of a source refuses %j', (expected, sentence) => {
    const sources = { ...definition().sources, stripe: { provider: 'stripe', expect: expected } };
    expect(withPipeline({ sources })).toEqual([`pipeline.sources.stripe.expect${sentence}`]);
  });

  test('of a consumer refuses a promise that no message could keep', () => {
    const { orders, billing } = definition().consumers;
    const consumers = { orders: { ...orders, promiseSeconds: 864_001 }, billing };
    expect(withPipeline({ consumers })).toEqual([
      'pipeline.consumers.orders.promiseSeconds must be a whole number from 60 to 864000, which no message outlives, got 864001',
    ]);
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
    [{ inFlight: 120_000 }, 'pipeline.alarms.inFlight must be a whole number from 1000 to 119000, got 120000'],
    [{ deadLetterDays: 14 }, 'pipeline.alarms.deadLetterDays must be a whole number from 1 to 13, got 14'],
    [{ deadlineShare: 2 }, 'pipeline.alarms.deadlineShare must be a number from 0.1 to 1, got 2'],
    [{ composite: 'no' }, 'pipeline.alarms.composite must be true or false, got "no"'],
    [{ endpoints: ['http://a.example'] }, 'pipeline.alarms.endpoints[0] must be an https URL, got "http://a.example"'],
    [
      { without: ['replays', 'replays'] },
      'pipeline.alarms.without[1] must be a kind that is not in the list yet, got "replays"',
    ],
    [true, 'pipeline.alarms must be `false`, or an object of thresholds, got true'],
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

  test('a source may be anything, member by member', () => {
    const members = fc.constantFrom('provider', 'throttle', 'allowedIps', 'quota');
    fc.assert(
      fc.property(members, anything, (member, value) => {
        const sources = { github: { provider: 'github', [member]: value } };
        for (const problem of withPipeline({ sources })) expect(problem).toMatch(/^pipeline\./);
      }),
    );
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
    const sections = fc.constantFrom(
      'sources',
      'consumers',
      'domain',
      'publicUrl',
      'archive',
      'ledger',
      'alarms',
      'logs',
      'tracing',
      'limits',
    );
    fc.assert(fc.property(sections, anything, (section, value) => Array.isArray(withPipeline({ [section]: value }))));
  });
});
