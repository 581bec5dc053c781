/**
 * What coordinator and custodian send each other, version 1: one message of the channel each.
 *
 * request  number (4) ‖ flags (1: has a task) ‖ kind ‖ [task ‖ evidence] ‖ body
 * reply    number (4) ‖ 0 ‖ body, or number ‖ code of the reason (1) ‖ custodian that is meant or 0 (1) ‖ text
 * notice   0 (4) ‖ 255 ‖ state (1)
 */
import type { Bytes } from '../../../../api/index.ts';
import { type MessageReader, MessageWriter, readMessage } from '../../codec.ts';
import { malformed, ThresholdAbort, type ThresholdReason } from '../../errors.ts';
import { thresholdLimits } from '../../limits.ts';
import { custodianLimits } from '../limits.ts';

/** Kinds of messages of the channel. */
export const channelKind = { toCustodian: 1, toCoordinator: 2 } as const;

export interface Request {
  /** From 1 on; names the answer. */
  readonly id: number;
  readonly kind: string;
  /** Task and evidence, both encoded. */
  readonly authorised?: { readonly task: Bytes; readonly evidence: Bytes };
  readonly body: Bytes;
}

export type CustodianState = 'catching-up' | 'ready';

export type FromCustodian =
  | { readonly type: 'answer'; readonly id: number; readonly body: Bytes }
  | { readonly type: 'failure'; readonly id: number; readonly failure: RemoteFailure }
  | { readonly type: 'state'; readonly state: CustodianState };

export interface RemoteFailure {
  readonly reason: ThresholdReason;
  /** Whom the custodian means: what it says of others is hearsay. */
  readonly meant: number | undefined;
  readonly text: string;
}

const reasons: Readonly<Record<ThresholdReason, number>> = {
  cheater: 1,
  unavailable: 2,
  refused: 3,
  'unknown-key': 4,
  stale: 5,
  malformed: 6,
};
const reasonOf = new Map(Object.entries(reasons).map(([name, code]) => [code, name as ThresholdReason]));
const notice = 255;
const states: readonly CustodianState[] = ['catching-up', 'ready'];
const flagTask = 1;
const kindPattern = /^[a-z][a-z0-9.-]*$/;

/** @throws RangeError */
export function checkKind(kind: string): void {
  if (kind.length > custodianLimits.kindCharsMax || !kindPattern.test(kind))
    throw new RangeError('a kind of request is lower-case letters, digits, dots and hyphens');
}

export function encodeRequest({ id, kind, authorised, body }: Request): Bytes {
  const writer = new MessageWriter()
    .u32(id)
    .u8(authorised === undefined ? 0 : flagTask)
    .u8(kind.length)
    .bytes(Buffer.from(kind, 'ascii'));
  if (authorised !== undefined) writer.field(authorised.task).field(authorised.evidence);
  return writer.field(body).done();
}

/** @param bodyBytesMax of the handler that takes the longest @throws ThresholdAbort `malformed` */
export function decodeRequest(bytes: Bytes, bodyBytesMax: number): Request {
  return readMessage(bytes, undefined, (reader) => {
    const id = reader.u32('the number of a request');
    const flags = reader.u8('the flags of a request');
    if (id === 0 || (flags !== 0 && flags !== flagTask)) malformed(undefined, 'the head of a request');
    const kind = readText(reader, custodianLimits.kindCharsMax, 'the kind');
    if (!kindPattern.test(kind)) malformed(undefined, 'the kind of a request');
    const authorised = flags === 0 ? undefined : readAuthorised(reader);
    const body = reader.field(bodyBytesMax, 'the body');
    return { id, kind, body, ...(authorised === undefined ? {} : { authorised }) };
  });
}

function readAuthorised(reader: MessageReader): NonNullable<Request['authorised']> {
  const task = reader.field(custodianLimits.taskBytesMax, 'the task');
  return { task, evidence: reader.field(custodianLimits.evidenceBytesMax, 'the evidence') };
}

function readText(reader: MessageReader, charsMax: number, what: string): string {
  const length = reader.u8(what);
  if (length > charsMax) malformed(undefined, `${what} is too long`);
  return Buffer.from(reader.bytes(length, what)).toString('latin1');
}

export function encodeAnswer(id: number, body: Bytes): Bytes {
  return new MessageWriter().u32(id).u8(0).bytes(body).done();
}

export function encodeFailure(id: number, { reason, custodian, message }: ThresholdAbort): Bytes {
  const text = Buffer.from(message.slice(0, custodianLimits.reasonCharsMax), 'utf8');
  const writer = new MessageWriter().u32(id).u8(reasons[reason]);
  return writer
    .u8(custodian ?? 0)
    .bytes(text)
    .done();
}

export function encodeState(state: CustodianState): Bytes {
  return new MessageWriter().u32(0).u8(notice).u8(states.indexOf(state)).done();
}

/** @param from the custodian that sent it @throws ThresholdAbort `malformed` */
export function decodeFromCustodian(bytes: Bytes, from: number): FromCustodian {
  return readMessage(bytes, from, (reader): FromCustodian => {
    const id = reader.u32('the number of an answer');
    const code = reader.u8('the kind of an answer');
    if (code === notice) {
      const state = states[reader.u8('the state')];
      if (id !== 0 || state === undefined) malformed(from, 'a notice of another form');
      return { type: 'state', state };
    }
    if (code === 0) return { type: 'answer', id, body: reader.bytes(reader.left, 'the answer') };
    const reason = reasonOf.get(code);
    if (reason === undefined) malformed(from, 'unknown reason of a failure');
    const meant = reader.u8('who is meant');
    if (meant > thresholdLimits.custodiansMax) malformed(from, 'no such custodian is meant');
    return {
      type: 'failure',
      id,
      failure: {
        reason,
        meant: meant === 0 ? undefined : meant,
        text: printable(reader.bytes(reader.left, 'the text')),
      },
    };
  });
}

/** Goes to logs: nothing but printable characters, and not many. */
function printable(bytes: Bytes): string {
  const text = Buffer.from(bytes).toString('utf8').slice(0, custodianLimits.reasonCharsMax);
  return text.replaceAll(/[^\x20-\x7e\u00a0-\ufffc]/g, ' ');
}

/**
 * What a custodian answered with, as the coordinator hears it: always of this custodian. That it blames another one proves nothing, and
 * must not accuse either of them; the blame is the cause.
 */
export function abortOf({ reason, meant, text }: RemoteFailure, from: number): ThresholdAbort {
  if (reason !== 'cheater') return new ThresholdAbort(reason, from, text);
  const blame = new ThresholdAbort('cheater', meant, text);
  return new ThresholdAbort('unavailable', from, `custodian ${from} blames another: ${text}`, {
    cause: blame,
  });
}
