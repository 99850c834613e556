import { describe, expect, test } from 'vitest';
import { intervalOf, payloadOf, type Schedule, Schedules } from '../../../infra/local/schedules.ts';
import { TurnedClock } from '../../support/turned-clock.ts';

const arn = 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/sweep';
const start = Date.parse('2026-05-04T10:00:00.250Z');

function running(schedule: Partial<Schedule> = {}) {
  const clock = new TurnedClock(start);
  const payloads: unknown[] = [];
  const invoke = async (payload: unknown) => {
    payloads.push(payload);
  };
  const schedules = new Schedules(
    [{ name: 'sweep', arn, everyMs: 60_000, input: '"<aws.scheduler.scheduled-time>"', invoke, ...schedule }],
    clock,
  );
  schedules.start();
  return { clock, payloads, schedules };
}

describe('intervalOf', () => {
  test.each([
    ['rate(1 minute)', 60_000],
    ['rate(5 minutes)', 300_000],
    ['rate(1 hour)', 3_600_000],
    ['rate(2 days)', 172_800_000],
  ])('%s is %i ms', (expression, expected) => {
    expect(intervalOf(expression)).toBe(expected);
  });

  test.each(['cron(0 8 * * ? *)', 'at(2026-01-01T00:00:00)', 'rate(0 minutes)', 'rate(1 second)', ''])(
    'refuses %s',
    (expression) => {
      expect(() => intervalOf(expression)).toThrow(
        `must be a rate such as rate(5 minutes), the only kind that the embedded runtime has, got ${expression}`,
      );
    },
  );
});

describe('payloadOf', () => {
  test("is Scheduler's own event where the target has no input", () => {
    expect(payloadOf({ arn }, start, 'id-1')).toEqual({
      version: '0',
      id: 'id-1',
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: '000000000000',
      time: '2026-05-04T10:00:00Z',
      region: 'us-east-1',
      resources: [arn],
      detail: '{}',
    });
  });

  test('replaces the context attributes in the input of the target', () => {
    const input =
      '{"at":"<aws.scheduler.scheduled-time>","of":"<aws.scheduler.schedule-arn>","x":"<aws.scheduler.moon>"}';
    expect(payloadOf({ arn, input }, start, 'id-1')).toEqual({
      at: '2026-05-04T10:00:00Z',
      of: arn,
      x: '<aws.scheduler.moon>',
    });
  });
});

describe('Schedules', () => {
  test('fires once an interval, the first time one interval after the start', () => {
    const { clock, payloads } = running();
    clock.turn(59_999);
    expect(payloads).toEqual([]);
    clock.turn(1);
    expect(payloads).toEqual(['2026-05-04T10:01:00Z']);
    clock.turn(120_000);
    expect(payloads).toEqual(['2026-05-04T10:01:00Z', '2026-05-04T10:02:00Z', '2026-05-04T10:03:00Z']);
  });

  test('fires again though the run before has not ended', () => {
    let runs = 0;
    const { clock } = running({
      invoke: () => {
        runs++;
        return new Promise(() => {});
      },
    });
    clock.turn(180_000);
    expect(runs).toBe(3);
  });

  test('fires on demand and waits for the run', async () => {
    const { payloads, schedules } = running();
    await schedules.invokeAll();
    expect(payloads).toEqual(['2026-05-04T10:00:00Z']);
  });

  test('fires no more once stopped, and waits for what runs', async () => {
    const end = Promise.withResolvers<void>();
    let ended = false;
    let runs = 0;
    const { clock, schedules } = running({
      invoke: async () => {
        runs++;
        await end.promise;
        ended = true;
      },
    });
    clock.turn(60_000);
    const stopped = schedules.stop();
    clock.turn(600_000);
    end.resolve();
    await stopped;
    expect({ runs, ended }).toEqual({ runs: 1, ended: true });
  });
});
