import type { Sqs } from '../aws/sqs/sqs.ts';
import type { Clock } from '../service.ts';
import type { CompositeAlarm, MetricAlarm } from './alarm-plan.ts';
import { Alarms } from './alarms.ts';
import { EmfIntake, type InvalidLines } from './emf-intake.ts';
import { putQueueFigures } from './figures/queue-figures.ts';
import { MetricStore, minuteMs } from './metric-store.ts';
import { reachOf } from './reading.ts';

export interface WatchOptions {
  readonly metricAlarms: readonly MetricAlarm[];
  readonly compositeAlarms: readonly CompositeAlarm[];
  readonly sqs: Pick<Sqs, 'queueNames' | 'figures' | 'oldestAgeMs'>;
  /** Whose minutes are the minutes of every metric. */
  readonly clock: Clock;
}

const leastRetentionMs = 3 * 60 * minuteMs;

/** What watches the running pipeline: its metrics, and the alarms on them, looked at each minute of its clock. */
export class Watch {
  readonly metrics: MetricStore;
  readonly alarms: Alarms;
  readonly #intake: EmfIntake;
  readonly #sqs: WatchOptions['sqs'];
  readonly #clock: Clock;
  #cancel = () => {};

  constructor({ metricAlarms, compositeAlarms, sqs, clock }: WatchOptions) {
    const retentionMs = Math.max(leastRetentionMs, ...metricAlarms.map(reachOf)) + minuteMs;
    this.metrics = new MetricStore({ clock, retentionMs });
    this.alarms = new Alarms({ metricAlarms, compositeAlarms, store: this.metrics, clock });
    this.#intake = new EmfIntake(this.metrics);
    this.#sqs = sqs;
    this.#clock = clock;
  }

  /** Takes in a line that a function has logged. */
  heard(functionName: string, line: string): void {
    this.#intake.take(functionName, line);
  }

  /** EMF lines that were none. */
  invalid(): InvalidLines {
    return this.#intake.invalid();
  }

  /** From now on looks at the queues and the alarms at the end of each minute. */
  start(): void {
    const now = this.#clock.now();
    const end = (Math.floor(now / minuteMs) + 1) * minuteMs;
    this.#cancel = this.#clock.after(end - now, () => {
      // A timer may come early by its rounding.
      if (this.#clock.now() >= end) this.look();
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }

  /** Looks once: how the queues stand counts for the last minute that is full, then the alarms are evaluated. */
  look(): void {
    const full = Math.floor(this.#clock.now() / minuteMs) * minuteMs;
    putQueueFigures(this.metrics, this.#sqs, full - 1);
    this.alarms.evaluate();
  }
}
