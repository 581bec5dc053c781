/**
 * What destinations and dead-letter queues get (developer guide, "Capturing records of Lambda asynchronous invocations" and "Dead-letter
 * queues"). Payloads are JSON that is put in as it is: nobody's numbers change on the way.
 */
import { eventLimits } from './limits.ts';

export type EventCondition = 'Success' | 'RetriesExhausted' | 'EventAgeExceeded';

/** Of the last invocation. */
export interface EventResponse {
  readonly executedVersion: string;
  readonly isError: boolean;
  readonly payload: Uint8Array;
}

export interface EventEnd {
  readonly timeMs: number;
  readonly requestId: string;
  /** With its qualifier. */
  readonly functionArn: string;
  readonly condition: EventCondition;
  readonly invokeCount: number;
  readonly requestPayload: Uint8Array;
  /** None when it was given up without an invocation. */
  readonly response: EventResponse | undefined;
}

export function destinationDocument(end: EventEnd): Buffer {
  const { requestId, functionArn, condition, invokeCount: approximateInvokeCount, response } = end;
  const members = [
    '"version":"1.0"',
    `"timestamp":"${new Date(end.timeMs).toISOString()}"`,
    `"requestContext":${JSON.stringify({ requestId, functionArn, condition, approximateInvokeCount })}`,
    `"requestPayload":${embedded(end.requestPayload)}`,
  ];
  if (response !== undefined) {
    const { executedVersion, isError, payload } = response;
    const context = { statusCode: 200, executedVersion, ...(isError ? { functionError: 'Unhandled' } : {}) };
    members.push(`"responseContext":${JSON.stringify(context)}`, `"responsePayload":${embedded(payload)}`);
  }
  return Buffer.from(`{${members.join(',')}}`);
}

/** JSON; what a function wrote that is none becomes a string. */
function embedded(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (text.trim() === '') return 'null';
  try {
    JSON.parse(text);
    return text;
  } catch (error) {
    if (error instanceof SyntaxError) return JSON.stringify(text);
    throw error;
  }
}

export interface DeadLetterFault {
  /** Of HTTP, as a caller who waits would have got it. */
  readonly status: number;
  readonly message: string;
}

type TextAttributes = Record<string, { readonly dataType: string; readonly stringValue: string }>;

/** Attributes of a dead letter, whose body is the event itself. */
export function deadLetterAttributes(
  requestId: string,
  { status, message }: DeadLetterFault,
): TextAttributes {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: queues take none of them
  const shown = message.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, ' ');
  const cut = shown.slice(0, eventLimits.errorMessageCharsMax).toWellFormed();
  return {
    RequestID: { dataType: 'String', stringValue: requestId },
    ErrorCode: { dataType: 'Number', stringValue: String(status) },
    ErrorMessage: { dataType: 'String', stringValue: cut === '' ? 'Unknown' : cut },
  };
}

/** `errorMessage` of what a function failed with. */
export function errorMessageOf(payload: Uint8Array): string {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    const found = (parsed as { errorMessage?: unknown } | null)?.errorMessage;
    return typeof found === 'string' ? found : '';
  } catch (error) {
    if (error instanceof SyntaxError) return '';
    throw error;
  }
}

/** Queues take text without the two characters that XML has no form for; inside of JSON they stand in strings only. */
export const queueText = (json: Uint8Array): string =>
  Buffer.from(json)
    .toString('utf8')
    .replace(/[\ufffe\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
