/**
 * Rows of keys, read by the verifier itself (services/redis/model/{tables,pieces}.ts). Runs in browsers. Numbers are LEB128;
 * byte strings have their length in front.
 */
import { ProofRefused } from '@hypergate/node/verifier';

export type PieceFacts =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'data';
      readonly key: Uint8Array;
      readonly length: number;
      readonly chunk: { readonly hash: Uint8Array; readonly length: number };
    };

/** What is proven of a key. */
export interface KeyFacts {
  readonly key: Uint8Array;
  readonly type: string;
  /** Milliseconds since 1970; 0: does not expire. */
  readonly expiresAt: number;
  readonly valueBytes: number;
  readonly pieces: readonly PieceFacts[];
}

/** By stored number. */
export const typeNames = ['', 'string', 'list', 'hash', 'set', 'sorted set', 'stream'] as const;
const piecesMax = 16;

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  raw(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new ProofRefused('the row of the key is cut short');
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }
  number(): number {
    let value = 0;
    for (let scale = 1; scale <= 0x80 ** 7; scale *= 0x80) {
      const byte = this.raw(1)[0]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80 && Number.isSafeInteger(value)) return value;
    }
    throw new ProofRefused('a number in the row of the key is too large');
  }
  bytes(): Uint8Array {
    return this.raw(this.number());
  }
  end(): void {
    if (this.#at !== this.#bytes.length) throw new ProofRefused('the row of the key is too long');
  }
}

/** @throws ProofRefused */
export function readKeyRow(rowVersion: number, row: Uint8Array): KeyFacts {
  if (rowVersion !== 1) throw new ProofRefused(`rows of keys in version ${rowVersion} are not known`);
  const reader = new Reader(row);
  const key = reader.bytes();
  const type = typeNames[reader.raw(1)[0]!];
  if (type === undefined || type === '') throw new ProofRefused('the key has a type that is not known');
  const expiresAt = reader.number();
  // The number of the batch orders what one gateway did; it says nothing to others.
  reader.number();
  const valueBytes = reader.number();
  const count = reader.number();
  if (count > piecesMax) throw new ProofRefused('the row of the key has too many pieces');
  const pieces = Array.from({ length: count }, () => readPiece(reader));
  reader.end();
  return { key, type, expiresAt, valueBytes, pieces };
}

function readPiece(reader: Reader): PieceFacts {
  const kind = reader.raw(1)[0];
  if (kind === 0) return { kind: 'inline', bytes: reader.bytes() };
  if (kind !== 1) throw new ProofRefused('a piece of the value is of a kind that is not known');
  const key = reader.raw(32);
  const length = reader.number();
  const hash = reader.raw(33);
  return { kind: 'data', key, length, chunk: { hash, length: reader.number() } };
}
