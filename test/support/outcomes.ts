import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { consumersOf, type PipelineDefinition } from '../../functions/core/definition.ts';
import { matchesType } from '../../functions/core/event-types.ts';

/** One event for one consumer: what the ledger must account for. */
export interface Expected {
  readonly id: string;
  readonly consumer: string;
}

/** Everything that must become of an accepted event, by the definition. */
export function expectedOf(
  definition: PipelineDefinition,
  event: { id: string; source: string; type: string },
): Expected[] {
  return consumersOf(definition)
    .filter(({ from }) =>
      from.some(({ source, types }) => source === event.source && types.some((type) => matchesType(type, event.type))),
    )
    .map(({ name }) => ({ id: event.id, consumer: name }));
}

/** What became of it, by the ledger. */
export interface Outcome {
  readonly status: string;
  readonly attempts: number;
}

/** Every record of a ledger, by `<event id> <consumer>`. */
export async function outcomesIn(client: DynamoDBClient, table: string): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table })) {
    for (const item of Items) {
      const consumer = item.consumer?.S?.split('#')[0];
      outcomes.set(`${item.id?.S} ${consumer}`, {
        status: item.status?.S ?? '',
        attempts: Number(item.attempts?.N ?? 0),
      });
    }
  }
  return outcomes;
}

/** The key under which {@link outcomesIn} has it. */
export const outcomeKey = ({ id, consumer }: Expected): string => `${id} ${consumer}`;

/** Whether nothing more will become of it by itself. */
export const isFinal = (outcome: Outcome | undefined): boolean =>
  outcome?.status === 'completed' || outcome?.status === 'dead';
