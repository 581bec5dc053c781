import { randomBytes } from 'node:crypto';
import { DecryptionError } from '@hypergate/node/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BlobStretch,
  type DataRef,
  type RowFormat,
  type StagedBlob,
  type TableDefinition,
  type TableDomain,
  TableMisuse,
  tableLimits,
} from '../index.ts';
import { type Harness, openHarness } from './support/harness.ts';

const piece = 256 * 1024;
const { chunkBytes, dataBytesMin } = tableLimits;

/** Rows that are a reference to data. */
const format: RowFormat<DataRef> = {
  version: 1,
  encode: ({ key, length, chunk }) => {
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32BE(length, 0);
    lengths.writeUInt32BE(chunk.length, 4);
    return Buffer.concat([key, chunk.hash, lengths]);
  },
  decode: (bytes) => {
    const row = Buffer.from(bytes);
    const chunk = { hash: row.subarray(32, 65), length: row.readUInt32BE(69) };
    return { key: row.subarray(0, 32), length: row.readUInt32BE(65), chunk };
  },
};
const table: TableDefinition<DataRef> = {
  name: 'test.data',
  description: 'References to data',
  formats: [format],
  chunks: (row) => [row.chunk],
};

let harness: Harness;
let domain: TableDomain;
let other: TableDomain;
beforeAll(async () => {
  harness = await openHarness();
  domain = harness.tables.prepareDomain();
  other = harness.tables.prepareDomain();
  for (const each of [domain, other])
    await harness.tables.transact([{ kind: 'create-domain', domain: each }]);
});
afterAll(() => harness.close());

const recordKey = (name: string) => ({ partition: Buffer.alloc(0), sort: Buffer.from(name) });
const put = (name: string, row: DataRef, of = domain) =>
  harness.tables.transact([{ kind: 'put', domain: of, table, key: recordKey(name), row }]);
const remove = (name: string, of = domain) =>
  harness.tables.transact([{ kind: 'remove', domain: of, table, key: recordKey(name) }]);
const isHeld = ({ chunk }: DataRef) => harness.node.isNamed(chunk);

async function* inPieces(data: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}
async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

describe('data', () => {
  const sizes = [dataBytesMin, dataBytesMin + 1, piece, piece + 1, 3 * piece + 7, chunkBytes - 1, chunkBytes];
  it.each(sizes)(
    'of %i bytes comes back whole and in ranges, given as a buffer or in pieces',
    async (length) => {
      const data = randomBytes(length);
      for (const source of [data, inPieces(data, 100_003)]) {
        const ref = await harness.tables.stageData(source);
        expect(ref.length).toBe(length);
        await put('k', ref);
        const { row } = (await domain.get(table, recordKey('k')))!;
        expect((await collect(harness.tables.readData(row, 0, length))).equals(data)).toBe(true);
        for (const [offset, size] of [
          [0, 1],
          [length - 1, 1],
          [Math.min(piece, length) - 1, Math.min(2, length - Math.min(piece, length) + 1)],
          [length, 0],
        ] as const) {
          const part = await collect(harness.tables.readData(row, offset, size));
          expect(part.equals(data.subarray(offset, offset + size))).toBe(true);
        }
      }
      await remove('k');
    },
  );

  it('too short for a chunk or too long for one is refused', async () => {
    for (const length of [0, 1, dataBytesMin - 100, chunkBytes + 1]) {
      const data = randomBytes(length);
      await expect(harness.tables.stageData(data)).rejects.toThrow(TableMisuse);
      await expect(harness.tables.stageData(inPieces(data, 65_536))).rejects.toThrow(TableMisuse);
    }
  });

  it('lives as long as a record of any domain names it', async () => {
    const data = randomBytes(100_000);
    const ref = await harness.tables.stageData(data);
    await put('a', ref);
    await put('b', ref, other);
    await put('c', ref);
    await remove('a');
    expect((await collect(harness.tables.readData(ref, 0, 100_000))).equals(data)).toBe(true);
    await remove('b', other);
    expect(isHeld(ref)).toBe(true);
    // A record that is replaced lets go of what its old row named.
    await put('c', await harness.tables.stageData(randomBytes(70_000)));
    await harness.node.collect();
    await expect(collect(harness.tables.readData(ref, 0, 10))).rejects.toMatchObject({
      code: 'chunk-unknown',
    });
    await remove('c');
  });

  it('opens with its own key only', async () => {
    const ref = await harness.tables.stageData(randomBytes(100_000));
    const wrong = { ...ref, key: randomBytes(32) };
    await expect(collect(harness.tables.readData(wrong, 0, 10))).rejects.toThrow(DecryptionError);
    expect(() => harness.tables.readData(ref, 1, 100_000)).toThrow(RangeError);
    expect(() => harness.tables.readData({ ...ref, length: 99_999 }, 0, 10)).toThrow(DecryptionError);
  });

  it('is given up when aborted', async () => {
    const abort = new AbortController();
    abort.abort();
    await expect(harness.tables.stageData(randomBytes(100_000), abort.signal)).rejects.toThrow();
    await expect(
      harness.tables.stageData(inPieces(randomBytes(1_000_000), 65_536), abort.signal),
    ).rejects.toThrow();
  });
});

