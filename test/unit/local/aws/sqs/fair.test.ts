import { describe, expect, test } from 'vitest';
import { type SeenMessage, SqsWorld } from './sqs-world.ts';

/** A standard queue in whose flight group `big` has so many messages, and others so many. */
async function busy(big: number, others: number) {
  const world = new SqsWorld();
  const QueueUrl = world.queue();
  for (let index = 0; index < big; index += 1) await world.send(QueueUrl, 'taken', { MessageGroupId: 'big' });
  for (let index = 0; index < others; index += 1) await world.send(QueueUrl, 'taken');
  for (let left = big + others; left > 0; left -= 10) await world.receive(QueueUrl);
  const send = (group: string | undefined, body: string) =>
    world.send(QueueUrl, body, group === undefined ? {} : { MessageGroupId: group });
  return { world, QueueUrl, send };
}

describe('a fair queue', () => {
  test('gives out in the order of sending while no group is noisy', async () => {
    const { world, QueueUrl, send } = await busy(29, 0);
    await send('big', 'big');
    await send('small', 'small');
    await send(undefined, 'none');
    expect(await world.bodies(QueueUrl, { MaxNumberOfMessages: 1 })).toEqual(['big']);
  });

  test('prefers quiet groups, and messages without one, to a group with 30 in flight', async () => {
    const { world, QueueUrl, send } = await busy(30, 0);
    for (let index = 0; index < 5; index += 1) await send('big', `big ${index}`);
    await send('small', 'small');
    await send(undefined, 'none');
    expect(await world.bodies(QueueUrl, { MaxNumberOfMessages: 4 })).toEqual(['small', 'none', 'big 0', 'big 1']);
  });

  test('finds a group noisy only with more than a tenth of all in flight', async () => {
    const exactlyATenth = await busy(40, 360);
    await exactlyATenth.send('big', 'big');
    await exactlyATenth.send('small', 'small');
    expect(await exactlyATenth.world.bodies(exactlyATenth.QueueUrl)).toEqual(['big', 'small']);
    const more = await busy(41, 360);
    await more.send('big', 'big');
    await more.send('small', 'small');
    expect(await more.world.bodies(more.QueueUrl)).toEqual(['small', 'big']);
  });

  test('finds a group noisy as soon as the others have less in flight', async () => {
    const { world, QueueUrl, send } = await busy(0, 359);
    await send(undefined, 'soon done');
    const done = await world.one(QueueUrl);
    for (let index = 0; index < 40; index += 1) await send('big', 'taken');
    for (let left = 40; left > 0; left -= 10) await world.receive(QueueUrl);
    await send('big', 'big');
    await send('small', 'small');
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle: done.ReceiptHandle });
    expect(await world.bodies(QueueUrl)).toEqual(['small', 'big']);
  });

  test('finds every group quiet after a purge', async () => {
    const { world, QueueUrl, send } = await busy(31, 0);
    await world.ok('PurgeQueue', { QueueUrl });
    await send('big', 'big');
    await send('small', 'small');
    expect(await world.bodies(QueueUrl)).toEqual(['big', 'small']);
  });

  test('finds a group noisy until nothing of it is left to receive, in flight or not', async () => {
    const { world, QueueUrl, send } = await busy(30, 0);
    const remove = async (messages: readonly SeenMessage[]) => {
      for (const { ReceiptHandle } of messages) await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle });
    };
    const first = async () => {
      const messages = await world.receive(QueueUrl, { MaxNumberOfMessages: 1 });
      await remove(messages);
      return messages[0]?.Body;
    };
    const rest = async () => {
      const taken: SeenMessage[] = [];
      for (let more = await world.receive(QueueUrl); more.length > 0; more = await world.receive(QueueUrl)) {
        taken.push(...more);
      }
      return taken;
    };
    world.clock.turn(30_000);
    await send('small', 'small');
    // All that was in flight is visible again, and still a backlog.
    expect(await first()).toBe('small');
    await rest();
    await send('big', 'big');
    await send('small', 'small');
    expect(await first()).toBe('small');
    expect(await first()).toBe('big');
    world.clock.turn(30_000);
    await send('small', 'small');
    expect(await first()).toBe('small');
    await remove(await rest());
    await send('big', 'big');
    await send('small', 'small');
    expect(await first()).toBe('big');
  });

  test('finds a group quiet when its backlog is received while few of it are in flight', async () => {
    const { world, QueueUrl, send } = await busy(30, 0);
    world.clock.turn(30_000);
    for (let left = 30; left > 0; left -= 10) {
      for (const { ReceiptHandle } of await world.receive(QueueUrl)) {
        await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle });
      }
    }
    await send('big', 'big');
    await send('small', 'small');
    expect(await world.bodies(QueueUrl, { MaxNumberOfMessages: 1 })).toEqual(['big']);
  });

  test('turns to the quiet within one receive, as soon as a group becomes noisy in it', async () => {
    const { world, QueueUrl, send } = await busy(25, 0);
    for (let index = 0; index < 9; index += 1) await send('big', 'big');
    await send('small', 'small');
    const bodies = await world.bodies(QueueUrl);
    expect(bodies.indexOf('small')).toBe(5);
  });

  test('of several noisy groups takes the one with the fewest in flight', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    for (const [group, count] of [
      ['a', 40],
      ['b', 30],
    ] as const) {
      for (let index = 0; index < count; index += 1) await world.send(QueueUrl, 'taken', { MessageGroupId: group });
    }
    for (let index = 0; index < 7; index += 1) await world.receive(QueueUrl);
    await world.send(QueueUrl, 'a', { MessageGroupId: 'a' });
    await world.send(QueueUrl, 'b', { MessageGroupId: 'b' });
    expect(await world.bodies(QueueUrl)).toEqual(['b', 'a']);
  });
});
