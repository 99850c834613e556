import type { AwsRequest } from './service.ts';

/** The AWS services that the runtime has. */
export type ServiceName = 'sqs' | 'dynamodb' | 's3' | 'secretsmanager';

/**
 * How a call goes wrong. `fail`: answered 500, nothing took effect. `lose-answer`: takes effect, then the connection
 * drops. `throttle`: answered with the service's own throttling error, nothing took effect. `hang`: never answered.
 */
export type FaultKind = 'fail' | 'lose-answer' | 'throttle' | 'hang';

/** Calls that must go wrong. */
export interface Fault {
  readonly service: ServiceName;
  /** Such as `SendMessage` or `PutObject`. @default every action */
  readonly action?: string;
  /** @default every request */
  readonly match?: (request: AwsRequest) => boolean;
  readonly kind: FaultKind;
  /** After so many calls the fault is over. @default never */
  readonly times?: number;
}

/** Chance that can be repeated: each site draws from a stream of its own. */
interface Chance {
  /** From 0 up to, not including, 1. */
  random(site: string): number;
}

/** Of a hundred calls under chaos, so many meet each of these. */
const chaosShares: readonly (readonly [FaultKind, number])[] = [
  ['fail', 0.01],
  ['lose-answer', 0.01],
  ['throttle', 0.01],
];

/** Decides which AWS calls go wrong on purpose: those that a test names, and with `chaos` a few by chance. */
export class Faults {
  readonly #faults: { readonly fault: Fault; left: number }[] = [];
  readonly #chaos: Chance | undefined;

  constructor(chaos?: Chance) {
    this.#chaos = chaos;
  }

  /** Adds a fault and answers how to take it away again. The one that was added first decides. */
  add(fault: Fault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#faults.push(entry);
    return () => this.#remove(entry);
  }

  /** What becomes of this call; `undefined` where nothing goes wrong. Counts towards `times`. */
  next(service: ServiceName, action: string, request: AwsRequest): FaultKind | undefined {
    const entry = this.#faults.find(
      ({ fault, left }) =>
        left > 0 &&
        fault.service === service &&
        (fault.action === undefined || fault.action === action) &&
        (fault.match === undefined || fault.match(request)),
    );
    if (entry) {
      entry.left--;
      if (entry.left <= 0) this.#remove(entry);
      return entry.fault.kind;
    }
    return this.#chaos && byChance(this.#chaos.random(`aws.${service}.${action}`));
  }

  #remove(entry: { readonly fault: Fault; left: number }): void {
    const at = this.#faults.indexOf(entry);
    if (at >= 0) this.#faults.splice(at, 1);
  }
}

function byChance(random: number): FaultKind | undefined {
  let upTo = 0;
  for (const [kind, share] of chaosShares) {
    upTo += share;
    if (random < upTo) return kind;
  }
  return undefined;
}
