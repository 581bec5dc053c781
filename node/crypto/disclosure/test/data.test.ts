import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataPieceBytes, sealData } from '../../index.ts';
import { countingRandom } from '../../test/counting-random.ts';
import { type DisclosedChunk, sealedDataHash, verifyDisclosedData } from '../index.ts';
import { plainPieceSealer, webPieceSealer } from '../seal-piece.ts';

const key = Buffer.alloc(32, 0x21);
const piece = dataPieceBytes;
const data = (length: number) => Buffer.alloc(length, countingRandom(`data ${length}`).bytes(997));

/** The node's own sealing. */
function sealByNode(dataKey: Uint8Array, plain: Uint8Array): Buffer {
  const sealer = sealData(dataKey);
  const pieces: Buffer[] = [];
  for (let at = 0; ; at += piece) {
    const last = at + piece >= plain.length;
    pieces.push(...sealer.seal([plain.subarray(at, at + piece)], last));
    if (last) return Buffer.concat(pieces);
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const sealers = [
  ['WebCrypto', (dataKey: Uint8Array) => webPieceSealer(dataKey, globalThis.crypto)],
  ['plain code', plainPieceSealer],
] as const;

function* split(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

describe.each(sealers)('the hash of sealed data by %s', (_name, makeSealer) => {
  it('is that of what the node stores, for lengths around the pieces', async () => {
    for (const length of [0, 1, piece - 1, piece, piece + 1, 2 * piece, 2 * piece + 5]) {
      const plain = data(length);
      const sealed = sealByNode(key, plain);
      const found = await sealedDataHash(key, [plain], makeSealer);
      expect(Buffer.from(found.hash)).toEqual(sha256(sealed));
      expect(found.sealedLength).toBe(sealed.length);
      expect(found.plainLength).toBe(length);
    }
  });

  it('keeps its golden bytes', async () => {
    const { hash } = await sealedDataHash(
      key,
      [Buffer.alloc(piece, 0x5a), Buffer.from('the end')],
      makeSealer,
    );
    expect(Buffer.from(hash).toString('hex')).toMatchSnapshot('golden hash');
  });
});

describe('the hash of sealed data', () => {
  it('does not depend on how the source is cut', async () => {
    const plain = data(2 * piece + 99);
    const expected = sha256(sealByNode(key, plain));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: piece + 10 }), { maxLength: 6 }), async (sizes) => {
        const { hash } = await sealedDataHash(key, split(plain, sizes));
        expect(Buffer.from(hash)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('needs a key of 32 bytes', async () => {
    await expect(sealedDataHash(key.subarray(1), [])).rejects.toThrow(RangeError);
  });
});

describe('a file checked against disclosed chunks', () => {
  const chunkBytes = piece + 1000;
  const file = data(2 * chunkBytes + 500);
  const inlineAt = 2 * chunkBytes;
  const sealedChunk = (number: number): DisclosedChunk & { readonly kind: 'sealed' } => {
    const dataKey = Buffer.alloc(32, number + 1);
    const plain = file.subarray(number * chunkBytes, (number + 1) * chunkBytes);
    const sealed = sealByNode(dataKey, plain);
    const [hash, sealedLength] = [sha256(sealed), sealed.length];
    return { kind: 'sealed', key: dataKey, plainLength: plain.length, hash, sealedLength };
  };
  const sealed = [sealedChunk(0), sealedChunk(1)] as const;
  const chunks: DisclosedChunk[] = [...sealed, { kind: 'inline', plain: file.subarray(inlineAt) }];
  const check = async (source: Uint8Array, of: readonly DisclosedChunk[] = chunks) => {
    const checked = await verifyDisclosedData(of, split(source, [7, 70_000, 300_000]));
    return checked.ok ? checked.value : checked.reason;
  };

  it('is accepted when it is that file', async () => {
    expect(await check(file)).toBe(file.length);
    expect(await check(new Uint8Array(0), [])).toBe(0);
  });

  it('is refused when a byte changed', async () => {
    for (const at of [0, piece, chunkBytes - 1, chunkBytes, inlineAt - 1, inlineAt, file.length - 1]) {
      const changed = Buffer.from(file);
      changed[at]! ^= 1;
      expect(await check(changed), `byte ${at}`).toContain('another content');
    }
  });

  it('is refused when it is shorter or longer', async () => {
    expect(await check(file.subarray(0, 10))).toBe('chunk 0: the file is shorter');
    expect(await check(file.subarray(0, chunkBytes))).toBe('chunk 1: the file is shorter');
    expect(await check(file.subarray(0, file.length - 1))).toContain('another content');
    expect(await check(Buffer.concat([file, Buffer.alloc(1)]))).toBe('the file is longer than the data');
  });

  it('is refused when chunks are exchanged, left out, or of another key or length', async () => {
    expect(await check(file, [sealed[1], sealed[0], chunks[2]!])).toContain('chunk 0');
    expect(await check(file, [sealed[0], chunks[2]!])).toContain('chunk 1');
    const otherKey = { ...sealed[0], key: Buffer.alloc(32, 99) };
    expect(await check(file, [otherKey, sealed[1], chunks[2]!])).toContain('another content');
    const shorter = { ...sealed[0], plainLength: chunkBytes - 1 };
    expect(await check(file, [shorter, sealed[1], chunks[2]!])).toContain('another content');
    const sealedLonger = { ...sealed[0], sealedLength: sealed[0].sealedLength + 1 };
    expect(await check(file, [sealedLonger, sealed[1], chunks[2]!])).toContain('another content');
    expect(await check(file, [{ ...sealed[0], key: Buffer.alloc(31) }])).toContain('32 bytes');
    expect(await check(file, [{ ...sealed[0], plainLength: -1 }])).toContain('length');
  });

  it('reads no more of a source than it needs, and closes it', async () => {
    let closed = false;
    let given = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          given += 1;
          yield Buffer.alloc(1000);
        }
      } finally {
        closed = true;
      }
    }
    const checked = await verifyDisclosedData(chunks, source());
    expect(checked.ok).toBe(false);
    expect(closed).toBe(true);
    expect(given).toBeLessThan(2 * (chunkBytes / 1000));
  });
});
