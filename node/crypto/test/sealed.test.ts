import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ContentKey,
  type ContentKeys,
  createPooledRandom,
  DecryptionError,
  dataPieceBytes,
  headerBytes,
  newDataKey,
  openAtomStream,
  openData,
  openRecord,
  Purpose,
  sealAtomStream,
  sealData,
  sealedOverheadBytes,
  sealRecord,
  secretKey,
  streamLength,
} from '../index.ts';
import { countingRandom } from './counting-random.ts';

const content: ContentKey = { epoch: 7, secret: secretKey(Buffer.alloc(32, 0x11)) };
const keys: ContentKeys = new Map([[7, content]]);
const atom = {
  domain: Buffer.alloc(32, 0x22),
  slot: Buffer.alloc(24, 0x33),
  incarnation: Buffer.alloc(8, 0x44),
};
const flipped = (bytes: Uint8Array, at: number, bit = 0) => {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1 << bit;
  return copy;
};

describe('a sealed record', () => {
  const seal = (plain: Uint8Array, purpose: Purpose = Purpose.record) =>
    sealRecord(content, purpose, atom, plain, countingRandom('record'));

  it('keeps its golden bytes', () => {
    const sealed = seal(Buffer.from('the quick brown fox'));
    expect(sealed.toString('hex')).toMatchSnapshot();
    expect(openRecord(keys, Purpose.record, atom, sealed).toString()).toBe('the quick brown fox');
  });

  it('opens to what was sealed, whatever its length', () => {
    const random = createPooledRandom();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (plain) => {
        const sealed = sealRecord(content, Purpose.record, atom, plain, random);
        expect(sealed.length).toBe(plain.length + sealedOverheadBytes);
        expect(openRecord(keys, Purpose.record, atom, sealed)).toEqual(Buffer.from(plain));
      }),
      { numRuns: 100 },
    );
  });

  it('uses a fresh salt and key each time', () => {
    const random = createPooledRandom();
    const seen = new Set<string>();
    for (let count = 0; count < 1000; count += 1)
      seen.add(sealRecord(content, Purpose.record, atom, Buffer.alloc(16), random).toString('hex'));
    expect(seen.size).toBe(1000);
  });

  it('does not open after any single bit of it changed', () => {
    const sealed = seal(Buffer.from('attack at dawn'));
    for (let at = 0; at < sealed.length; at += 1)
      for (let bit = 0; bit < 8; bit += 1)
        expect(() => openRecord(keys, Purpose.record, atom, flipped(sealed, at, bit))).toThrow(
          DecryptionError,
        );
  });

  it('does not open when cut or extended', () => {
    const sealed = seal(Buffer.from('attack at dawn'));
    for (let length = 0; length < sealed.length; length += 1)
      expect(() => openRecord(keys, Purpose.record, atom, sealed.subarray(0, length))).toThrow(
        DecryptionError,
      );
    expect(() => openRecord(keys, Purpose.record, atom, Buffer.concat([sealed, Buffer.alloc(1)]))).toThrow(
      DecryptionError,
    );
  });

  it('does not open as another atom, purpose, epoch or under another key', () => {
    const sealed = seal(Buffer.from('attack at dawn'));
    for (const field of ['domain', 'slot', 'incarnation'] as const) {
      for (let at = 0; at < atom[field].length; at += 1) {
        const other = { ...atom, [field]: flipped(atom[field], at) };
        expect(() => openRecord(keys, Purpose.record, other, sealed)).toThrow(DecryptionError);
      }
    }
    const asNote = flipped(sealed, 0);
    asNote[0] = Purpose.note;
    expect(() => openRecord(keys, Purpose.note, atom, asNote)).toThrow(new DecryptionError('commitment'));
    expect(() => openRecord(keys, Purpose.note, atom, sealed)).toThrow(new DecryptionError('format'));
    expect(() => openRecord(new Map(), Purpose.record, atom, sealed)).toThrow(
      new DecryptionError('epoch-unknown'),
    );
    const wrong: ContentKeys = new Map([[7, { epoch: 7, secret: secretKey(Buffer.alloc(32, 0x12)) }]]);
    expect(() => openRecord(wrong, Purpose.record, atom, sealed)).toThrow(new DecryptionError('commitment'));
  });
});

