import { CfnCompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct, type IConstruct } from 'constructs';
import { alarmDescription, alarmName, type Watch } from './alarm-plan.ts';

/** An alarm as others refer to it. */
export interface NamedAlarm extends IConstruct {
  readonly alarmName: string;
}

export interface TroubleAlarmProps {
  readonly watch: Watch;
  readonly subject: string;
  /** Last word of its name. */
  readonly what: 'trouble' | 'failing' | 'late';
  /** Alarms of which any rings it. */
  readonly causes: readonly NamedAlarm[];
  /** While this one rings, its notice is enough. */
  readonly followerOf?: NamedAlarm | undefined;
  readonly impact: string;
  readonly runbook: string;
  readonly consoleUrl: string;
}

/** How long a follower waits for its cause to be seen, and how long it is spared afterwards. */
const waitSeconds = 60;
const extensionSeconds = 300;

/** A composite alarm has 100 children at most. Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html */
const mostCauses = 80;

/**
 * One notice for whatever has one cause. Which of its causes ring, CloudWatch tells with the notice.
 *
 *   platform trouble   ledger-throttles, throttles of consumers           (spared while the receiver itself is throttled)
 *   intake trouble     receiver-errors, turned-away, throttles of the receiver, deadline, spool, sweeper
 *   endpoints trouble  endpoint-disabling                                 follows intake trouble
 *   sources trouble    silent-source, volume                              follows intake trouble
 *   archive trouble    archive-lag, archive-errors                        follows platform trouble
 *   <consumer> failing failure-rate, circuit-open, platform trouble       follows platform trouble
 *   <consumer> late    backlog, age, in-flight                            follows <consumer> failing
 *
 * By its last cause `failing` rings with the platform, silently; so `late`, which can follow one alarm only, follows both.
 * Everything else speaks for itself: dead-letters, dead-letters-expiring, replays, signature-refusals, watcher-silent, spend.
 */
export class TroubleAlarm extends Construct implements NamedAlarm {
  readonly alarmName: string;

  constructor(scope: Construct, id: string, props: TroubleAlarmProps) {
    super(scope, id);
    const { watch, subject, what, causes, followerOf, impact, runbook, consoleUrl } = props;
    this.alarmName = alarmName(watch.stage, subject, what);
    const direct = causes.length > mostCauses ? this.#parts(causes) : causes;
    const notices = [watch.topic.topicArn];
    const alarm = new CfnCompositeAlarm(this, 'Alarm', {
      alarmName: this.alarmName,
      alarmDescription: alarmDescription(impact, runbook, consoleUrl),
      alarmRule: ruleOf(direct),
      alarmActions: notices,
      okActions: notices,
      ...(followerOf
        ? {
            actionsSuppressor: followerOf.alarmName,
            actionsSuppressorWaitPeriod: waitSeconds,
            actionsSuppressorExtensionPeriod: extensionSeconds,
          }
        : {}),
    });
    // They are known by name, and must be there first.
    alarm.node.addDependency(...direct, ...(followerOf ? [followerOf] : []));
  }

  #parts(causes: readonly NamedAlarm[]): readonly NamedAlarm[] {
    const count = Math.ceil(causes.length / mostCauses);
    return Array.from({ length: count }, (_, i) => {
      const some = causes.slice(i * mostCauses, (i + 1) * mostCauses);
      return new PartOfRule(this, `Part${i + 1}`, {
        alarmName: `${this.alarmName} ${i + 1} of ${count}`,
        causes: some,
      });
    });
  }
}

interface PartOfRuleProps {
  readonly alarmName: string;
  readonly causes: readonly NamedAlarm[];
}

/** Some of the causes of an alarm that has too many for one rule; nobody is notified. */
class PartOfRule extends Construct implements NamedAlarm {
  readonly alarmName: string;

  constructor(scope: Construct, id: string, { alarmName: name, causes }: PartOfRuleProps) {
    super(scope, id);
    this.alarmName = name;
    const alarm = new CfnCompositeAlarm(this, 'Alarm', { alarmName: name, alarmRule: ruleOf(causes) });
    alarm.node.addDependency(...causes);
  }
}

function ruleOf(causes: readonly NamedAlarm[]): string {
  return causes.map(({ alarmName: name }) => `ALARM("${name}")`).join(' OR ');
}
