import type { Clock } from '../service.ts';
import type { Actions, Comparison, CompositeAlarm, MetricAlarm } from './alarm-plan.ts';
import { type AlarmState, stateBy } from './datapoints.ts';
import { type MetricStore, minuteMs } from './metric-store.ts';
import { type Reading, readingOf } from './reading.ts';
import { alarmsIn, holds } from './rule.ts';
import { Suppression } from './suppression.ts';

export interface AlarmStatus {
  readonly name: string;
  readonly kind: 'metric' | 'composite';
  readonly state: AlarmState;
  /** Milliseconds since 1970, on the watch's clock. */
  readonly since: number;
  readonly reason: string;
  readonly description: string;
  readonly threshold?: number;
  /** The latest that was compared with the threshold. */
  readonly value?: number;
  /** Whether somebody is told when it goes into ALARM. */
  readonly notifies: boolean;
  /** Whether a suppressor holds back that somebody is told of the state. */
  readonly suppressed?: boolean;
}

/** What would have been published to the alarm's topic. */
export interface Notice {
  /** Milliseconds since 1970, on the watch's clock. */
  readonly time: number;
  readonly name: string;
  readonly from: AlarmState;
  readonly to: AlarmState;
  /** Whether a suppressor held it back. */
  readonly suppressed: boolean;
}

/** A change of state, told to somebody or not. */
export interface Change extends Omit<Notice, 'suppressed'> {
  readonly reason: string;
}

export interface AlarmsOptions {
  readonly metricAlarms: readonly MetricAlarm[];
  readonly compositeAlarms: readonly CompositeAlarm[];
  readonly store: Pick<MetricStore, 'values'>;
  readonly clock: Pick<Clock, 'now'>;
}

interface Standing {
  readonly alarm: { readonly name: string; readonly description: string; readonly actions: Actions };
  readonly kind: AlarmStatus['kind'];
  state: AlarmState;
  since: number;
  reason: string;
  reading?: Reading;
  suppressed?: boolean;
  /** Whether it has left its first state. */
  isKnown: boolean;
}

/** Older changes and notices are forgotten. */
const mostKept = 1_000;

/**
 * The alarms of the templates, by the metrics of the store. They begin without enough data, as new ones do at AWS. But
 * there they are new once, here at each start, with all metrics: so nobody is told that one is OK when it is looked at
 * first, and silence, or too little, is no cause for ALARM until all periods that an alarm asks for have been watched.
 */
export class Alarms {
  readonly #metricAlarms: readonly MetricAlarm[];
  readonly #compositeAlarms: readonly CompositeAlarm[];
  readonly #suppressions: ReadonlyMap<string, Suppression>;
  readonly #store: Pick<MetricStore, 'values'>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #watchedFrom: number;
  readonly #standings = new Map<string, Standing>();
  readonly #changes: Change[] = [];
  readonly #notices: Notice[] = [];

