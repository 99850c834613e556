import { type Answer, type Answered, Invocation, type Start, type Wish } from './invocation.ts';

/**
 * An invocation at one instant. It can be told the answer to a wish any number of times, and goes on from here each
 * time: what an answer makes of it is another worker.
 */
export class Worker {
  readonly start: Start;
  readonly answered: readonly Answered[];
  /** What it waits for, with the places by which it is told the answers. */
  readonly wishes: readonly { readonly index: number; readonly wish: Wish }[];
  /** It returned, or its environment ended: nothing more comes of it. */
  readonly over: boolean;
  /** How often it has called the handler. */
  readonly handled: number;
  /** Its handler's deadline and the grace after it have passed: the attempt is over, whatever the handler does. */
  readonly deaf: boolean;
  readonly #wished: number;
  /** The invocation itself, for whoever tells it something first. */
  #invocation: Invocation | undefined;

  constructor(invocation: Invocation) {
    const { wishes, answered } = invocation;
    this.#invocation = invocation;
    this.start = invocation.start;
    this.answered = [...answered];
    this.#wished = wishes.length;
    this.over = invocation.over;
    this.wishes = invocation.open.map((index) => ({ index, wish: wishes[index] as Wish }));
    this.handled = wishes.filter(({ kind }) => kind === 'handler').length;
    this.deaf = answered.filter(({ wish }) => wishes[wish]?.kind === 'timer').length > 1;
    if (!this.over && this.wishes.length === 0) throw new Error('an invocation must be over, or wait for something');
  }

  static async started(start: Start): Promise<Worker> {
    const invocation = new Invocation(start);
    await everythingElse();
    return new Worker(invocation);
  }

  async told(index: number, answer: Answer, at: number): Promise<Worker> {
    const invocation = this.#invocation ?? (await Invocation.again(this.start, this.answered, this.#wished));
    this.#invocation = undefined;
    invocation.answer(index, answer, at);
    await everythingElse();
    return new Worker(invocation);
  }

  /** When Lambda ends it. */
  get endsAt(): number {
    return this.start.at + this.start.durationMs;
  }

  /** Whether its handler is at work. */
  get running(): boolean {
    return this.wishes.some(({ wish }) => wish.kind === 'handler');
  }

  /** Its timers that go off by an instant. */
  timersBy(instant: number): readonly number[] {
    return this.wishes.flatMap(({ index, wish }) => (wish.kind === 'timer' && wish.at <= instant ? [index] : []));
  }
}

/** Lets happen whatever can without an answer. */
function everythingElse(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