describe('a shared blob', () => {
  const store = async (data: Buffer): Promise<StagedBlob> => {
    const blob = await domain.stageBlob(inPieces(data, 1_000_003));
    await harness.tables.transact([{ kind: 'put-blob', domain, blob }]);
    return blob;
  };
  const share = async (source: BlobStretch | DataRef): Promise<StagedBlob> => {
    const blob = other.shareBlob(source)!;
    await harness.tables.transact([{ kind: 'put-blob', domain: other, blob }]);
    return blob;
  };
  const bytesOf = (blob: StagedBlob) => collect(other.readBlob(blob, 0, blob.length));

  it('has the bytes of its source, adds no chunk, and outlives it', async () => {
    const data = randomBytes(2 * chunkBytes + 1000);
    const source = await store(data);
    const chunks = harness.state.chunks.size;
    const copy = await share({ domain, blob: source, offset: 0, length: source.length });
    expect(harness.state.chunks.size).toBe(chunks);
    await harness.tables.transact([{ kind: 'remove-blob', domain, blob: source }]);
    await harness.node.collect();
    expect((await bytesOf(copy)).equals(data)).toBe(true);
    await harness.tables.transact([{ kind: 'remove-blob', domain: other, blob: copy }]);
    expect(() => other.readBlob(copy, 0, 10)).toThrow('not part');
  });

  it('may be whole chunks of its source, and nothing else', async () => {
    const data = randomBytes(3 * chunkBytes);
    const blob = await store(data);
    const stretch = (offset: number, length: number) => ({ domain, blob, offset, length });
    const middle = await share(stretch(chunkBytes, chunkBytes));
    expect((await bytesOf(middle)).equals(data.subarray(chunkBytes, 2 * chunkBytes))).toBe(true);
    const tail = await share(stretch(chunkBytes, 2 * chunkBytes));
    expect((await bytesOf(tail)).equals(data.subarray(chunkBytes))).toBe(true);
    for (const [offset, length] of [
      [1, chunkBytes],
      [0, chunkBytes - 1],
      [0, 0],
      [chunkBytes, 3 * chunkBytes],
    ] as const)
      expect(other.shareBlob(stretch(offset, length))).toBeUndefined();
  });

  it('can be made of data that a record holds', async () => {
    const data = randomBytes(300_000);
    const ref = await harness.tables.stageData(data);
    await put('shared', ref);
    const copy = await share(ref);
    await remove('shared');
    await harness.node.collect();
    expect((await bytesOf(copy)).equals(data)).toBe(true);
  });
});
