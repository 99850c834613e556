import type { Duration } from 'aws-cdk-lib';
import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  type QueueProps,
  RedrivePermission,
} from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { queueArn } from './physical-names.ts';

export interface RedriveQueueProps {
  readonly queueName: string;
  readonly deadLetterQueueName: string;
  readonly fifo: boolean;
  /** How long a message is hidden that a function has. */
  readonly visibilityTimeout: Duration;
  readonly retention: Duration;
  /** Longer than the queue's. */
  readonly deadLetterRetention: Duration;
}

/**
 * SQS's most. Deferring counts as a receive too, so attempts are counted in the ledger and SQS only catches what the
 * code could not.
 */
const maxReceiveCount = 1_000;

/** Throughput is limited for each message group, not for the whole queue. */
const highThroughput: QueueProps = {
  fifo: true,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
};

/** A queue whose failures always end somewhere visible, from where they can be redriven into it and nowhere else. */
export class RedriveQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, props: RedriveQueueProps) {
    super(scope, id);
    const { queueName, deadLetterQueueName, fifo, visibilityTimeout, retention, deadLetterRetention } = props;
    const both: QueueProps = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      ...(fifo ? highThroughput : {}),
    };
    // By name: the queue itself refers to its dead-letter queue already.
    const source = Queue.fromQueueArn(this, 'Source', queueArn(this, queueName));
    this.deadLetterQueue = new Queue(this, 'DeadLetters', {
      ...both,
      queueName: deadLetterQueueName,
      retentionPeriod: deadLetterRetention,
      redriveAllowPolicy: { redrivePermission: RedrivePermission.BY_QUEUE, sourceQueues: [source] },
    });
    this.queue = new Queue(this, 'Messages', {
      ...both,
      queueName,
      visibilityTimeout,
      retentionPeriod: retention,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount },
    });
  }
}
