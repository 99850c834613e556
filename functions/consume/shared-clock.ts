import { setTimeout as wait } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Log } from '../core/telemetry.ts';
import type { Time } from './time.ts';

/** How far a clock may be off before it is corrected: DynamoDB tells its time in whole seconds. In milliseconds. */
const toleranceMs = 2_000;

/**
 * The time that all environments share: the machine's own, put right by the dates of DynamoDB's answers where it is off
 * by more than two seconds. Leases, windows and slots are instants in tables, and one clock that jumps must not stop
 * everybody.
 */
export function sharedClock(client: DynamoDBClient, log: Log, machine: () => number = Date.now): Time {
  let offset = 0;
  const now = (): number => machine() + offset;
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAt = now();
      const result = await next(args);
      const { headers } = result.response as { headers?: Readonly<Record<string, string>> };
      const earliest = Date.parse(headers?.date ?? '');
      const latest = earliest + 999;
      // Somewhere between the sending and now, it was a moment of that second.
      const ahead = sentAt - latest > toleranceMs;
      const behind = earliest - now() > toleranceMs;
      if (ahead || behind) {
        const correction = Math.round((earliest + latest) / 2 - (sentAt + now()) / 2);
        offset += correction;
        log.warn("this machine's clock is off and was corrected by DynamoDB's", { correctionMs: correction });
      }
      return result;
    },
    { step: 'deserialize', name: 'sharedClock' },
  );
  return { now, sleep: (milliseconds, signal) => wait(milliseconds, undefined, signal && { signal }) };
}
