import type { Message as Letter, SQSClient } from '@aws-sdk/client-sqs';
import { decodeMessage, type Message } from '../../functions/core/message.ts';
import { type DeadLetters, deadLettersAt } from './dead-letters.ts';

/** What erasing in a dead-letter queue rests on. */
export interface EraseDeadLettersOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly isErased: (message: Message) => boolean | Promise<boolean>;
  /** Without it, nothing is deleted. */
  readonly go: boolean;
  /** Milliseconds since any fixed moment. @default since this process began */
  readonly now?: () => number;
  /** Messages that are held back at most. @default 100,000, since SQS hides no more than 120,000 of a queue */
  readonly mostHeld?: number;
}

/** What was erased in a dead-letter queue, or is to be. */
export interface ErasedDeadLetters {
  /** Messages that SQS has shown. */
  readonly seen: number;
  /** Of these, those that are to go. */
  readonly matched: number;
  /** Of these, those that are no message of ours: they stay. */
  readonly unreadable: number;
  /** Messages that SQS has and has not shown, about: why, says {@link eraseDeadLetters}. */
  readonly unseen: number;
}

/** How long a message is hidden: a process that is killed leaves it so. In seconds. */
const hiddenSeconds = 30 * 60;

/** Nothing is received any more after that, since what was received first would soon be shown again. In milliseconds. */
const longestMs = 25 * 60_000;

/** How often SQS may show what it has shown, and nothing else, before that is taken for all there is. */
const mostRepeated = 10;

/**
 * Goes through a dead-letter queue once and deletes the messages of erased events. What stays is hidden meanwhile, and
 * visible again at the end: a redrive at the same time leaves it where it is. Can be done again at any time.
 *
 * A FIFO queue shows ten messages of a group at most, so those behind ten that stay are not seen; in a dry run, those behind
 * any ten. Nor are those that somebody else holds, or more than SQS can hide. That does no harm but that their content is
 * there until SQS drops it, after 14 days: redriven they end with their record in the ledger.
 *
 * Holds receipt handles, and the bodies of ten messages.
 *
 * @throws QueueError naming the permission that is missing
 */
export async function eraseDeadLetters(options: EraseDeadLettersOptions): Promise<ErasedDeadLetters> {
  const queue = deadLettersAt(options.client, options.queueUrl, hiddenSeconds);
  const held = new Held(queue);
  try {
    const erased = await goThrough(options, queue, held);
    await held.releaseAll();
    return erased;
  } catch (error) {
    // What cannot be shown again now is so within half an hour; what went wrong first is told.
    await held.releaseAll().catch(() => undefined);
    throw error;
  }
}

async function goThrough(
  { isErased, go, queueUrl, now = () => performance.now(), mostHeld = 100_000 }: EraseDeadLettersOptions,
  queue: DeadLetters,
  held: Held,
): Promise<ErasedDeadLetters> {
  const until = now() + longestMs;
  const atFirst = await queue.count();
  const groups = queueUrl.endsWith('.fifo') ? new Groups() : undefined;
  /** By message id, whether it is to go. */
  const verdicts = new Map<string, boolean>();
  let unreadable = 0;

  async function goes({ MessageId = '', Body = '' }: Letter): Promise<boolean> {
    const known = verdicts.get(MessageId);
    if (known !== undefined) return known;
    const message = messageIn(Body);
    if (!message) unreadable += 1;
    const verdict = message !== undefined && (await isErased(message));
    verdicts.set(MessageId, verdict);
    return verdict;
  }

  for (let repeated = 0; held.size < mostHeld && now() < until; ) {
    const letters = await queue.receive();
    const isNew = letters.some((letter) => !held.has(letter));
    for (const letter of letters) held.add(letter);
    const leaving: Letter[] = [];
    for (const letter of letters) if ((await goes(letter)) && go) leaving.push(letter);
    await queue.remove(leaving.map(({ ReceiptHandle = '' }) => ReceiptHandle));
    for (const letter of leaving) held.forget(letter);
    // Behind what has gone there is room for another look.
    for (const group of groups?.lookedAt(letters, leaving) ?? []) await held.release(group);
    if (isNew) continue;
    if (letters.length > 0 && ++repeated < mostRepeated) continue;
    const group = atFirst > verdicts.size ? groups?.toLookAt() : undefined;
    if (group === undefined) break;
    await held.release(group);
  }
  const behind = (await queue.count()) - held.size;
  const matched = [...verdicts.values()].filter(Boolean).length;
  return {
    seen: verdicts.size,
    matched,
    unreadable,
    // Both counts are about right only: one of them is the better.
    unseen: Math.max(0, Math.min(atFirst - verdicts.size, behind)),
  };
}

function messageIn(body: string): Message | undefined {
  try {
    return decodeMessage(body);
  } catch {
    return undefined;
  }
}

const groupOf = ({ Attributes }: Letter): string => Attributes?.MessageGroupId ?? '';

/** Messages that are hidden from everybody else for now, by their groups. */
class Held {
  readonly #queue: DeadLetters;
  readonly #groups = new Map<string, Map<string, string>>();
  #size = 0;

  constructor(queue: DeadLetters) {
    this.#queue = queue;
  }

  get size(): number {
    return this.#size;
  }

  has(letter: Letter): boolean {
    return this.#groups.get(groupOf(letter))?.has(letter.MessageId ?? '') ?? false;
  }

  /** Its latest receipt handle is the one that counts. */
  add(letter: Letter): void {
    const group = this.#groups.get(groupOf(letter)) ?? new Map<string, string>();
    this.#groups.set(groupOf(letter), group);
    const before = group.size;
    group.set(letter.MessageId ?? '', letter.ReceiptHandle ?? '');
    this.#size += group.size - before;
  }

  forget(letter: Letter): void {
    if (this.#groups.get(groupOf(letter))?.delete(letter.MessageId ?? '')) this.#size -= 1;
  }

  /** Makes the messages of a group visible again. */
  async release(name: string): Promise<void> {
    const group = this.#groups.get(name);
    if (!group) return;
    this.#groups.delete(name);
    this.#size -= group.size;
    await this.#queue.show([...group.values()]);
  }

  async releaseAll(): Promise<void> {
    const handles = [...this.#groups.values()].flatMap((group) => [...group.values()]);
    this.#groups.clear();
    this.#size = 0;
    await this.#queue.show(handles);
  }
}

/** How often a group is looked at alone that others crowded out. */
const mostLooks = 3;

/** Which groups of a FIFO queue may have more than was shown: while one message of a group is held, no other is shown. */
class Groups {
  /** How often each of them was looked at alone. */
  readonly #looks = new Map<string, number>();
  readonly #crowded = new Set<string>();

  /** Answers the groups that are worth another look at once. */
  lookedAt(letters: readonly Letter[], gone: readonly Letter[]): readonly string[] {
    const names = new Set(letters.map(groupOf));
    const shorter = new Set(gone.map(groupOf));
    for (const name of names) {
      // Shown alone, it was shown as far as SQS shows it.
      const isCrowded = names.size > 1 && !shorter.has(name) && (this.#looks.get(name) ?? 0) < mostLooks;
      if (isCrowded) this.#crowded.add(name);
      else this.#crowded.delete(name);
    }
    return [...shorter];
  }

  /** A group that others crowded out, and that has the queue to itself if all others are held. */
  toLookAt(): string | undefined {
    const [name] = this.#crowded;
    if (name === undefined) return undefined;
    this.#crowded.delete(name);
    this.#looks.set(name, (this.#looks.get(name) ?? 0) + 1);
    return name;
  }
}
