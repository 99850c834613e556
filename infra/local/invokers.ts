import type { RequestCounts } from './aws/request-counts.ts';
import { chunksReceived } from './aws/sqs/chunks.ts';
import { EventSourceMapping, type Target } from './mappings/event-source-mapping.ts';
import { visibilityTimeoutMs } from './provision/links.ts';
import type { MappingPlan, Plan, SchedulePlan } from './provision/plan.ts';
import { Schedules } from './schedules.ts';
import { systemClock } from './service.ts';
import type { OpenServices } from './services.ts';

interface InvokerSurroundings {
  readonly region: string;
  readonly account: string;
  readonly services: Pick<OpenServices, 'sqs' | 'changed'>;
  readonly functions: { get(name: string): Target };
  /** A mapping polls and deletes in process; on AWS it does so by requests, which are billed. */
  readonly counts: RequestCounts;
  readonly log: (line: string) => void;
}

/** Messages that one DeleteMessageBatch takes. */
const deletedAtOnce = 10;

/** The event source mappings of a plan, not yet polling. */
export function mappingsOf(plan: Plan, surroundings: InvokerSurroundings): EventSourceMapping[] {
  return plan.mappings.map((mapping) => mappingOf(mapping, plan, surroundings));
}

function mappingOf(mapping: MappingPlan, plan: Plan, surroundings: InvokerSurroundings): EventSourceMapping {
  const { region, account, services, functions, counts, log } = surroundings;
  const { sqs, changed } = services;
  const queue = {
    arn: `arn:aws:sqs:${region}:${account}:${mapping.queue}`,
    visibilityTimeoutMs: visibilityTimeoutMs(
      plan.queues.find(({ name }) => name === mapping.queue) ?? { attributes: {} },
    ),
    receive: async (options: { max: number; waitMs: number; signal: AbortSignal }) => {
      const messages = await sqs.receive(mapping.queue, options);
      counts.add('sqs', 'ReceiveMessage', chunksReceived(messages));
      if (messages.length > 0) changed();
      return messages;
    },
    deleteMessages: (receiptHandles: string[]) => {
      sqs.deleteMessages(mapping.queue, receiptHandles);
      for (let left = receiptHandles.length; left > 0; left -= deletedAtOnce) counts.add('sqs', 'DeleteMessageBatch');
      changed();
    },
  };
  return new EventSourceMapping({ ...mapping, name: mapping.queue }, queue, functions.get(mapping.function), {
    clock: systemClock,
    log,
  });
}

/** The schedules of a plan, not yet started. */
export function schedulesOf(
  { schedules }: Plan,
  {
    functions,
    log,
    speed = 1,
  }: Pick<InvokerSurroundings, 'functions' | 'log'> & {
    /** How many times as often they fire. @default 1 */
    readonly speed?: number;
  },
): Schedules {
  const invokeOf = (schedule: SchedulePlan) => async (payload: unknown) => {
    const invocation = await functions.get(schedule.function).invoke(payload);
    if (!invocation.ok) log(`schedule ${schedule.name}: ${invocation.errorType}: ${invocation.errorMessage}`);
  };
  return new Schedules(
    schedules.map((schedule) => ({
      ...schedule,
      everyMs: schedule.everyMs / speed,
      invoke: invokeOf(schedule),
    })),
    systemClock,
  );
}
