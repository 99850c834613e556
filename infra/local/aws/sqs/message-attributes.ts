import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { refusedCharacter } from './contents.ts';
import { invalidParameter } from './errors.ts';
import { Input, isObject } from './input.ts';

/** A message attribute as the API has it. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  /** Base64. */
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const mostAttributes = 10;
const longestName = 256;
const namePattern = /^[\p{L}\p{N}_.-]+$/u;
const numberPattern = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i;
const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * A request's message attributes.
 *
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 *
 * @throws AwsError InvalidParameterValueException naming the attribute and the rule that it breaks.
 */
export function messageAttributesOf(input: Input): MessageAttributes {
  const attributes = Object.entries(input.map('MessageAttributes'));
  if (attributes.length > mostAttributes) {
    throw invalidParameter(
      `Number of message attributes [${attributes.length}] exceeds the allowed maximum [${mostAttributes}].`,
    );
  }
  return Object.fromEntries(attributes.map(([name, value]) => [name, attributeOf(name, value)]));
}

/** The one system attribute that a sender may set. @throws AwsError for any other, or another type. */
export function traceHeaderOf(input: Input): string | undefined {
  for (const [name, value] of Object.entries(input.map('MessageSystemAttributes'))) {
    if (name !== 'AWSTraceHeader') {
      throw invalidParameter(`Message system attribute name '${name}' is invalid, only AWSTraceHeader can be sent.`);
    }
    const { DataType, StringValue } = attributeOf(name, value);
    if (DataType !== 'String') {
      throw invalidParameter(`Message system attribute '${name}' must have the type 'String', got '${DataType}'.`);
    }
    return StringValue;
  }
  return undefined;
}

function attributeOf(name: string, value: unknown): MessageAttribute {
  checkName(name);
  if (!isObject(value)) throw refusal(name, 'must be an object');
  const input = new Input(value);
  for (const list of ['StringListValues', 'BinaryListValues']) {
    if (input.texts(list).length > 0) throw refusal(name, `must not use ${list}, which SQS does not implement`);
  }
  const DataType = input.optionalText('DataType') ?? '';
  const [, type, label] = /^(String|Number|Binary)(\..+)?$/.exec(DataType) ?? [];
  if (type === undefined || DataType.length > longestName || (label && refusedCharacter(label) !== undefined)) {
    const rule = 'must be String, Number or Binary with an optional .label, at most 256 characters';
    throw refusal(name, `has an invalid message attribute type, the set of supported types: ${rule}`);
  }
  if (type === 'Binary') {
    const BinaryValue = input.optionalText('BinaryValue') ?? '';
    if (!BinaryValue) throw refusal(name, `must contain a non-empty value of type 'Binary'.`);
    if (!base64Pattern.test(BinaryValue)) throw refusal(name, 'must have a BinaryValue in base64');
    return { DataType, BinaryValue };
  }
  const StringValue = input.optionalText('StringValue') ?? '';
  if (!StringValue) throw refusal(name, `must contain a non-empty value of type '${type}'.`);
  if (type === 'Number') checkNumber(name, StringValue);
  const character = refusedCharacter(StringValue);
  if (character !== undefined) throw refusal(name, `contains the invalid character '${character}'.`);
  return { DataType, StringValue };
}

function checkName(name: string): void {
  const breaks =
    !namePattern.test(name) ||
    name.length > longestName ||
    /^(aws|amazon)\./i.test(name) ||
    name.startsWith('.') ||
    name.endsWith('.') ||
    name.includes('..');
  if (breaks) {
    const rule =
      "letters, digits, '_', '-' and single inner periods, at most 256 of them, without the prefixes AWS. and Amazon.";
    throw invalidParameter(`Invalid message attribute name '${name}': it must consist of ${rule}`);
  }
}

/** Up to 38 digits of precision, from 10^-128 to 10^126. */
function checkNumber(name: string, text: string): void {
  if (!numberPattern.test(text)) throw castRefusal(name);
  const [mantissa = ''] = text.toLowerCase().split('e');
  const digits = mantissa.replace(/[^\d]/g, '').replace(/^0+|0+$/g, '');
  const size = Math.abs(Number(text));
  if (digits.length > 38 || size > 1e126 || (digits !== '' && size < 1e-128)) throw castRefusal(name);
}

function castRefusal(name: string) {
  return invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
}

function refusal(name: string, rule: string) {
  return invalidParameter(`Message (user) attribute '${name}' ${rule}`);
}

/** Bytes that attributes count towards a message's size: names, types and values. */
export function attributeBytes(attributes: MessageAttributes): number {
  let bytes = 0;
  for (const [name, attribute] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + bytesIn(attribute).length;
  }
  return bytes;
}

/**
 * MD5 over attributes, as SQS answers it; none where there are no attributes.
 *
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function attributesMd5(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes);
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  const withLength = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names.sort()) {
    const attribute = attributes[name];
    if (!attribute) continue;
    withLength(Buffer.from(name));
    withLength(Buffer.from(attribute.DataType));
    hash.update(Buffer.of(attribute.BinaryValue === undefined ? 1 : 2));
    withLength(bytesIn(attribute));
  }
  return hash.digest('hex');
}

function bytesIn({ StringValue = '', BinaryValue }: MessageAttribute): Buffer {
  return BinaryValue === undefined ? Buffer.from(StringValue) : Buffer.from(BinaryValue, 'base64');
}
