import { Construct } from 'constructs';
import { consumersOf, isArchived } from '../../functions/core/definition.ts';
import { stagePrefix } from '../../functions/core/names.ts';
import { AlarmGroup } from './alarm-group.ts';
import type { Watch } from './alarm-plan.ts';
import { archiveAlarms } from './archive-alarms.ts';
import { consumerThrottles } from './consumer-alarms.ts';
import { platformAlarms, type WatchedPlatform as Watched } from './platform-alarms.ts';
import { type NamedAlarm, TroubleAlarm } from './trouble-alarm.ts';

export interface WatchedPlatformProps extends Watched {
  readonly watch: Watch;
  /** Rings where the receiver's own notice is enough. */
  readonly receiverThrottles: NamedAlarm | undefined;
}

/** What all consumers stand on, and the archive beside them: one notice each. */
export class WatchedPlatform extends Construct {
  /** Rings where no consumer is to blame. */
  readonly trouble: NamedAlarm | undefined;

  constructor(scope: Construct, id: string, { watch, receiverThrottles, ...watched }: WatchedPlatformProps) {
    super(scope, id);
    const { definition, console } = watched;
    const throttles = consumersOf(definition).map((consumer) => consumerThrottles(watch, consumer, console));
    const platform = new AlarmGroup(this, 'Platform', {
      watch,
      plans: [...platformAlarms(watch, watched), ...throttles],
      spokenFor: ['ledger-throttles', 'throttles'],
    });
    const archive = isArchived(definition)
      ? new AlarmGroup(this, 'Archive', {
          watch,
          plans: archiveAlarms(watch, definition, console),
          spokenFor: ['archive-lag', 'archive-errors'],
        })
      : undefined;
    if (!watch.settings.composite) return;
    const causes = platform.of('ledger-throttles', 'throttles');
    if (causes.length > 0) {
      this.trouble = new TroubleAlarm(this, 'Trouble', {
        watch,
        subject: 'platform',
        what: 'trouble',
        causes,
        followerOf: receiverThrottles,
        impact: 'AWS throttles what all consumers stand on: events wait, none is lost.',
        runbook: 'platform-trouble',
        consoleUrl: console.dashboard(`${stagePrefix(watch.stage)}overview`),
      });
    }
    const unarchived = archive?.of('archive-lag', 'archive-errors') ?? [];
    if (unarchived.length > 0) {
      new TroubleAlarm(this, 'ArchiveTrouble', {
        watch,
        subject: 'archive',
        what: 'trouble',
        causes: unarchived,
        followerOf: this.trouble,
        impact: 'Accepted deliveries do not reach the archive in time, or are not put in order there.',
        runbook: 'archive',
        consoleUrl: console.function(`${stagePrefix(watch.stage)}archiver`),
      });
    }
  }
}
