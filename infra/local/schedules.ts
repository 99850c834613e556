import { randomUUID } from 'node:crypto';
import type { Clock } from './service.ts';

const unitMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * The interval of a schedule expression, in milliseconds.
 *
 * Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 *
 * @throws Error where it is no rate; `cron` and `at` are not served here.
 */
export function intervalOf(expression: string): number {
  const [, value, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const interval = Number(value) * (unitMs[unit] ?? Number.NaN);
  if (!(interval > 0)) {
    throw new Error(
      `must be a rate such as rate(5 minutes), the only kind that the embedded runtime has, got ${expression}`,
    );
  }
  return interval;
}

/** One schedule and what it invokes. */
export interface Schedule {
  readonly name: string;
  readonly arn: string;
  readonly everyMs: number;
  /** JSON, in which Scheduler's context attributes are replaced. @default Scheduler's own event */
  readonly input?: string;
  /** Never rejects; says itself what went wrong. */
  readonly invoke: (payload: unknown) => Promise<void>;
}

/** The payload with which Scheduler invokes a function for the given time. */
export function payloadOf(
  schedule: Pick<Schedule, 'arn' | 'input'>,
  scheduledAt: number,
  executionId: string,
): unknown {
  const time = new Date(scheduledAt).toISOString().replace(/\.\d+Z$/, 'Z');
  const [, , , region, account] = schedule.arn.split(':');
  if (schedule.input === undefined) {
    return {
      version: '0',
      id: executionId,
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account,
      time,
      region,
      resources: [schedule.arn],
      detail: '{}',
    };
  }
  const context: Readonly<Record<string, string>> = {
    'schedule-arn': schedule.arn,
    'scheduled-time': time,
    'execution-id': executionId,
    'attempt-number': '1',
  };
  return JSON.parse(
    schedule.input.replace(/<aws\.scheduler\.([a-z-]+)>/g, (whole, name: string) => context[name] ?? whole),
  );
}

/**
 * Fires schedules on the clock, the first time one interval after the start. As at EventBridge Scheduler, which invokes
 * functions asynchronously, a run that takes longer than the interval overlaps the next.
 */
export class Schedules {
  readonly #schedules: readonly Schedule[];
  readonly #clock: Clock;
  readonly #running = new Set<Promise<void>>();
  #timers: (() => void)[] = [];

  constructor(schedules: readonly Schedule[], clock: Clock) {
    this.#schedules = schedules;
    this.#clock = clock;
  }

  start(): void {
    const from = this.#clock.now();
    this.#timers = this.#schedules.map((schedule) => this.#every(schedule, from));
  }

  /** Fires each schedule now, beside its times, and waits until they have run. */
  async invokeAll(): Promise<void> {
    await Promise.all(this.#schedules.map((schedule) => this.#fire(schedule, this.#clock.now())));
  }

  /** Fires no more, and waits for what runs. */
  async stop(): Promise<void> {
    for (const cancel of this.#timers) cancel();
    await Promise.all(this.#running);
  }

  #every(schedule: Schedule, from: number): () => void {
    let cancel = () => {};
    const next = (at: number): void => {
      cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
        // A timer may come early by its rounding, and reaches 24 days at most.
        if (this.#clock.now() < at) return next(at);
        void this.#fire(schedule, at);
        // After a sleep of the machine the missed times are not made up for.
        const missed = Math.floor((this.#clock.now() - at) / schedule.everyMs);
        next(at + (missed + 1) * schedule.everyMs);
      });
    };
    next(from + schedule.everyMs);
    return () => cancel();
  }

  async #fire(schedule: Schedule, at: number): Promise<void> {
    const run = schedule.invoke(payloadOf(schedule, at, randomUUID()));
    this.#running.add(run);
    await run.finally(() => this.#running.delete(run));
  }
}
