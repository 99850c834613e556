import type { Clock } from '../../service.ts';
import type { ReceivedMessage } from './received-message.ts';

/** What a receive takes. */
export interface Take {
  readonly max: number;
  /** How long what is received stays hidden. @default the queue's visibility timeout */
  readonly visibilityMs?: number;
}

interface Poll extends Take {
  readonly end: (messages: ReceivedMessage[]) => void;
  readonly fail: (error: Error) => void;
}

/** Receives that wait for a message, the one that has waited longest first. */
export class LongPolls {
  readonly #clock: Clock;
  readonly #take: (take: Take) => ReceivedMessage[];
  readonly #nextAt: () => number | undefined;
  readonly #polls = new Set<Poll>();
  #wake: { readonly at: number; readonly cancel: () => void } | undefined;

  /**
   * @param take receives what there is now
   * @param nextAt when the next message becomes visible by itself
   */
  constructor(clock: Clock, take: (take: Take) => ReceivedMessage[], nextAt: () => number | undefined) {
    this.#clock = clock;
    this.#take = take;
    this.#nextAt = nextAt;
  }

  /** Answers as soon as there is a message, and none when the time is over or the caller has gone. */
  wait(take: Take, waitMs: number, signal: AbortSignal): Promise<ReceivedMessage[]> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#polls.delete(poll);
        signal.removeEventListener('abort', giveUp);
        cancel();
      };
      const poll: Poll = {
        ...take,
        end: (messages) => {
          leave();
          resolve(messages);
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const giveUp = () => poll.end([]);
      const cancel = this.#clock.after(waitMs, giveUp);
      signal.addEventListener('abort', giveUp);
      this.#polls.add(poll);
      this.#arm();
    });
  }

  /** Something may have become visible. */
  serve(): void {
    for (const poll of this.#polls) {
      const messages = this.#take(poll);
      if (messages.length === 0) break;
      poll.end(messages);
    }
    this.#arm();
  }

  fail(error: Error): void {
    for (const poll of this.#polls) poll.fail(error);
    this.#arm();
  }

  #arm(): void {
    const at = this.#polls.size > 0 ? this.#nextAt() : undefined;
    if (at === this.#wake?.at) return;
    this.#wake?.cancel();
    this.#wake = undefined;
    if (at === undefined) return;
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#wake = undefined;
      this.serve();
    });
    this.#wake = { at, cancel };
  }
}