  constructor({ metricAlarms, compositeAlarms, store, clock }: AlarmsOptions) {
    this.#metricAlarms = metricAlarms;
    this.#compositeAlarms = inOrder(compositeAlarms);
    this.#store = store;
    this.#clock = clock;
    this.#watchedFrom = clock.now();
    this.#suppressions = new Map(
      compositeAlarms.flatMap(({ name, suppressor }) => (suppressor ? [[name, new Suppression(suppressor)]] : [])),
    );
    const stand = (alarm: Standing['alarm'], kind: Standing['kind']) =>
      this.#standings.set(alarm.name, {
        alarm,
        kind,
        state: 'INSUFFICIENT_DATA',
        since: this.#watchedFrom,
        reason: 'not evaluated yet',
        isKnown: false,
      });
    for (const alarm of metricAlarms) stand(alarm, 'metric');
    for (const alarm of compositeAlarms) stand(alarm, 'composite');
  }

  /** Every alarm as it stands, metric alarms first. */
  list(): AlarmStatus[] {
    return [...this.#standings.values()].map(({ alarm, kind, state, since, reason, reading, suppressed }) => ({
      name: alarm.name,
      kind,
      state,
      since,
      reason,
      description: alarm.description,
      ...(reading?.threshold === undefined ? {} : { threshold: reading.threshold }),
      ...(reading?.value === undefined ? {} : { value: reading.value }),
      notifies: alarm.actions.ALARM,
      ...(suppressed ? { suppressed } : {}),
    }));
  }

  /** What would have been published, the oldest first; the latest 1,000. */
  notices(): Notice[] {
    return [...this.#notices];
  }

  /** Every change of a state, the oldest first; the latest 1,000. */
  changes(): Change[] {
    return [...this.#changes];
  }

  /** Evaluates every alarm over the minutes that are full by now. */
  evaluate(): void {
    const now = this.#clock.now();
    const until = Math.floor(now / minuteMs) * minuteMs;
    for (const alarm of this.#metricAlarms) {
      const reading = readingOf(alarm, this.#store, until);
      const standing = this.#standing(alarm.name);
      standing.reading = reading.threshold === undefined ? withThreshold(alarm, reading) : reading;
      const from = standing.state;
      const found = stateBy(reading.points, alarm, from);
      const isTooEarly = found === 'ALARM' && firesOfSilence(alarm) && until - spanOf(alarm) < this.#watchedFrom;
      const to = isTooEarly ? from : found;
      const reason = isTooEarly ? 'not watched for all of its periods yet' : reasonOf(alarm, reading);
      if (!this.#change(standing, to, reason, now)) continue;
      this.#tell(standing, { time: now, name: alarm.name, from, to, suppressed: false });
    }
    for (const alarm of this.#compositeAlarms) this.#evaluateComposite(alarm, now);
  }

  #evaluateComposite({ name, rule, suppressor }: CompositeAlarm, now: number): void {
    const standing = this.#standing(name);
    const from = standing.state;
    const to = holds(rule, (alarm) => this.#standing(alarm).state) ? 'ALARM' : 'OK';
    const blamed = alarmsIn(rule).filter((alarm) => this.#standing(alarm).state === 'ALARM');
    const reason =
      blamed.length > 0 ? `in ALARM: ${[...new Set(blamed)].join(', ')}` : 'nothing that it looks at is in ALARM';
    const changed = this.#change(standing, to, reason, now);
    const suppression = this.#suppressions.get(name);
    if (!suppressor || !suppression) {
      if (changed) this.#tell(standing, { time: now, name, from, to, suppressed: false });
      return;
    }
    const decision = suppression.decide(to, this.#standing(suppressor.alarm).state, now);
    const held = decision?.kind === 'held' && decision.by !== 'WaitPeriod';
    // Held back for the same reason as before, it is not noted once more.
    const isNews = decision?.kind === 'told' || (held && (changed || !standing.suppressed));
    standing.suppressed = held;
    if (decision && isNews) this.#tell(standing, { time: now, name, from: decision.from, to, suppressed: held });
  }

  /** Whether it is a change. */
  #change(standing: Standing, to: AlarmState, reason: string, now: number): boolean {
    standing.reason = reason;
    const from = standing.state;
    if (to === from) return false;
    standing.state = to;
    standing.since = now;
    keep(this.#changes, { time: now, name: standing.alarm.name, from, to, reason });
    return true;
  }

  #tell(standing: Standing, notice: Notice): void {
    const isFirst = !standing.isKnown;
    standing.isKnown = true;
    if (isFirst && notice.to === 'OK') return;
    if (standing.alarm.actions[notice.to]) keep(this.#notices, notice);
  }

  #standing(name: string): Standing {
    const standing = this.#standings.get(name);
    if (!standing) throw new Error(`alarm must be one of ${[...this.#standings.keys()].join(', ')}, got ${name}`);
    return standing;
  }
}

function firesOfSilence({ treatMissing, comparison }: MetricAlarm): boolean {
  return treatMissing === 'breaching' || comparison.startsWith('LessThan');
}

function spanOf({ evaluationPeriods, periodMs }: MetricAlarm): number {
  return evaluationPeriods * periodMs;
}

function keep<Item>(items: Item[], item: Item): void {
  items.push(item);
  if (items.length > mostKept) items.shift();
}

/** Composite alarms, those that others look at before these; the plan has made sure that there is no circle. */
function inOrder(alarms: readonly CompositeAlarm[]): CompositeAlarm[] {
  const ordered = new Set<CompositeAlarm>();
  const visit = (alarm: CompositeAlarm): void => {
    if (ordered.has(alarm)) return;
    for (const name of lookedAtBy(alarm)) {
      const other = alarms.find((each) => each.name === name);
      if (other) visit(other);
    }
    ordered.add(alarm);
  };
  for (const alarm of alarms) visit(alarm);
  return [...ordered];
}

/** The alarms whose state a composite alarm depends on, its suppressor included. */
export function lookedAtBy({ rule, suppressor }: Pick<CompositeAlarm, 'rule' | 'suppressor'>): string[] {
  return [...alarmsIn(rule), ...(suppressor ? [suppressor.alarm] : [])];
}

const words: Readonly<Record<Comparison, string>> = {
  GreaterThanOrEqualToThreshold: 'at or above',
  GreaterThanThreshold: 'above',
  LessThanThreshold: 'below',
  LessThanOrEqualToThreshold: 'at or below',
  LessThanLowerOrGreaterThanUpperThreshold: 'outside the band around',
  LessThanLowerThreshold: 'below the band of',
  GreaterThanUpperThreshold: 'above the band of',
};

function withThreshold({ threshold }: MetricAlarm, reading: Reading): Reading {
  return typeof threshold === 'number' ? { ...reading, threshold } : reading;
}

function reasonOf(alarm: MetricAlarm, { points, value }: Reading): string {
  const of = `${alarm.datapointsToAlarm} of ${alarm.evaluationPeriods} periods of ${alarm.periodMs / 1_000} s`;
  const breaching = points.filter((point) => point === 'breaching').length;
  const missing = points.filter((point) => point === 'missing').length;
  const found = `of the latest ${points.length}, ${breaching} were and ${missing} have no data`;
  const latest = value === undefined ? '' : `; latest ${value}`;
  return `ALARM when ${of} are ${words[alarm.comparison]} ${alarm.threshold}: ${found}${latest}`;
}
