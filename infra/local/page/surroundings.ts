import type { Sqs } from '../aws/sqs/sqs.ts';
import type { Faults } from '../faults.ts';
import type { QueuePlan } from '../provision/plan.ts';
import type { AwsService, Clock } from '../service.ts';
import type { State } from '../state.ts';
import type { AlarmStatus, Notice } from '../watch/alarms.ts';
import type { Observed } from './observed.ts';
import type { Samples } from './samples.ts';

/** What the page shows and acts on: a running pipeline, from inside. */
export interface PageSurroundings {
  readonly observed: Observed;
  readonly state: () => State;
  /** As the plan has them. */
  readonly queues: readonly QueuePlan[];
  /** What the names of all queues begin with, and the page leaves out. */
  readonly prefix: string;
  /** What the names of all secrets begin with; the source's name follows. */
  readonly secretPrefix: string;
  readonly sqs: Pick<Sqs, 'figures' | 'trueAgeMs' | 'peek'>;
  /** Without the faults that were switched on, and uncounted. */
  readonly services: { readonly sqs: AwsService; readonly secrets: AwsService; readonly dynamodb: AwsService };
  readonly faults: Pick<Faults, 'add'>;
  /** With times of the wall. */
  readonly alarms: () => readonly AlarmStatus[];
  /** What would have been published, the newest first; with times of the wall. */
  readonly notices: () => readonly Notice[];
  readonly invokeSchedules: () => Promise<void>;
  /** Who can make webhooks of the sources' platforms. @default nobody: none can be sent from the page */
  readonly samples?: Samples | undefined;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}
