import type { Chaos } from '../../chaos.ts';
import type { Clock } from '../../service.ts';
import { Deduplication, type Sent } from './deduplication.ts';
import { Deliveries, mostInFlight } from './deliveries.ts';
import { queueDoesNotExist, sqsError } from './errors.ts';
import { LongPolls, type Take } from './long-polls.ts';
import type { Content, Message } from './message.ts';
import { type Figures, MessageStore } from './message-store.ts';
import { type QueueAttributes, type Settings, settingsOf } from './queue-attributes.ts';
import type { ReceivedMessage } from './received-message.ts';
import { allowsSource } from './redrive.ts';
import type { Draft } from './send-request.ts';

/** What a queue needs of the service that it is part of. */
export interface QueueContext {
  readonly clock: Clock;
  /** Makes standard queues meaner on purpose. */
  readonly chaos: Pick<Chaos, 'roll'> | undefined;
  readonly senderId: string;
  newSerial(): number;
  newMessageId(): string;
  findByArn(arn: string): Queue | undefined;
}

/** A queue as it is kept, JSON. */
export interface QueueSnapshot {
  readonly name: string;
  readonly attributes: QueueAttributes;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly messages: readonly Message[];
  readonly sent: ReturnType<Deduplication['snapshot']>;
}

/** Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html */
const purgeIntervalMs = 60_000;

/** Of a hundred deliveries under chaos, so many happen twice or late. */
const duplicateProbability = 0.02;
const overtakenProbability = 0.05;

/** A standard queue no longer tells the age of what it has given out so often. */
const receivesUntilBlind = 3;

