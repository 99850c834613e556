import { Construct } from 'constructs';
import type { Consumer } from '../../functions/core/definition.ts';
import { AlarmGroup } from './alarm-group.ts';
import type { Watch } from './alarm-plan.ts';
import type { ConsoleLinks } from './console-links.ts';
import { consumerAlarms } from './consumer-alarms.ts';
import { namesOf } from './physical-names.ts';
import { type NamedAlarm, TroubleAlarm } from './trouble-alarm.ts';

export interface WatchedConsumerProps {
  readonly watch: Watch;
  readonly consumer: Consumer;
  /** Rings where the consumer is not to blame. */
  readonly platformTrouble: NamedAlarm | undefined;
  readonly console: ConsoleLinks;
}

/** A consumer: one notice where it fails, one where it is late for another reason, and one for what it gave up. */
export class WatchedConsumer extends Construct {
  constructor(scope: Construct, id: string, { watch, consumer, platformTrouble, console }: WatchedConsumerProps) {
    super(scope, id);
    const { name } = consumer;
    const names = namesOf(watch.stage, consumer);
    const alarms = new AlarmGroup(this, 'Alarms', {
      watch,
      plans: consumerAlarms(watch, consumer, console),
      spokenFor: ['backlog', 'age', 'in-flight', 'failure-rate', 'circuit-open'],
    });
    if (!watch.settings.composite) return;
    const failures = alarms.of('failure-rate', 'circuit-open');
    const failing =
      failures.length === 0
        ? undefined
        : new TroubleAlarm(this, 'Failing', {
            watch,
            subject: name,
            what: 'failing',
            // With the platform it rings as well, silently, so that whoever follows it follows both.
            causes: [...failures, ...(platformTrouble ? [platformTrouble] : [])],
            followerOf: platformTrouble,
            impact: `${name} fails, or its downstream is away: events come again later.`,
            runbook: 'failing-handlers',
            consoleUrl: console.function(names.function),
          });
    const lateness = alarms.of('backlog', 'age', 'in-flight');
    if (lateness.length === 0) return;
    new TroubleAlarm(this, 'Late', {
      watch,
      subject: name,
      what: 'late',
      causes: lateness,
      followerOf: failing ?? platformTrouble,
      impact: `${name} eats more slowly than it is fed: events are late, none is lost.`,
      runbook: 'backlog',
      consoleUrl: console.queue(names.queue),
    });
  }
}
