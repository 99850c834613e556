import { randomUUID } from 'node:crypto';
import type { Chaos } from '../../chaos.ts';
import type { Clock } from '../../service.ts';
import { invalidValue, queueDoesNotExist, sqsError } from './errors.ts';
import { Queue, type QueueContext, type QueueSnapshot } from './queue.ts';
import { changedAttributes, defaultAttributes, type QueueAttributes, settableAttributes } from './queue-attributes.ts';
import { allowsSource, redrivePolicyOf } from './redrive.ts';

export interface QueuesOptions {
  readonly queueUrlBase: () => string;
  readonly region: string;
  readonly account: string;
  readonly clock: Clock;
  readonly chaos?: Pick<Chaos, 'roll'>;
  /** Makes message ids; from 0 up to, not including, 1. @default the system's secure randomness */
  readonly random?: () => number;
}

export interface QueuesSnapshot {
  readonly lastSerial: number;
  readonly queues: readonly QueueSnapshot[];
}

/** A name that was deleted can be taken again after so long. Source: API_CreateQueue. */
const reuseAfterMs = 60_000;

/** The queues of one account in one region. */
export class Queues {
  readonly #options: QueuesOptions;
  readonly #context: QueueContext;
  readonly #queues = new Map<string, Queue>();
  readonly #deletedAt = new Map<string, number>();
  #lastSerial = 0;

  constructor(options: QueuesOptions) {
    this.#options = options;
    this.#context = {
      clock: options.clock,
      chaos: options.chaos,
      senderId: options.account,
      newSerial: () => {
        this.#lastSerial += 1;
        return this.#lastSerial;
      },
      newMessageId: () => (options.random ? messageIdFrom(options.random) : randomUUID()),
      findByArn: (arn) => this.findByArn(arn),
    };
  }

  /**
   * Makes a queue, or answers the one of that name if its attributes are the same.
   *
   * @throws AwsError QueueNameExists, QueueDeletedRecently, or what is wrong with name or attributes.
   */
  create(name: string, attributes: QueueAttributes, tags: Readonly<Record<string, string>> = {}): Queue {
    const fifo = attributes.FifoQueue?.toLowerCase() === 'true';
    checkName(name, fifo);
    const existing = this.#queues.get(name);
    const arn = this.#arnOf(name);
    const changed = changedAttributes(existing?.attributes ?? defaultAttributes(fifo), attributes, fifo);
    if (existing) {
      const differing = settableAttributes.find((each) => existing.attributes[each] !== changed[each]);
      if (differing === undefined) return existing;
      const message = `A queue already exists with the same name and a different value for attribute ${differing}`;
      throw sqsError('QueueNameExists', message);
    }
    const { clock } = this.#options;
    if (clock.now() < (this.#deletedAt.get(name) ?? Number.NEGATIVE_INFINITY) + reuseAfterMs) {
      const message =
        'You must wait 60 seconds after deleting a queue before you can create another with the same name.';
      throw sqsError('QueueDeletedRecently', message);
    }
    this.#checkTarget(arn, fifo, attributes.RedrivePolicy);
    const queue = new Queue(arn, changed, this.#context);
    queue.tags = { ...tags };
    this.#queues.set(name, queue);
    return queue;
  }

  /** @throws AwsError saying what is wrong with the attributes; nothing has changed then. */
  setAttributes(queue: Queue, attributes: QueueAttributes): void {
    const changed = changedAttributes(queue.attributes, attributes, queue.fifo);
    this.#checkTarget(queue.arn, queue.fifo, attributes.RedrivePolicy);
    queue.attributes = changed;
  }

  delete(queue: Queue): void {
    this.#queues.delete(queue.name);
    this.#deletedAt.set(queue.name, this.#options.clock.now());
    queue.close();
  }

  has(name: string): boolean {
    return this.#queues.has(name);
  }

  names(): string[] {
    return [...this.#queues.keys()].sort();
  }

  /** @throws AwsError QueueDoesNotExist. */
  named(name: string): Queue {
    const queue = this.#queues.get(name);
    if (!queue) throw queueDoesNotExist();
    return queue;
  }

  /** Finds a queue by its URL, whatever the host in it, or by its name. @throws AwsError QueueDoesNotExist. */
  byUrl(url: string): Queue {
    if (!url.includes('/')) return this.named(url);
    const [, account, name = ''] = /\/(\d{12})\/([\w.-]+)\/?$/.exec(url) ?? [];
    if (account !== this.#options.account) throw queueDoesNotExist();
    return this.named(name);
  }

  findByArn(arn: string): Queue | undefined {
    const name = arn.split(':').at(-1) ?? '';
    return arn === this.#arnOf(name) ? this.#queues.get(name) : undefined;
  }

  urlOf(name: string): string {
    return `${this.#options.queueUrlBase()}/${name}`;
  }

  /** The queues whose dead-letter queue this one is. */
  sourcesOf(queue: Queue): Queue[] {
    return [...this.#queues.values()].filter(({ settings }) => settings.redrive?.deadLetterTargetArn === queue.arn);
  }

  snapshot(): QueuesSnapshot {
    return { lastSerial: this.#lastSerial, queues: [...this.#queues.values()].map((queue) => queue.snapshot()) };
  }

  restore({ lastSerial, queues }: QueuesSnapshot): void {
    this.#lastSerial = lastSerial;
    for (const each of queues) {
      const queue = new Queue(this.#arnOf(each.name), each.attributes, this.#context, each.createdAt);
      queue.restore(each);
      this.#queues.set(each.name, queue);
    }
  }

  #arnOf(name: string): string {
    return `arn:aws:sqs:${this.#options.region}:${this.#options.account}:${name}`;
  }

  #checkTarget(arn: string, fifo: boolean, redrivePolicy: string | undefined): void {
    if (!redrivePolicy) return;
    const target = this.findByArn(redrivePolicyOf(redrivePolicy).deadLetterTargetArn);
    const refuse = (reason: string) => invalidValue('RedrivePolicy', redrivePolicy, reason);
    if (!target) throw refuse('Dead letter target does not exist.');
    if (target.arn === arn) throw refuse('Dead letter target must be another queue.');
    if (target.fifo !== fifo) throw refuse('Dead-letter queue must be same type of queue as the source.');
    if (!allowsSource(target.settings.redriveAllow, arn)) {
      throw refuse(`The RedriveAllowPolicy of ${target.name} does not allow this queue.`);
    }
  }
}

function checkName(name: string, fifo: boolean): void {
  const stem = fifo ? name.replace(/\.fifo$/, '') : name;
  if (/^[\w-]+$/.test(stem) && name.length <= 80 && (!fifo || name.endsWith('.fifo'))) return;
  const suffix = fifo ? ', must end with .fifo suffix' : '';
  const rule = `Can only include alphanumeric characters, hyphens, or underscores${suffix}. 1 to 80 in length`;
  throw invalidValue('QueueName', name, rule);
}

function messageIdFrom(random: () => number): string {
  const digits = Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
  const [, a, b, c, d, e] = /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/.exec(digits) ?? [];
  return `${a}-${b}-4${c}-a${d}-${e}`;
}
