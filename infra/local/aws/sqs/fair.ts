/** Source of both: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html */
const noisyShare = 0.1;
const noisyMessages = 30;

/**
 * Who has how many of a standard queue's messages in flight. A group becomes noisy with more than a tenth of all of them
 * and at least 30, and stays so until its backlog is gone. Not modelled are AWS's second measure, the share of
 * processing time, and that a group is forgiven its backlog once it has sent nothing for five minutes.
 */
export class InFlightShares {
  readonly #counts = new Map<string, number>();
  readonly #noisy = new Set<string>();
  #total = 0;

  /** Of a message without a group only the total is told: each of them is a tenant of its own. */
  add(group: string | undefined): void {
    this.#total += 1;
    if (group === undefined) return;
    this.#counts.set(group, this.of(group) + 1);
    if (this.#isAbove(group)) this.#noisy.add(group);
  }

  remove(group: string | undefined): void {
    this.#total -= 1;
    if (group === undefined) return;
    const left = this.of(group) - 1;
    if (left > 0) this.#counts.set(group, left);
    else this.#counts.delete(group);
  }

  of(group: string | undefined): number {
    return group === undefined ? 0 : (this.#counts.get(group) ?? 0);
  }

  isNoisy(group: string | undefined): boolean {
    return group !== undefined && (this.#noisy.has(group) || this.#isAbove(group));
  }

  /** Nothing of a group can be received any more. */
  drained(group: string | undefined): void {
    if (group !== undefined && !this.#isAbove(group)) this.#noisy.delete(group);
  }

  clear(): void {
    this.#counts.clear();
    this.#noisy.clear();
    this.#total = 0;
  }

  #isAbove(group: string): boolean {
    const count = this.of(group);
    return count >= noisyMessages && count > this.#total * noisyShare;
  }
}
