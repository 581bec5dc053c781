import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeInfo } from '../../format/v1.ts';
import { deriveLabelledPortable, hkdfExpand, hkdfExtract } from '../../hkdf-portable.ts';
import {
  type ContentKey,
  type ContentKeys,
  createPooledRandom,
  DecryptionError,
  deriveLabelled,
  hkdf,
  sealRecord,
  secretKey,
} from '../../index.ts';
import { countingRandom } from '../../test/counting-random.ts';
import { openDisclosedRecord, Purpose } from '../index.ts';
import { discloseRecordKey } from '../owner/index.ts';

const content: ContentKey = { epoch: 7, secret: secretKey(Buffer.alloc(32, 0x11)) };
const keys: ContentKeys = new Map([[7, content]]);
const atom = {
  domain: Buffer.alloc(32, 0x22),
  slot: Buffer.alloc(24, 0x33),
  incarnation: Buffer.alloc(8, 0x44),
};
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const flipped = (bytes: Uint8Array, at: number, bit = 0) => {
  const copy = Uint8Array.from(bytes);
  copy[at]! ^= 1 << bit;
  return copy;
};
const plain = Buffer.from('the quick brown fox');
const sealed = sealRecord(content, Purpose.record, atom, plain, countingRandom('record'));
const disclosed = discloseRecordKey(keys, Purpose.record, atom, sealed);
const opens = (key: Uint8Array, bytes: Uint8Array, of = atom, purpose: Purpose = Purpose.record) =>
  openDisclosedRecord(key, purpose, of, bytes).ok;

describe('HKDF without node:crypto', () => {
  it('gives the pseudorandom key of RFC 5869 appendix A.1', () => {
    const salt = Buffer.from('000102030405060708090a0b0c', 'hex');
    expect(hex(hkdfExtract(Buffer.alloc(22, 0x0b), salt))).toBe(
      '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
    );
  });

  it('is that of the node: extract under the salt, then expand', () => {
    const bytes = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 80 }),
        bytes,
        bytes,
        fc.integer({ min: 1, max: 200 }),
        (secret, salt, info, length) => {
          expect(hex(hkdfExpand(hkdfExtract(secret, salt), info, length))).toBe(
            hkdf(secretKey(secret), salt, info, length).toString('hex'),
          );
          expect(hex(deriveLabelledPortable(secret, 'a/label', info, length))).toBe(
            deriveLabelled(secretKey(secret), 'a/label', info, length).toString('hex'),
          );
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('a disclosed record', () => {
  it('keeps its golden bytes', () => {
    expect(hex(disclosed)).toMatchSnapshot();
    const opened = openDisclosedRecord(disclosed, Purpose.record, atom, sealed);
    expect(opened.ok && Buffer.from(opened.value).toString()).toBe('the quick brown fox');
    const salt = sealed.subarray(5, 37);
    expect(hex(disclosed)).toBe(hex(hkdfExtract(content.secret.export(), salt)));
    const all = hkdf(content.secret, salt, encodeInfo(Purpose.record, 7, atom), 64);
    expect(sealed.subarray(37, 69)).toEqual(all.subarray(32));
  });

  it('opens to what was sealed, whatever its length and purpose', () => {
    const random = createPooledRandom();
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 5000 }),
        fc.constantFrom(Purpose.record, Purpose.chunkKey, Purpose.relation),
        (data, purpose) => {
          const bytes = sealRecord(content, purpose, atom, data, random);
          const key = discloseRecordKey(keys, purpose, atom, bytes);
          expect(openDisclosedRecord(key, purpose, atom, bytes)).toEqual({
            ok: true,
            value: Uint8Array.from(data),
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is refused after any single bit of key or record changed', () => {
    expect(opens(disclosed, sealed)).toBe(true);
    for (let at = 0; at < sealed.length; at += 1)
      for (let bit = 0; bit < 8; bit += 1)
        expect(opens(disclosed, flipped(sealed, at, bit)), `bit ${bit} of byte ${at}`).toBe(false);
    for (let at = 0; at < 32; at += 1) expect(opens(flipped(disclosed, at), sealed)).toBe(false);
  });

  it('is refused when cut, extended, as another atom or purpose, and with a key of another length', () => {
    for (let length = 0; length < sealed.length; length += 1)
      expect(opens(disclosed, sealed.subarray(0, length))).toBe(false);
    expect(opens(disclosed, Buffer.concat([sealed, Buffer.alloc(1)]))).toBe(false);
    for (const field of ['domain', 'slot', 'incarnation'] as const) {
      expect(opens(disclosed, sealed, { ...atom, [field]: Buffer.from(flipped(atom[field], 3)) })).toBe(
        false,
      );
      expect(opens(disclosed, sealed, { ...atom, [field]: atom[field].subarray(1) })).toBe(false);
    }
    const asNote = flipped(sealed, 0);
    asNote[0] = Purpose.note;
    expect(opens(disclosed, asNote, atom, Purpose.note)).toBe(false);
    expect(opens(disclosed, sealed, atom, Purpose.note)).toBe(false);
    expect(opens(disclosed.subarray(1), sealed)).toBe(false);
    expect(opens(new Uint8Array(0), sealed)).toBe(false);
  });

  it('opens no other record', () => {
    const other = sealRecord(content, Purpose.record, atom, plain, countingRandom('other'));
    expect(opens(disclosed, other)).toBe(false);
  });

  it('is not given out for a salt copied from another record', () => {
    const elsewhere = { ...atom, slot: Buffer.alloc(24, 0x55) };
    expect(() => discloseRecordKey(keys, Purpose.record, elsewhere, sealed)).toThrow(
      new DecryptionError('commitment'),
    );
    const forged = Uint8Array.from(
      sealRecord(content, Purpose.record, elsewhere, plain, countingRandom('bait')),
    );
    forged.set(sealed.subarray(5, 37), 5);
    expect(() => discloseRecordKey(keys, Purpose.record, elsewhere, forged)).toThrow(
      new DecryptionError('commitment'),
    );
    expect(() => discloseRecordKey(new Map(), Purpose.record, atom, sealed)).toThrow(
      new DecryptionError('epoch-unknown'),
    );
  });

  it('is not changed by being opened', () => {
    const before = hex(sealed);
    opens(disclosed, sealed);
    expect(hex(sealed)).toBe(before);
  });
});