/** One queue: its messages and everything that can be done with them. */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly fifo: boolean;
  readonly createdAt: number;
  modifiedAt: number;
  tags: Readonly<Record<string, string>> = {};
  #attributes: QueueAttributes = {};
  #settings: Settings = settingsOf({});
  #purgedAt = Number.NEGATIVE_INFINITY;
  readonly #context: QueueContext;
  readonly #store: MessageStore;
  readonly #deliveries: Deliveries;
  readonly #deduplication = new Deduplication();
  readonly #polls: LongPolls;

  constructor(arn: string, attributes: QueueAttributes, context: QueueContext, createdAt = context.clock.now()) {
    this.arn = arn;
    this.name = arn.split(':').at(-1) ?? '';
    this.fifo = attributes.FifoQueue === 'true';
    this.createdAt = createdAt;
    this.modifiedAt = createdAt;
    this.#context = context;
    const { clock, senderId, chaos } = context;
    const { name, fifo } = this;
    const isOvertaken = chaos && (() => chaos.roll(`sqs.reorder:${name}`, overtakenProbability));
    this.#store = new MessageStore(fifo, isOvertaken);
    this.#deliveries = new Deliveries(this.#store, {
      name,
      fifo,
      senderId,
      now: () => clock.now(),
      visibilityMs: () => this.#settings.visibilityMs,
      deadLetter: (message) => this.#deadLetter(message),
      delivered: (message) => this.#double(message),
    });
    const nextAt = () => this.#store.nextVisibleAt;
    this.#polls = new LongPolls(clock, (take) => this.#take(take), nextAt);
    this.attributes = attributes;
  }

  get attributes(): QueueAttributes {
    return this.#attributes;
  }

  set attributes(attributes: QueueAttributes) {
    this.#attributes = attributes;
    this.#settings = settingsOf(attributes);
    this.modifiedAt = this.#context.clock.now();
  }

  get settings(): Settings {
    return this.#settings;
  }

  figures(): Figures {
    this.#settle();
    return this.#store.figures;
  }

  /**
   * How old the oldest message is that a queue tells of, in milliseconds; 0 where there is none. A standard queue leaves
   * out what it has given out three times; in a dead-letter queue a message's age counts from when it came there.
   *
   * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
   */
  oldestAgeMs(): number {
    this.#settle();
    const now = this.#context.clock.now();
    const isTold = ({ receiveCount, moved }: Message) =>
      this.fifo || receiveCount - (moved?.receiveCount ?? 0) < receivesUntilBlind;
    const since = ({ sentAt, moved }: Message) => moved?.at ?? sentAt;
    const first = this.#store.oldest;
    // Nothing came before what was sent first, wherever it came from.
    if (first && !first.moved && isTold(first)) return now - first.sentAt;
    let oldest = now;
    for (const message of this.#store.all()) if (isTold(message)) oldest = Math.min(oldest, since(message));
    return now - oldest;
  }

  /** How old the oldest message is, in whatever state and however often received; `undefined` where there is none. */
  trueAgeMs(): number | undefined {
    this.#settle();
    const { oldestSentAt } = this.#store;
    return oldestSentAt === undefined ? undefined : Math.max(0, this.#context.clock.now() - oldestSentAt);
  }

  /** So many of its messages, in whatever state, without receiving them. */
  peek(limit: number): readonly Readonly<Message>[] {
    this.#settle();
    const messages: Readonly<Message>[] = [];
    for (const message of this.#store.all()) {
      if (messages.length >= limit) break;
      messages.push({ ...message });
    }
    return messages;
  }

  /** A duplicate within FIFO's window is not sent again; the first send is answered. */
  send({ content, delayMs = this.#settings.delayMs }: Draft): Partial<Sent> & { id: string } {
    const now = this.#context.clock.now();
    const { deduplicationId, group = '' } = content;
    const byGroup = this.#settings.deduplicationByGroup;
    if (this.fifo && deduplicationId !== undefined) {
      const earlier = this.#deduplication.find(deduplicationId, group, byGroup, now);
      if (earlier) return { id: earlier.id, sequenceNumber: earlier.sequenceNumber };
    }
    const { id, sequenceNumber } = this.#add(content, {
      id: this.#context.newMessageId(),
      sentAt: now,
      receiveCount: 0,
      ...(delayMs > 0 ? { state: 'delayed', visibleAt: now + delayMs } : { state: 'visible' }),
    });
    if (deduplicationId !== undefined && sequenceNumber !== undefined) {
      this.#deduplication.remember(deduplicationId, group, byGroup, now, { id, sequenceNumber });
    }
    return { id, ...(sequenceNumber === undefined ? {} : { sequenceNumber }) };
  }

  /**
   * Receives, waiting for a message for up to `waitMs`.
   *
   * @throws AwsError OverLimit from a short poll of a standard queue with 120,000 messages in flight; a long poll, and
   * a FIFO queue, find nothing instead. QueueDoesNotExist when the queue is deleted meanwhile.
   */
  async receive(take: Take, { waitMs, signal }: { waitMs: number; signal: AbortSignal }): Promise<ReceivedMessage[]> {
    if (signal.aborted) return [];
    const messages = this.#take(take);
    if (messages.length > 0) return messages;
    if (waitMs > 0) return this.#polls.wait(take, waitMs, signal);
    if (!this.fifo && this.#store.figures.inFlight >= mostInFlight) {
      throw sqsError('OverLimit', `Too many messages in flight: ${mostInFlight} are the limit.`);
    }
    return [];
  }

  /** @throws AwsError as {@link Deliveries.delete} does. */
  delete(handle: string): void {
    this.#settle();
    this.#deliveries.delete(handle);
    this.#polls.serve();
  }

  /** @throws AwsError as {@link Deliveries.changeVisibility} does. */
  changeVisibility(handle: string, seconds: number): void {
    this.#settle();
    this.#deliveries.changeVisibility(handle, seconds);
    this.#polls.serve();
  }

  /** Forgets every message and every send. @throws AwsError PurgeQueueInProgress within a minute of the last time. */
  purge(): void {
    const now = this.#context.clock.now();
    if (now < this.#purgedAt + purgeIntervalMs) {
      const message = `Only one PurgeQueue operation on ${this.name} is allowed every 60 seconds.`;
      throw sqsError('PurgeQueueInProgress', message);
    }
    this.#purgedAt = now;
    this.#store.clear();
    this.#deduplication.clear();
  }

  /** Ends the receives that wait. */
  close(): void {
    this.#store.clear();
    this.#polls.fail(queueDoesNotExist());
  }

  /**
   * Moves the next visible message to another queue, as a new message: with a new id and age, unreceived. A FIFO
   * destination takes it under the deduplication id that it has, and never swallows it: AWS tells nothing else.
   *
   * @param destinationOf answers where to; what it throws is thrown, and the message stays
   * @returns whether there was one
   */
  moveOne(destinationOf: (message: Message) => Queue): boolean {
    this.#settle();
    for (const message of this.#store.candidates()) {
      const destination = destinationOf(message);
      this.#store.remove(message);
      const id = this.#context.newMessageId();
      const sentAt = this.#context.clock.now();
      destination.#add(message.content, { id, sentAt, receiveCount: 0, state: 'visible' });
      return true;
    }
    return false;
  }

  snapshot(): QueueSnapshot {
    this.#settle();
    const { name, attributes, tags, createdAt, modifiedAt } = this;
    const messages = Array.from(this.#store.all(), (message) => ({ ...message }));
    return { name, attributes, tags, createdAt, modifiedAt, messages, sent: this.#deduplication.snapshot() };
  }

  restore({ tags, modifiedAt, messages, sent }: QueueSnapshot): void {
    this.tags = tags;
    this.modifiedAt = modifiedAt;
    const place = (message: Message) => (this.fifo ? message.serial : (message.turn ?? 0));
    for (const message of messages.toSorted((a, b) => place(a) - place(b))) this.#store.add({ ...message });
    this.#deduplication.restore(sent);
  }

  #add(content: Content, rest: Omit<Message, 'serial' | 'content' | 'sequenceNumber'>): Message {
    // What has become visible in the meantime stands before what comes now.
    this.#settle();
    const serial = this.#context.newSerial();
    const sequenceNumber = this.fifo ? { sequenceNumber: `1${String(serial).padStart(19, '0')}` } : {};
    const message: Message = { ...rest, serial, content, ...sequenceNumber };
    this.#store.add(message);
    this.#polls.serve();
    return message;
  }

  #take(take: Take): ReceivedMessage[] {
    this.#settle();
    return this.#deliveries.take(take);
  }

  /** Bad luck on a standard queue: what was received is there once more. */
  #double(message: Message): void {
    const site = `sqs.duplicate:${this.name}`;
    if (this.fifo || message.isCopy || !this.#context.chaos?.roll(site, duplicateProbability)) return;
    const serial = this.#context.newSerial();
    this.#store.add({ ...message, serial, isCopy: true, state: 'visible', visibleAt: undefined });
  }

  /**
   * Moves a message that has been received often enough, if there is a dead-letter queue that takes it. It keeps its id
   * and its receive count; in a standard queue its age as well. A FIFO one takes its id as its deduplication id.
   *
   * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
   */
  #deadLetter(message: Message): boolean {
    const { redrive } = this.#settings;
    if (!redrive || message.receiveCount < redrive.maxReceiveCount) return false;
    const target = this.#context.findByArn(redrive.deadLetterTargetArn);
    if (!target || target.fifo !== this.fifo || !allowsSource(target.settings.redriveAllow, this.arn)) return false;
    const { id, content, receiveCount, firstReceivedAt } = message;
    this.#store.remove(message);
    target.#add(this.fifo ? { ...content, deduplicationId: id } : content, {
      id,
      sentAt: this.fifo ? this.#context.clock.now() : message.sentAt,
      receiveCount,
      firstReceivedAt,
      deadLetterSource: this.arn,
      moved: { at: this.#context.clock.now(), receiveCount },
      state: 'visible',
    });
    return true;
  }

  #settle(): void {
    this.#store.settle(this.#context.clock.now(), this.#settings.retentionMs);
  }
}
