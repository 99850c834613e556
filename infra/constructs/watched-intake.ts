import { Construct } from 'constructs';
import type { PipelineDefinition } from '../../functions/core/definition.ts';
import { AlarmGroup } from './alarm-group.ts';
import type { Watch } from './alarm-plan.ts';
import type { ConsoleLinks } from './console-links.ts';
import { intakeAlarms } from './intake-alarms.ts';
import { sourceAlarms } from './source-alarms.ts';
import { type NamedAlarm, TroubleAlarm } from './trouble-alarm.ts';

export interface WatchedIntakeProps {
  readonly watch: Watch;
  readonly sources: PipelineDefinition['sources'];
  readonly apiId: string;
  readonly console: ConsoleLinks;
}

/** What comes in: one notice where webhooks are not accepted, and those of their own that are about one source. */
export class WatchedIntake extends Construct {
  /** Whether the receiver itself is throttled. */
  readonly throttles: NamedAlarm | undefined;

  constructor(scope: Construct, id: string, { watch, sources, apiId, console }: WatchedIntakeProps) {
    super(scope, id);
    const intake = new AlarmGroup(this, 'Intake', {
      watch,
      plans: intakeAlarms(watch, apiId, console),
      spokenFor: ['receiver-errors', 'turned-away', 'throttles', 'spool', 'sweeper'],
    });
    const each = Object.entries(sources).map(
      ([name, source]) =>
        new AlarmGroup(this, `Source-${name}`, {
          watch,
          plans: sourceAlarms(watch, { name, source, apiId, console }),
          spokenFor: ['deadline', 'endpoint-disabling', 'silent-source', 'volume'],
        }),
    );
    [this.throttles] = intake.of('throttles');
    if (!watch.settings.composite) return;
    const causes = [
      ...intake.of('receiver-errors', 'turned-away', 'throttles', 'spool', 'sweeper'),
      ...each.flatMap((group) => group.of('deadline')),
    ];
    const trouble =
      causes.length === 0
        ? undefined
        : new TroubleAlarm(this, 'Trouble', {
            watch,
            subject: 'intake',
            what: 'trouble',
            causes,
            impact: 'Webhooks are not accepted, are answered late, or wait outside of their queues.',
            runbook: 'intake-trouble',
            consoleUrl: console.api,
          });
    const disabling = each.flatMap((group) => group.of('endpoint-disabling'));
    if (disabling.length > 0) {
      new TroubleAlarm(this, 'Endpoints', {
        watch,
        subject: 'endpoints',
        what: 'trouble',
        causes: disabling,
        followerOf: trouble,
        impact: 'A platform is about to give an endpoint up, and would then send no more events.',
        runbook: 'endpoints-about-to-be-given-up',
        consoleUrl: console.api,
      });
    }
    const quiet = each.flatMap((group) => group.of('silent-source', 'volume'));
    if (quiet.length > 0) {
      new TroubleAlarm(this, 'Sources', {
        watch,
        subject: 'sources',
        what: 'trouble',
        causes: quiet,
        followerOf: trouble,
        impact: 'Far fewer events come from a source than usual, or none.',
        runbook: 'silent-source',
        consoleUrl: console.api,
      });
    }
  }
}
