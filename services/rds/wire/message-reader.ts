/**
 * Whole messages out of a stream while somebody logs in: both what clients send as their answers and what the engine says
 * before it is ready. After that nothing is gathered any more (backend-follow.ts).
 */
import { Breach } from './errors.ts';

export interface Message {
  readonly type: string;
  /** With type and length. */
  readonly bytes: Buffer;
  readonly body: Buffer;
}

const headBytes = 5;

/** @returns bytes of the whole message, or undefined while its head is not there @throws Breach when it is too long */
export function messageBytes(bytes: Buffer, bytesMax: number): number | undefined {
  if (bytes.length < headBytes) return undefined;
  const length = bytes.readUInt32BE(1);
  if (length < 4 || length > bytesMax) throw new Breach('invalid message length');
  return 1 + length;
}

/** @param bytes begins with it @returns undefined while it is not whole @throws Breach when it is too long */
export function readMessage(bytes: Buffer, bytesMax: number): Message | undefined {
  const length = messageBytes(bytes, bytesMax);
  if (length === undefined || bytes.length < length) return undefined;
  const whole = bytes.subarray(0, length);
  return { type: String.fromCharCode(whole[0]!), bytes: whole, body: whole.subarray(headBytes) };
}

/** Of an ErrorResponse or a NoticeResponse: the letter of each field and its text, a byte string. */
export function readFields(body: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  let at = 0;
  while (at < body.length && body[at] !== 0) {
    const end = body.indexOf(0, at);
    if (end < 0) break;
    fields.set(String.fromCharCode(body[at]!), body.latin1Slice(at + 1, end));
    at = end + 1;
  }
  return fields;
}

/** AuthenticationOk. */
export function isAuthenticated({ type, body }: Message): boolean {
  return type === 'R' && body.length === 4 && body.readUInt32BE(0) === 0;
}

/** @throws Breach */
export function readBackendKey({ body }: Message): { readonly pid: number; readonly key: Buffer } {
  if (body.length < 8) throw new Breach('invalid key data');
  return { pid: body.readUInt32BE(0), key: Buffer.from(body.subarray(4)) };
}

/** Body of a PasswordMessage. @throws Breach */
export function readPassword(body: Buffer): Buffer {
  // The terminator is its last byte, and the only one.
  if (body.length === 0 || body.indexOf(0) !== body.length - 1)
    throw new Breach('invalid password packet size');
  return body.subarray(0, -1);
}

export interface SaslInitial {
  readonly mechanism: string;
  readonly data: string | undefined;
}

/** Body of a SASLInitialResponse. @throws Breach */
export function readSaslInitial(body: Buffer): SaslInitial {
  const end = body.indexOf(0);
  if (end < 0 || end + 5 > body.length) throw new Breach('invalid SASL response');
  const mechanism = body.latin1Slice(0, end);
  const length = body.readInt32BE(end + 1);
  const data = body.subarray(end + 5);
  if (length === -1 && data.length === 0) return { mechanism, data: undefined };
  if (length !== data.length) throw new Breach('invalid SASL response');
  return { mechanism, data: data.latin1Slice() };
}
