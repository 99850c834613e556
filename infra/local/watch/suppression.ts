import type { AlarmState } from './datapoints.ts';

/** What holds a composite alarm's actions back. */
export type HeldBy = 'Alarm' | 'WaitPeriod' | 'ExtensionPeriod';

/** What is to be done about a state: told, held back, or nothing where it has been told already. */
export type Decision =
  | { readonly kind: 'told'; readonly from: AlarmState }
  | { readonly kind: 'held'; readonly by: HeldBy; readonly from: AlarmState }
  | undefined;

/**
 * Says when a composite alarm with a suppressor tells of its state. A change waits so long for the suppressor to go into
 * ALARM; while it is there, and for so long afterwards, nothing is told; then what still differs from what was told last
 * is told.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
 */
export class Suppression {
  readonly #waitMs: number;
  readonly #extensionMs: number;
  #told: AlarmState = 'INSUFFICIENT_DATA';
  #seen: AlarmState = 'INSUFFICIENT_DATA';
  #suppressed = false;
  #waitsUntil = Number.NEGATIVE_INFINITY;
  #extendedUntil = Number.NEGATIVE_INFINITY;

  constructor({ waitMs, extensionMs }: { readonly waitMs: number; readonly extensionMs: number }) {
    this.#waitMs = waitMs;
    this.#extensionMs = extensionMs;
  }

  /** To be asked each time that the states have been evaluated. */
  decide(state: AlarmState, suppressorState: AlarmState, now: number): Decision {
    const suppressing = suppressorState === 'ALARM';
    if (this.#suppressed && !suppressing) this.#extendedUntil = now + this.#extensionMs;
    this.#suppressed = suppressing;
    if (state !== this.#seen) this.#waitsUntil = now + this.#waitMs;
    this.#seen = state;
    const from = this.#told;
    if (state === from) return undefined;
    const by = this.#heldBy(now);
    if (by) return { kind: 'held', by, from };
    this.#told = state;
    return { kind: 'told', from };
  }

  #heldBy(now: number): HeldBy | undefined {
    if (this.#suppressed) return 'Alarm';
    if (now < this.#extendedUntil) return 'ExtensionPeriod';
    return now < this.#waitsUntil ? 'WaitPeriod' : undefined;
  }
}