describe('a sealed stream', () => {
  const piece = 64 * 1024;

  function sealStream(plain: Uint8Array, label = 'stream', of = atom) {
    const { header, sealer } = sealAtomStream(content, Purpose.chunk, of, piece, countingRandom(label));
    const pieces: Buffer[] = [];
    for (let at = 0; ; at += piece) {
      const last = at + piece >= plain.length;
      const slice = plain.subarray(at, at + piece);
      pieces.push(Buffer.concat(sealer.seal([slice.subarray(0, 1000), slice.subarray(1000)], last)));
      if (last) return { header, pieces };
    }
  }
  const opener = (header: Uint8Array, plainLength: number, of = atom) =>
    openAtomStream(keys, Purpose.chunk, of, header, piece, plainLength);
  const data = (length: number) => countingRandom(`data ${length}`).bytes(length);

  it.each([0, 1, piece - 1, piece, piece + 1, 3 * piece, 3 * piece + 17])(
    'of %i bytes opens piece by piece, in any order',
    (length) => {
      const plain = data(length);
      const { header, pieces } = sealStream(plain);
      const whole = Buffer.concat(pieces);
      expect(whole.length).toBe(streamLength(length, piece));
      const reader = opener(header, length);
      expect(reader.pieces).toBe(pieces.length);
      for (let index = reader.pieces - 1; index >= 0; index -= 1) {
        const { offset, length: size } = reader.extent(index);
        const opened = reader.open(index, whole.subarray(offset, offset + size));
        expect(opened.equals(plain.subarray(index * piece, (index + 1) * piece))).toBe(true);
      }
    },
  );

  it('keeps its golden bytes', () => {
    const { header, pieces } = sealStream(Buffer.alloc(piece + 8, 0x5a));
    expect(header.toString('hex')).toMatchSnapshot();
    expect(pieces[0]!.subarray(0, 32).toString('hex')).toMatchSnapshot();
    expect(pieces[1]!.toString('hex')).toMatchSnapshot();
  });

  it('detects truncation at a piece, reordering, duplication and exchange', () => {
    const plain = data(3 * piece);
    const { header, pieces } = sealStream(plain);
    const other = sealStream(plain, 'another salt');
    const authentication = new DecryptionError('authentication');
    expect(() => opener(header, 2 * piece).open(1, pieces[1]!)).toThrow(authentication);
    expect(() => opener(header, 3 * piece + 5).open(2, pieces[2]!)).toThrow(authentication);
    const reader = opener(header, 3 * piece);
    for (const [as, is] of [
      [0, 1],
      [1, 0],
      [2, 1],
      [1, 2],
      [0, 2],
    ] as const)
      expect(() => reader.open(as, pieces[is]!)).toThrow(authentication);
    for (let index = 0; index < 3; index += 1)
      expect(() => reader.open(index, other.pieces[index]!)).toThrow(authentication);
    expect(() => reader.open(2, pieces[2]!.subarray(1))).toThrow(new DecryptionError('format'));
  });

  it('detects a change of every header byte, of sampled bits of a piece, and of the piece size', () => {
    const { header, pieces } = sealStream(data(1000));
    for (let at = 0; at < headerBytes; at += 1)
      expect(() => opener(flipped(header, at), 1000).open(0, pieces[0]!)).toThrow(DecryptionError);
    for (let at = 0; at < pieces[0]!.length; at += 7)
      expect(() => opener(header, 1000).open(0, flipped(pieces[0]!, at))).toThrow(DecryptionError);
    const resized = openAtomStream(keys, Purpose.chunk, atom, header, 2 * piece, 1000);
    expect(() => resized.open(0, pieces[0]!)).toThrow(DecryptionError);
    expect(() => openAtomStream(keys, Purpose.chunk, atom, header, 1, 1000)).toThrow(DecryptionError);
  });

  it('does not open as another atom', () => {
    const { header } = sealStream(data(10));
    const other = { ...atom, slot: flipped(atom.slot, 23) };
    expect(() => opener(header, 10, other)).toThrow(new DecryptionError('commitment'));
  });

  it('refuses to seal short pieces before the end, long ones, and anything after the end', () => {
    const sealer = () => sealAtomStream(content, Purpose.chunk, atom, piece, countingRandom('x')).sealer;
    expect(() => sealer().seal([Buffer.alloc(piece - 1)], false)).toThrow(RangeError);
    expect(() => sealer().seal([Buffer.alloc(piece), Buffer.alloc(1)], true)).toThrow(RangeError);
    const ended = sealer();
    ended.seal([], true);
    expect(() => ended.seal([], true)).toThrow('ended');
  });
});

describe('data under a key of its own', () => {
  const key = Buffer.alloc(32, 0x21);

  it('keeps its golden bytes', () => {
    const sealer = sealData(key);
    const pieces = [Buffer.alloc(dataPieceBytes, 0x5a), Buffer.from('the end')].map((plain, index) =>
      Buffer.concat(sealer.seal([plain], index === 1)),
    );
    expect(pieces[0]!.subarray(0, 32).toString('hex')).toMatchSnapshot();
    expect(pieces[1]!.toString('hex')).toMatchSnapshot();
    const opener = openData(key, dataPieceBytes + 7);
    expect(opener.open(1, pieces[1]!).toString()).toBe('the end');
  });

  it('opens with its key only, and not when changed, cut or put in another place', () => {
    const sealed = Buffer.concat(sealData(key).seal([Buffer.from('attack at dawn')], true));
    expect(openData(key, 14).open(0, sealed).toString()).toBe('attack at dawn');
    for (let at = 0; at < sealed.length; at += 1)
      expect(() => openData(key, 14).open(0, flipped(sealed, at))).toThrow(DecryptionError);
    expect(() => openData(flipped(key, 31), 14).open(0, sealed)).toThrow(DecryptionError);
    expect(() => openData(key, 13).open(0, sealed.subarray(1))).toThrow(DecryptionError);
    expect(() => openData(key.subarray(1), 14)).toThrow(new DecryptionError('format'));
  });

  it('has a fresh key each time', () => {
    const random = countingRandom('keys');
    const keys = new Set(Array.from({ length: 100 }, () => Buffer.from(newDataKey(random)).toString('hex')));
    expect(keys.size).toBe(100);
  });
});

describe('pooled random bytes', () => {
  it('are never given out twice', () => {
    const random = createPooledRandom();
    const seen = new Set<string>();
    for (let count = 0; count < 5000; count += 1) seen.add(Buffer.from(random.bytes(16)).toString('hex'));
    expect(seen.size).toBe(5000);
    expect(random.bytes(100_000).length).toBe(100_000);
  });
});
