import { ConditionalCheckFailedException, DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { checkWrite } from './invariants.ts';
import type { Answer } from './invocation.ts';
import { carryOut } from './memory-dynamodb.ts';
import { type Copy, forgotten, handleOf, recordIn, type World } from './world.ts';

/**
 * What a command makes of a world, and its answer.
 *
 * @throws Violation where a record becomes what it must not
 */
export function effectOf(world: World, command: object): { readonly world: World; readonly answer: Answer } {
  if (command instanceof SendMessageCommand) {
    const gen = Number(command.input.MessageAttributes?.gen?.StringValue);
    return { world: { ...world, letters: [...world.letters, gen].sort() }, answer: { value: {} } };
  }
  if (command instanceof ChangeMessageVisibilityBatchCommand) {
    const hidden = new Map(
      command.input.Entries?.map(({ ReceiptHandle, VisibilityTimeout = 0 }) => [ReceiptHandle, VisibilityTimeout]),
    );
    const hide = (copy: Copy): Copy => {
      const seconds = hidden.get(handleOf(copy));
      return seconds === undefined || copy.until <= world.now ? copy : { ...copy, until: world.now + seconds * 1000 };
    };
    return { world: { ...world, queue: world.queue.map(hide) }, answer: { value: {} } };
  }
  if (command instanceof DeleteMessageBatchCommand) {
    const handles = command.input.Entries?.map(({ ReceiptHandle }) => ReceiptHandle);
    const queue = world.queue.filter((copy) => !handles?.includes(handleOf(copy)));
    return { world: { ...world, queue }, answer: { value: {} } };
  }
  const items = new Map(world.items);
  world.scope.onCommand?.({ before: world.items, command });
  try {
    const answer = { value: carryOut(items, command) };
    return { world: isWrite(command) ? written(world, items) : world, answer };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return { world, answer: { error } };
    throw error;
  }
}

/** Whether a command changes anything for which it could be sent twice. */
export function isWrite(command: object): boolean {
  return (
    command instanceof UpdateItemCommand ||
    command instanceof DeleteItemCommand ||
    command instanceof SendMessageCommand
  );
}

/** A command in words, with the status that it writes. */
export function titleOf(command: object): string {
  const status = command instanceof UpdateItemCommand ? command.input.ExpressionAttributeValues?.[':status']?.S : '';
  return [command.constructor.name.replace(/Command$/, ''), status].filter(Boolean).join(' ');
}

function written(world: World, items: World['items']): World {
  const before = recordIn(world);
  const after = recordIn({ items });
  checkWrite(world, before, after);
  if (before && !after) return forgotten({ ...world, items }, before);
  const takenOver = before?.status === after?.status && before?.token !== after?.token;
  const reopened = (before?.status === 'dead' || before?.status === 'dying') && after?.status === 'claimed';
  return {
    ...world,
    items,
    failures: reopened ? 0 : world.failures,
    takeovers: world.takeovers + (takenOver ? 1 : 0),
  };
}
