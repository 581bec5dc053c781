/** What a message may have in it, and how long it is. API reference of Amazon SQS, SendMessage and MessageAttributeValue. */
import type { MessageAttribute } from './api.ts';
import { invalidParameter, invalidValue, missingParameter, queueError } from './errors.ts';
import { queueLimits } from './limits.ts';

type Members = Readonly<Record<string, unknown>>;
type Attributes = Readonly<Record<string, MessageAttribute>>;

/** Characters that XML 1.0 has no form for, and halves of pairs: the older protocol could not give them out. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const forbidden = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/u;
const attributeName = /^[A-Za-z0-9_.-]+$/;
const dataType = /^(String|Number|Binary)(\..+)?$/;
const groupId = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** @throws AwsError */
export function checkBody(body: unknown): string {
  if (typeof body !== 'string' || body === '') throw missingParameter('MessageBody');
  if (forbidden.test(body))
    throw queueError(
      'InvalidMessageContents',
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    );
  return body;
}

/** @param given as the schema decodes them. @throws AwsError */
export function checkAttributes(given: unknown): Attributes | undefined {
  const entries = Object.entries((given ?? {}) as Readonly<Record<string, Members>>);
  if (entries.length === 0) return undefined;
  if (entries.length > queueLimits.messageAttributesMax)
    throw invalidParameter(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${queueLimits.messageAttributesMax}].`,
    );
  return Object.fromEntries(entries.map(([name, value]) => [name, checkAttribute(name, value)]));
}

function checkAttribute(name: string, value: Members): MessageAttribute {
  checkAttributeName(name);
  const { DataType: type, StringValue: text, BinaryValue: bytes } = value;
  if (typeof type !== 'string' || type === '')
    throw invalidParameter(
      `The message attribute '${name}' must contain a non-empty message attribute type.`,
    );
  const kind = dataType.exec(type)?.[1];
  if (kind === undefined || type.length > queueLimits.dataTypeMax)
    throw invalidParameter(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  if (kind === 'Binary') {
    if (!(bytes instanceof Uint8Array) || bytes.length === 0) throw noValue(name, 'binary value');
    return { dataType: type, binaryValue: bytes };
  }
  if (typeof text !== 'string' || text === '') throw noValue(name, 'string value');
  if (forbidden.test(text))
    throw invalidParameter(`The message attribute '${name}' has characters that are not allowed.`);
  if (kind === 'Number' && !decimal.test(text))
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  return { dataType: type, stringValue: text };
}

function checkAttributeName(name: string): void {
  const isReserved = /^(aws|amazon)\./i.test(name);
  const isWell =
    attributeName.test(name) && !name.startsWith('.') && !name.endsWith('.') && !name.includes('..');
  if (!isWell || isReserved || name.length > queueLimits.attributeNameMax)
    throw invalidParameter(`Message (user) attribute name '${name.slice(0, 64)}' is invalid.`);
}

const noValue = (name: string, what: string) =>
  invalidParameter(`The message attribute '${name}' must contain a non-empty ${what}.`);

/** The trace header is the only one that senders may give. @throws AwsError */
export function checkSystemAttributes(given: unknown): MessageAttribute | undefined {
  const entries = Object.entries((given ?? {}) as Readonly<Record<string, Members>>);
  for (const [name, value] of entries) {
    if (name !== 'AWSTraceHeader' || value.DataType !== 'String' || typeof value.StringValue !== 'string')
      throw invalidParameter(`Message system attribute name '${name.slice(0, 64)}' is invalid.`);
  }
  const text = entries[0]?.[1].StringValue;
  return typeof text === 'string' ? { dataType: 'String', stringValue: text } : undefined;
}

/** @throws AwsError */
export function checkGroupOrDeduplicationId(value: string, parameter: string): string {
  if (groupId.test(value)) return value;
  throw invalidValue(
    value.slice(0, queueLimits.groupIdMax + 1),
    parameter,
    `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length`,
  );
}

/** What counts towards the limit: the body, and of attributes name, type and value. */
export function messageBytes(body: string, attributes: Attributes | undefined): number {
  let bytes = Buffer.byteLength(body);
  for (const [name, { dataType: type, stringValue, binaryValue }] of Object.entries(attributes ?? {}))
    bytes +=
      Buffer.byteLength(name) +
      Buffer.byteLength(type) +
      (binaryValue?.length ?? Buffer.byteLength(stringValue ?? ''));
  return bytes;
}
