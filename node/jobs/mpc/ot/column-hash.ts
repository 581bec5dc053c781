/**
 * A hash of columns of bits that is linear and almost universal: GHASH as node:crypto computes it for AES-128-GCM, where the column
 * is the additional data. It evaluates the polynomial of the column's 128-bit blocks at a point of GF(2^128), so that two columns
 * of b blocks collide with probability (b + 1) / 2^128 over the key; and hash(x) ^ hash(y) ^ hash(0) = hash(x ^ y).
 */
import { createCipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { blockBytes } from '../block/words.ts';

export const columnHashBytes = 16;

const iv = Buffer.alloc(12);

export class ColumnHash {
  private readonly key: KeyObject;

  /** @param key 16 bytes, chosen after the columns were fixed, for them alone */
  constructor(key: Uint8Array) {
    if (key.length !== blockBytes) throw new RangeError(`a key of ${key.length} bytes`);
    // A cipher made from bytes costs five times as much as one made from a key object.
    this.key = createSecretKey(key);
  }

  /** @param column whole blocks */
  of(column: Uint8Array): Buffer {
    if (column.length % blockBytes !== 0) throw new RangeError('a column of no whole blocks');
    const cipher = createCipheriv('aes-128-gcm', this.key, iv);
    cipher.setAAD(column);
    cipher.final();
    return cipher.getAuthTag();
  }
}
