/**
 * Ciphertext of symmetric keys, format v1: distributed symmetric authenticated encryption of Agrawal, Mohassel, Mukherjee and
 * Rindal ("DiSE: Distributed Symmetric-key Encryption", CCS 2018, figure 3: construction from a distributed pseudo-random function).
 *
 *   form (1) | key id (16) | handle (16) | revision (8) | alpha (32) | AES-256-GCM of (message | rho (32)) | tag (16)
 *
 * alpha commits to the message with the random rho. The function's input is handle, revision, alpha and the hash of the encryption
 * context; its element is the key, through HKDF. Who opens a blob computes alpha again: an element belongs to one message.
 *
 * Departures. The paper's input is alpha with the encryptor's name; here it is alpha with the revision of the call's audit record,
 * which no other call has: leave to encrypt is no leave to evaluate at the point of an old blob. The paper masks message and rho with a
 * generator's output; here it is AES-GCM under header and context, which authenticates as well. Key and nonce are used once: both
 * derive from the element and the header, and alpha among their inputs binds what they encrypt.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, timingSafeEqual } from 'node:crypto';
import { canonicalContext, contextHash } from '../encryption-context.ts';
import { kmsError } from '../errors.ts';
import type { EncryptionContext } from '../key-record.ts';

/** The first byte says how the key id is written. */
const uuidForm = 1;
const multiRegionForm = 2;

const headerBytes = 1 + 16 + 16 + 8 + 32;
export const rhoBytes = 32;
const tagBytes = 16;
const algorithm = 'aes-256-gcm';
const alphaLabel = Buffer.from('hypergate/kms/alpha/v1');
const inputLabel = Buffer.from('hypergate/kms/dprf/v1');
const keyLabel = Buffer.from('hypergate/kms/blob/v1');

/** Bytes that a blob is longer than its message. */
export const blobOverheadBytes = headerBytes + rhoBytes + tagBytes;

export interface BlobHeader {
  readonly keyId: string;
  /** 16 bytes in hexadecimal. */
  readonly handle: string;
  readonly revision: number;
  /** 32 bytes. */
  readonly alpha: Uint8Array;
}

/** What custodians evaluate the function at: fixed length, so that they can read back what it is made of. */
export interface EvaluationPoint {
  readonly handle: string;
  readonly revision: number;
  readonly alpha: Uint8Array;
  readonly contextHash: Uint8Array;
}

export const evaluationInputBytes = inputLabel.length + 16 + 8 + 32 + 32;

/** `KeyTask.input` of `evaluate`: label | handle (16) | revision (8) | alpha (32) | SHA-256 of the canonical encryption context. */
export function encodePoint({ handle, revision, alpha, contextHash: hash }: EvaluationPoint): Uint8Array {
  const bytes = Buffer.concat([inputLabel, Buffer.from(handle, 'hex'), revisionBytes(revision), alpha, hash]);
  if (bytes.length !== evaluationInputBytes) throw new RangeError('not a point of evaluation');
  return new Uint8Array(bytes);
}

/** @returns undefined for bytes that are no such input */
export function decodePoint(input: Uint8Array): EvaluationPoint | undefined {
  const bytes = Buffer.from(input);
  if (bytes.length !== evaluationInputBytes || !bytes.subarray(0, inputLabel.length).equals(inputLabel))
    return undefined;
  const at = inputLabel.length;
  const revision = readRevision(bytes, at + 16);
  if (revision === undefined) return undefined;
  return {
    handle: bytes.toString('hex', at, at + 16),
    revision,
    alpha: new Uint8Array(bytes.subarray(at + 24, at + 56)),
    contextHash: new Uint8Array(bytes.subarray(at + 56)),
  };
}

/** @param rho 32 random bytes, for this message only */
export function alphaOf(message: Uint8Array, rho: Uint8Array): Uint8Array {
  if (rho.length !== rhoBytes) throw new RangeError('rho has 32 bytes');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  const hash = createHash('sha256').update(alphaLabel).update(length).update(message).update(rho);
  return new Uint8Array(hash.digest());
}

/** The point at which a blob with this header opens. */
export const pointOf = (
  { handle, revision, alpha }: BlobHeader,
  context: EncryptionContext,
): EvaluationPoint => ({ handle, revision, alpha, contextHash: contextHash(context) });

