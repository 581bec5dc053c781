/**
 * Records: the pieces in which a channel crosses its stream.
 *
 * length of what follows the head (4) ‖ type (1) ‖ AES-256-GCM ciphertext ‖ tag (16)
 *
 * The head is authenticated with the content; the nonce is the number of the record in its direction, so that a record that is
 * changed, left out, repeated, moved or from another channel does not open. Each direction has its own key, which is replaced after
 * `recordsPerKey` records as in RFC 8446, section 7.2: whoever finds a later one cannot read what was before.
 */
import { createCipheriv, createDecipheriv, type Decipheriv, type KeyObject } from 'node:crypto';
import { hkdf, secretKey } from '../../../crypto/hkdf.ts';
import { giveBack } from '../block/give-back.ts';
import { MpcAbort } from '../errors.ts';
import { sessionLimits } from './limits.ts';

export const recordType = {
  /** A part of the stream of messages. */
  data: 1,
  /** One message of the session itself. */
  control: 2,
} as const;

export const recordHeadBytes = 5;
const tagBytes = 16;
const options = { authTagLength: tagBytes };
const none = Buffer.alloc(0);
/** A record of which more pieces arrived is put together: each piece holds the memory of a whole read. */
const piecesMax = 64;

export interface RecordOptions {
  readonly recordBytesMax: number;
  readonly recordsPerKey: number;
}

/** The key of one direction and the number of its next record. */
class TrafficKey {
  readonly #recordsPerKey: number;
  readonly #nonce = Buffer.alloc(12);
  readonly #secret: Buffer;
  #key: KeyObject | undefined;
  #sequence = 0;

  /** @param secret is taken over */
  constructor(secret: Buffer, recordsPerKey: number) {
    this.#secret = secret;
    this.#recordsPerKey = recordsPerKey;
    this.#key = this.#derive();
  }

  /** For the next record. The nonce is good until the next call. */
  next(): { readonly key: KeyObject; readonly nonce: Buffer } {
    const sequence = this.#sequence++;
    if (sequence > 0 && sequence % this.#recordsPerKey === 0) this.#replace();
    this.#nonce.writeUIntBE(sequence, 6, 6);
    if (this.#key === undefined) throw new Error('the key of a channel was used after its end');
    return { key: this.#key, nonce: this.#nonce };
  }

  /** Key objects cannot be overwritten; OpenSSL does it when they are collected. */
  destroy(): void {
    this.#secret.fill(0);
    this.#key = undefined;
  }

  get isDestroyed(): boolean {
    return this.#key === undefined;
  }

  #derive(): KeyObject {
    const bytes = this.#expand('key');
    const key = secretKey(bytes);
    bytes.fill(0);
    return key;
  }

  #replace(): void {
    const next = this.#expand('next');
    this.#secret.set(next);
    next.fill(0);
    this.#key = this.#derive();
  }

  #expand(label: string): Buffer {
    return hkdf(secretKey(this.#secret), none, Buffer.from(`hypergate/mpc/record-${label}/v1`, 'ascii'), 32);
  }
}

export class RecordSealer {
  readonly #traffic: TrafficKey;
  readonly #head = Buffer.alloc(recordHeadBytes);

  constructor(secret: Buffer, { recordsPerKey }: RecordOptions) {
    this.#traffic = new TrafficKey(secret, recordsPerKey);
  }

  /** The record as it goes over the stream, in memory of its own. */
  seal(type: number, plaintext: Uint8Array): Buffer {
    const { key, nonce } = this.#traffic.next();
    const head = this.#head;
    head.writeUInt32BE(plaintext.length + tagBytes, 0);
    head[4] = type;
    const cipher = createCipheriv('aes-256-gcm', key, nonce, options);
    cipher.setAAD(head);
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    const record = Buffer.allocUnsafe(recordHeadBytes + plaintext.length + tagBytes);
    record.set(head, 0);
    record.set(ciphertext, recordHeadBytes);
    giveBack(ciphertext);
    record.set(cipher.getAuthTag(), recordHeadBytes + plaintext.length);
    return record;
  }

  destroy(): void {
    this.#traffic.destroy();
  }
}

/** Turns what arrives, in pieces of any size, into contents of records. */
export class RecordOpener {
  readonly #traffic: TrafficKey;
  readonly #bytesMax: number;
  readonly #peer: string;
  /** Takes the parts of a record that authenticates. */
  readonly #opened: (type: number, parts: readonly Buffer[]) => void;
  readonly #head = Buffer.alloc(recordHeadBytes);
  #headLength = 0;
  #missing = 0;
  #pieces: Buffer[] = [];

  constructor(
    secret: Buffer,
    { recordsPerKey, recordBytesMax }: RecordOptions,
    peer: string,
    opened: (type: number, parts: readonly Buffer[]) => void,
  ) {
    this.#traffic = new TrafficKey(secret, recordsPerKey);
    this.#bytesMax = recordBytesMax + tagBytes;
    this.#peer = peer;
    this.#opened = opened;
  }

  /** @throws MpcAbort `malformed`; nothing may be given after that */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && !this.#traffic.isDestroyed) {
      if (this.#headLength < recordHeadBytes) {
        at += this.#takeHead(bytes, at);
      } else {
        const taken = Math.min(this.#missing, bytes.length - at);
        this.#takePiece(bytes.subarray(at, at + taken));
        at += taken;
      }
    }
  }

  destroy(): void {
    this.#traffic.destroy();
    this.#pieces = [];
  }

  #takeHead(bytes: Buffer, at: number): number {
    const taken = Math.min(recordHeadBytes - this.#headLength, bytes.length - at);
    bytes.copy(this.#head, this.#headLength, at, at + taken);
    this.#headLength += taken;
    if (this.#headLength === recordHeadBytes) {
      this.#missing = this.#head.readUInt32BE(0);
      const type = this.#head[4];
      const known = type === recordType.data || type === recordType.control;
      if (!known || this.#missing < tagBytes || this.#missing > this.#bytesMax) {
        throw new MpcAbort('malformed', this.#peer, 'a record of another type or length');
      }
    }
    return taken;
  }

  #takePiece(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#missing -= piece.length;
    if (this.#missing > 0) {
      if (this.#pieces.length >= piecesMax) this.#pieces = [Buffer.concat(this.#pieces)];
      return;
    }
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#headLength = 0;
    this.#opened(this.#head[4]!, this.#open(pieces));
  }

  #open(pieces: Buffer[]): Buffer[] {
    let last = pieces.pop()!;
    while (last.length < tagBytes) last = Buffer.concat([pieces.pop()!, last]);
    const { key, nonce } = this.#traffic.next();
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, options);
    decipher.setAAD(this.#head);
    decipher.setAuthTag(last.subarray(last.length - tagBytes));
    const parts = pieces.map((piece) => decipher.update(piece));
    if (last.length > tagBytes) parts.push(decipher.update(last.subarray(0, last.length - tagBytes)));
    this.#finish(decipher);
    return parts;
  }

  #finish(decipher: Decipheriv): void {
    try {
      decipher.final();
    } catch (error) {
      throw new MpcAbort('malformed', this.#peer, 'a record does not authenticate', { cause: error });
    }
  }
}

export const defaultRecords: RecordOptions = {
  recordBytesMax: sessionLimits.recordBytesMax,
  recordsPerKey: sessionLimits.recordsPerKey,
};
