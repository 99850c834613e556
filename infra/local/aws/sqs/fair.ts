/** Source of both: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html */
const noisyShare = 0.1;
const noisyMessages = 30;

/**
 * Who has how many of a standard queue's messages in flight. A group is noisy with more than a tenth of all of them and
 * at least 30. AWS's second measure, the share of processing time, is not modelled.
 */
export class InFlightShares {
  readonly #counts = new Map<string, number>();
  #total = 0;

  /** Of a message without a group only the total is told: each of them is a tenant of its own. */
  add(group: string | undefined): void {
    this.#total += 1;
    if (group !== undefined) this.#counts.set(group, this.of(group) + 1);
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
    const count = this.of(group);
    return count >= noisyMessages && count > this.#total * noisyShare;
  }

  clear(): void {
    this.#counts.clear();
    this.#total = 0;
  }
}
