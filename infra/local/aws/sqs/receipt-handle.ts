import { Buffer } from 'node:buffer';
import { sqsError } from './errors.ts';

/** One receive of one message. */
export interface Receipt {
  readonly serial: number;
  /** The how-manieth receive it was. */
  readonly receive: number;
}

const prefix = 'AQEB';

export function receiptHandle({ serial, receive }: Receipt, queue: string): string {
  return `${prefix}${Buffer.from(`${serial} ${receive} ${queue}`).toString('base64')}`;
}

/** @throws AwsError ReceiptHandleIsInvalid where the text is no handle, or one of another queue. */
export function receiptOf(handle: string, queue: string): Receipt {
  const text = handle.startsWith(prefix) ? Buffer.from(handle.slice(prefix.length), 'base64').toString() : '';
  const [, serial, receive, name] = /^(\d{1,15}) (\d{1,15}) ([\w.-]+)$/.exec(text) ?? [];
  if (name === undefined) {
    throw sqsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);
  }
  if (name !== queue) {
    throw sqsError('ReceiptHandleIsInvalid', `The input receipt handle is not of the queue ${queue}, but of ${name}.`);
  }
  return { serial: Number(serial), receive: Number(receive) };
}
