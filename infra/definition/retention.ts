/**
 * Days that a dead-letter queue keeps a message, SQS's most. More than the queue's, since a message that SQS itself
 * moves to a standard queue keeps the time at which it was first sent.
 *
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
export const deadLetterRetentionDays = 14;