/** @param element the function's value at `pointOf(header, context)`, as its group encodes it */
export function sealBlob(
  header: BlobHeader,
  context: EncryptionContext,
  content: { readonly message: Uint8Array; readonly rho: Uint8Array; readonly element: Uint8Array },
): Uint8Array {
  const bytes = encodeHeader(header);
  const { key, nonce } = keyOf(content.element, bytes);
  const cipher = createCipheriv(algorithm, key, nonce);
  cipher.setAAD(Buffer.concat([bytes, canonicalContext(context)]));
  const sealed = [cipher.update(content.message), cipher.update(content.rho), cipher.final()];
  key.fill(0);
  return new Uint8Array(Buffer.concat([bytes, ...sealed, cipher.getAuthTag()]));
}

/** @throws KmsError InvalidCiphertextException for what is no blob, was changed, or belongs to another context or element */
export function openBlob(blob: Uint8Array, context: EncryptionContext, element: Uint8Array): Uint8Array {
  const { alpha } = readBlobHeader(blob);
  const header = blob.subarray(0, headerBytes);
  const { key, nonce } = keyOf(element, header);
  const decipher = createDecipheriv(algorithm, key, nonce);
  decipher.setAAD(Buffer.concat([header, canonicalContext(context)]));
  decipher.setAuthTag(blob.subarray(blob.length - tagBytes));
  const opened = decipher.update(blob.subarray(headerBytes, blob.length - tagBytes));
  key.fill(0);
  try {
    decipher.final();
  } catch {
    // Node says that authentication failed and no more.
    opened.fill(0);
    throw kmsError('InvalidCiphertextException');
  }
  const message = new Uint8Array(opened.subarray(0, opened.length - rhoBytes));
  const expected = alphaOf(message, opened.subarray(opened.length - rhoBytes));
  opened.fill(0);
  if (timingSafeEqual(expected, alpha)) return message;
  message.fill(0);
  throw kmsError('InvalidCiphertextException');
}

/** @throws KmsError InvalidCiphertextException */
export function readBlobHeader(blob: Uint8Array): BlobHeader {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.length);
  const form = bytes[0];
  const revision = bytes.length > blobOverheadBytes ? readRevision(bytes, 33) : undefined;
  if ((form !== uuidForm && form !== multiRegionForm) || revision === undefined)
    throw kmsError('InvalidCiphertextException');
  return {
    keyId: keyIdText(form, bytes.toString('hex', 1, 17)),
    handle: bytes.toString('hex', 17, 33),
    revision,
    alpha: new Uint8Array(bytes.subarray(41, headerBytes)),
  };
}

function encodeHeader({ keyId, handle, revision, alpha }: BlobHeader): Buffer {
  const multiRegion = keyId.startsWith('mrk-');
  const digits = multiRegion ? keyId.slice(4) : keyId.replaceAll('-', '');
  const bytes = Buffer.concat([
    Uint8Array.of(multiRegion ? multiRegionForm : uuidForm),
    Buffer.from(digits, 'hex'),
    Buffer.from(handle, 'hex'),
    revisionBytes(revision),
    alpha,
  ]);
  if (bytes.length !== headerBytes) throw new RangeError('not the header of a blob');
  return bytes;
}

function keyIdText(form: number, digits: string): string {
  if (form === multiRegionForm) return `mrk-${digits}`;
  const cut = [0, 8, 12, 16, 20, 32];
  return cut
    .slice(1)
    .map((end, index) => digits.slice(cut[index], end))
    .join('-');
}

function keyOf(element: Uint8Array, header: Uint8Array): { readonly key: Buffer; readonly nonce: Buffer } {
  const info = Buffer.concat([keyLabel, header]);
  const bytes = Buffer.from(hkdfSync('sha256', element, new Uint8Array(0), info, 44));
  return { key: bytes.subarray(0, 32), nonce: bytes.subarray(32) };
}

function revisionBytes(revision: number): Buffer {
  if (!Number.isSafeInteger(revision) || revision < 0) throw new RangeError('not a revision');
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(revision));
  return bytes;
}

function readRevision(bytes: Buffer, at: number): number | undefined {
  const value = bytes.readBigUInt64BE(at);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value);
}
