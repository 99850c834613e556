import { type Action, queueOf } from '../action.ts';
import { settableAttributes, unknownAttribute } from '../queue-attributes.ts';
import { onlyWanted, systemAttributes } from '../received-message.ts';

/**
 * ReceiveMessage: short polling, or long with a wait. `ReceiveRequestAttemptId` is accepted, but a receive that is
 * repeated under it is a receive of its own.
 */
export const receiveMessage: Action = async (call) => {
  const queue = queueOf(call);
  const { input } = call;
  const max = input.optionalInteger('MaxNumberOfMessages', 1, 10, 'Must be between 1 and 10, if provided.') ?? 1;
  const wait = input.optionalInteger('WaitTimeSeconds', 0, 20, 'Must be >= 0 and <= 20, if provided.');
  const visibility = input.optionalInteger('VisibilityTimeout', 0, 43_200, 'Must be between 0 and 43200, if provided.');
  const legacy = input.texts('AttributeNames');
  const system = input.texts('MessageSystemAttributeNames');
  // The older parameter also takes the names of queue attributes, of which a message has none.
  const unknown =
    legacy.find((name) => ![...systemAttributes, ...settableAttributes, 'All'].includes(name)) ??
    system.find((name) => ![...systemAttributes, 'All'].includes(name));
  if (unknown !== undefined) throw unknownAttribute(unknown);
  const wanted = { system: [...legacy, ...system], message: input.texts('MessageAttributeNames') };
  const messages = await queue.receive(
    { max, ...(visibility === undefined ? {} : { visibilityMs: visibility * 1_000 }) },
    { waitMs: wait === undefined ? queue.settings.waitMs : wait * 1_000, signal: call.signal },
  );
  return messages.length > 0 ? { Messages: messages.map((message) => onlyWanted(message, wanted)) } : {};
};
