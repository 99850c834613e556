import type { Consumer } from '../core/definition.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { adaptIn } from './adapt.ts';
import type { BatchOptions } from './batch.ts';
import { circuitIn } from './circuit.ts';
import { coalesceIn } from './coalesce.ts';
import type { Items } from './items.ts';
import { paceIn } from './pace.ts';
import { permitsIn } from './permits.ts';
import { tenantCapIn } from './tenant-cap.ts';
import type { Time } from './time.ts';

/** What policies rest on. */
export interface PolicyOptions {
  readonly consumer: Consumer;
  /** Of the state table. */
  readonly items: Items;
  readonly telemetry: Telemetry;
  readonly time: Time;
  readonly random: () => number;
  readonly newToken: () => string;
  /** Messages of the queue that are hidden now. */
  readonly inFlight: () => Promise<number>;
}

/** The policies that a consumer has and that share state with its other functions. */
export function policiesOf(
  options: PolicyOptions,
): Pick<BatchOptions, 'pace' | 'circuit' | 'adapt' | 'coalesce' | 'cap'> {
  const { consumer } = options;
  const permits = permitsIn({ ...options, consumer: consumer.name });
  return {
    pace: consumer.pace && paceIn(options),
    circuit: consumer.circuit && circuitIn(options),
    adapt: consumer.adapt && adaptIn({ ...options, permits }),
    coalesce: consumer.coalesce && coalesceIn(options),
    cap: consumer.fair?.maxConcurrent ? tenantCapIn({ ...options, permits }) : undefined,
  };
}
