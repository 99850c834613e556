import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Telemetry, telemetryOf } from '../../../functions/core/telemetry.ts';
import { emfProblems, isEmf } from '../../support/emf.ts';

let written: string[] = [];

beforeEach(() => {
  written = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      written.push(...String(text).trimEnd().split('\n'));
      return true;
    });
  }
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function telemetry(logs?: object): Telemetry {
  if (logs) vi.stubEnv('LOGS', JSON.stringify(logs));
  return telemetryOf('consumer-orders', 'dev');
}

const lines = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);
const messages = () => lines().map(({ message }) => message);
const dimensions = { consumer: 'orders' };

describe('what was counted', () => {
  test('is one line for each set of dimensions, each counter its sum', () => {
    const { count, bytes, duration, flush } = telemetry();
    for (let i = 0; i < 3; i += 1) count('Attempts', dimensions);
    count('Failed', { ...dimensions, reason: 'timeout' }, 2);
    bytes('Bytes', dimensions, 100);
    bytes('Bytes', dimensions, 28);
    duration('HandlerDuration', dimensions, 4.5);
    duration('HandlerDuration', dimensions, 7);
    flush();
    flush();
    expect(written.flatMap((line) => emfProblems(line))).toEqual([]);
    expect(lines()).toEqual([
      {
        _aws: expect.objectContaining({
          CloudWatchMetrics: [
            {
              Namespace: 'Nerite',
              Dimensions: [['service', 'stage', 'consumer']],
              Metrics: [
                { Name: 'HandlerDuration', Unit: 'Milliseconds' },
                { Name: 'Attempts', Unit: 'Count' },
                { Name: 'Bytes', Unit: 'Bytes' },
              ],
            },
          ],
        }),
        service: 'consumer-orders',
        stage: 'dev',
        consumer: 'orders',
        Attempts: 3,
        Bytes: 128,
        HandlerDuration: [4.5, 7],
      },
      expect.objectContaining({ reason: 'timeout', Failed: 2 }),
    ]);
  });

  test('is right however much it is', () => {
    const { count, duration, flush, annotate } = telemetry();
    for (let i = 0; i < 250; i += 1) {
      count('Processed', dimensions);
      duration('HandlerDuration', dimensions, i);
    }
    annotate(dimensions, 'processed', { eventId: 'e' });
    flush();
    expect(written.filter(isEmf).flatMap((line) => emfProblems(line))).toEqual([]);
    const durations = lines().flatMap(({ HandlerDuration }) => HandlerDuration ?? []);
    expect(durations).toHaveLength(250);
  });
});

describe('what became of something', () => {
  const outcome = { consumer: 'orders', eventId: 'e-1', attempt: 1 };

  test('stands in the line of its figures where it is the only one', () => {
    const { count, annotate, flush } = telemetry();
    count('Processed', dimensions);
    annotate(dimensions, 'processed', outcome);
    flush();
    expect(lines()).toEqual([
      expect.objectContaining({
        level: 'INFO',
        message: 'processed',
        eventId: 'e-1',
        consumer: 'orders',
        Processed: 1,
      }),
    ]);
    expect(emfProblems(written[0] ?? '')).toEqual([]);
  });

  test('has a line of its own where there are several, and at once from the second on', () => {
    const { count, annotate, flush } = telemetry();
    for (const eventId of ['e-1', 'e-2', 'e-3']) {
      count('Processed', dimensions);
      annotate(dimensions, 'processed', { ...outcome, eventId });
    }
    expect(lines().map(({ eventId }) => eventId)).toEqual(['e-1', 'e-2', 'e-3']);
    flush();
    expect(lines()).toHaveLength(4);
    expect(lines()[3]).toMatchObject({ Processed: 3 });
    expect(lines()[3]).not.toHaveProperty('message');
  });

  test('of one flush is not said in the next', () => {
    const { count, annotate, flush } = telemetry();
    for (const eventId of ['e-1', 'e-2']) {
      count('Processed', dimensions);
      annotate(dimensions, 'processed', { ...outcome, eventId });
      flush();
    }
    expect(lines().map(({ eventId, Processed }) => [eventId, Processed])).toEqual([
      ['e-1', 1],
      ['e-2', 1],
    ]);
  });

  test('is said though nothing was counted', () => {
    const { annotate, flush } = telemetry();
    annotate(dimensions, 'processed', outcome);
    flush();
    expect(messages()).toEqual(['processed']);
  });
});

describe('a line', () => {
  test('has neither credentials nor personal values, its message and figures included', () => {
    const { log, count, annotate, flush } = telemetry({ mask: ['shoeSize'] });
    const payload = { customer: { email: 'ann@example.com', shoe_size: '47-tell-tale' }, token: 'tell-tale' };
    log.info('for ann@example.com', { payload, text: JSON.stringify(payload) });
    log.error('failed', { error: new Error('token=tell-tale', { cause: payload }) });
    count('Processed', dimensions);
    annotate(dimensions, 'processed', { tenant: 'ann@example.com', token: 'tell-tale' });
    flush();
    expect(written).toHaveLength(3);
    expect(written.join('\n')).not.toMatch(/ann@example|tell-tale/);
  });

  test('is written from its level on', () => {
    const { log } = telemetry({ level: 'warn' });
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level);
    expect(messages()).toEqual(['warn', 'error']);
  });

  test('is written of information on, unless something else is said', () => {
    const { log } = telemetry();
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level](level);
    expect(messages()).toEqual(['info', 'warn', 'error']);
  });

  test('about an event that went well is written of a share of them, and one that warns of all', () => {
    const { log, count, annotate, flush } = telemetry({ sample: 0 });
    log.info('processed', { eventId: 'e' });
    log.warn('attempt failed', { eventId: 'e' });
    log.info('swept the spool');
    count('Processed', dimensions);
    annotate(dimensions, 'processed', { eventId: 'e' });
    flush();
    expect(messages()).toEqual(['attempt failed', 'swept the spool', undefined]);
    expect(lines()[2]).toMatchObject({ Processed: 1 });
    expect(lines()[2]).not.toHaveProperty('eventId');
  });
});

test('an operator changes what is written while a function runs', async () => {
  const settings = { v: 1, until: new Date(Date.now() + 600_000), level: 'debug', functions: ['orders'] };
  const objects = { get: async () => Buffer.from(JSON.stringify(settings)) };
  const { log } = telemetryOf('consumer-orders', 'dev', objects);
  log.debug('before');
  await new Promise((resolve) => setImmediate(resolve));
  log.debug('after');
  expect(messages()).toEqual(['after']);
});
