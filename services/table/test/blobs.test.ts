import { randomBytes } from 'node:crypto';
import type { LocalNodePorts } from '@hypergate/node/api';
import { DecryptionError } from '@hypergate/node/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BlobRef,
  BlobUnknown,
  ConditionFailed,
  DomainNotEmpty,
  type StagedBlob,
  type TableDomain,
  TableMisuse,
  tableLimits,
} from '../index.ts';
import { type Harness, openHarness, openTablesOn } from './support/harness.ts';
import { RecordingStore } from './support/recording-store.ts';

const piece = 256 * 1024;
const chunk = tableLimits.chunkBytes;

let harness: Harness;
let domain: TableDomain;
beforeAll(async () => {
  harness = await openHarness();
  domain = harness.tables.prepareDomain();
  await harness.tables.transact([{ kind: 'create-domain', domain }]);
});
afterAll(() => harness.close());

async function* inPieces(data: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

async function store(data: Buffer, size = 64 * 1024): Promise<StagedBlob> {
  const blob = await domain.stageBlob(inPieces(data, size));
  await harness.tables.transact([{ kind: 'put-blob', domain, blob }]);
  return blob;
}
const remove = (blob: BlobRef) => harness.tables.transact([{ kind: 'remove-blob', domain, blob }]);
const usage = async () => (await harness.node.domain(domain.address))!.usage;

describe('a blob', () => {
  const sizes = [
    0,
    1,
    1000,
    65_519,
    65_520,
    65_521,
    piece - 1,
    piece,
    piece + 1,
    3 * piece + 17,
    chunk - 1,
    chunk,
    chunk + 1,
  ];
  it.each(sizes)(
    'of %i bytes comes back whole and in ranges, and leaves nothing when removed',
    async (length) => {
      const before = await usage();
      const data = randomBytes(length);
      const blob = await store(data, 100_003);
      expect(blob.length).toBe(length);
      expect((await collect(domain.readBlob(blob, 0, length))).equals(data)).toBe(true);
      const ranges = [
        [0, Math.min(10, length)],
        [Math.max(0, length - 5), Math.min(5, length)],
        [Math.floor(length / 2), Math.min(1000, length - Math.floor(length / 2))],
        [length, 0],
      ] as const;
      for (const [offset, size] of ranges) {
        const part = await collect(domain.readBlob(blob, offset, size));
        expect(part.equals(data.subarray(offset, offset + size))).toBe(true);
      }
      await remove(blob);
      expect(await usage()).toEqual(before);
    },
  );

  it('gives ranges over the bounds of pieces and chunks', async () => {
    const data = randomBytes(2 * chunk + 3 * piece + 5);
    const blob = await store(data, 1024 * 1024);
    const bounds = [piece, 2 * piece, chunk, chunk + piece, 2 * chunk, data.length - 5];
    for (const bound of bounds) {
      for (const [offset, size] of [
        [bound - 1, 2],
        [bound, 1],
        [bound - 1, 1],
        [bound - 7, 5 + piece],
      ] as const) {
        const length = Math.min(size, data.length - offset);
        const part = await collect(domain.readBlob(blob, offset, length));
        expect(part.equals(data.subarray(offset, offset + length)), `${offset}+${length}`).toBe(true);
      }
    }
    await remove(blob);
  });

  it('takes source pieces of one byte and of many megabytes', async () => {
    const small = randomBytes(70_000);
    expect((await collect(domain.readBlob(await store(small, 1), 0, small.length))).equals(small)).toBe(true);
    const large = randomBytes(chunk + 12_345);
    const blob = await store(large, large.length);
    expect((await collect(domain.readBlob(blob, 0, large.length))).equals(large)).toBe(true);
  });

  it('is invisible and costs the domain nothing before put-blob, and is unknown after remove-blob', async () => {
    const before = await usage();
    const blob = await domain.stageBlob(inPieces(randomBytes(100_000), 1000));
    expect(await usage()).toEqual(before);
    expect(() => domain.readBlob(blob, 0, 10)).toThrow(BlobUnknown);
    await expect(remove(blob)).rejects.toThrow(new ConditionFailed(0));
    await harness.tables.transact([{ kind: 'put-blob', domain, blob }]);
    expect((await usage()).atoms).toBe(before.atoms + 2);
    await expect(harness.tables.transact([{ kind: 'remove-domain', domain }])).rejects.toThrow(
      DomainNotEmpty,
    );
    await remove(blob);
    expect(() => domain.readBlob(blob, 0, 10)).toThrow(BlobUnknown);
  });

  it('is removed by one of two who try', async () => {
    const blob = await store(randomBytes(100_000));
    const results = await Promise.allSettled([remove(blob), remove(blob)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('belongs to the domain that it was staged for', async () => {
    const other = harness.tables.prepareDomain();
    const blob = await domain.stageBlob(inPieces(randomBytes(10), 10));
    const writes = [
      { kind: 'create-domain', domain: other },
      { kind: 'put-blob', domain: other, blob },
    ] as const;
    await expect(harness.tables.transact(writes)).rejects.toThrow(TableMisuse);
    const plainReference = {
      id: blob.id,
      length: blob.length,
      chunkBytes: blob.chunkBytes,
      staged: undefined,
    };
    await expect(
      harness.tables.transact([{ kind: 'put-blob', domain, blob: plainReference }]),
    ).rejects.toThrow(TableMisuse);
  });

  it('refuses ranges outside it', async () => {
    const blob = await store(randomBytes(100));
    for (const [offset, length] of [
      [-1, 1],
      [0, 101],
      [100, 1],
      [0.5, 1],
      [0, Number.NaN],
      [0, -1],
    ] as const)
      expect(() => domain.readBlob(blob, offset, length)).toThrow(RangeError);
  });

  it('with a changed reference does not give other bytes', async () => {
    const blob = await store(randomBytes(2 * piece));
    const changed = [
      { ...blob, length: blob.length - 1 },
      { ...blob, length: blob.length + piece },
      { ...blob, chunkBytes: piece },
      { ...blob, id: Buffer.alloc(16) },
    ];
    for (const reference of changed)
      expect(() => domain.readBlob(reference, 0, reference.length)).toThrow(/format|not part/);
  });
});

describe('staging', () => {
  it('passes on the failure of its source and stages nothing that is named', async () => {
    async function* failing(): AsyncGenerator<Buffer> {
      yield randomBytes(chunk + 1000);
      throw new Error('connection reset');
    }
    await expect(domain.stageBlob(failing())).rejects.toThrow('connection reset');
  });

  it('is given up at once when aborted, although the source is stuck', async () => {
    const stuck = Promise.withResolvers<void>();
    let returned = false;
    const source: AsyncIterable<Buffer> = {
      [Symbol.asyncIterator]: () => {
        let first = true;
        return {
          next: async () => {
            if (!first) await stuck.promise;
            first = false;
            return { done: false, value: Buffer.alloc(piece + 5) };
          },
          return: async () => {
            returned = true;
            return { done: true, value: undefined };
          },
        };
      },
    };
    const abort = new AbortController();
    const staging = domain.stageBlob(source, abort.signal);
    const refused = expect(staging).rejects.toMatchObject({ code: 'aborted' });
    setImmediate(() => abort.abort());
    await refused;
    expect(returned).toBe(true);
    await expect(domain.stageBlob(inPieces(Buffer.alloc(5), 1), abort.signal)).rejects.toMatchObject({
      code: 'aborted',
    });
    stuck.resolve();
  });

  it('passes on that the node cannot stage, and reads no more of the source', async () => {
    let taken = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        taken += 1;
        yield Buffer.alloc(piece);
      }
    }
    const node = new Proxy(harness.node as LocalNodePorts, {
      get(target, name) {
        if (name === 'stage')
          return async (pieces: AsyncIterable<Uint8Array>) => {
            for await (const _ of pieces) throw new Error('no space');
          };
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const tables = await openTablesOn(node, new RecordingStore());
    const opened = await tables.openDomain(domain.address);
    await expect(opened.stageBlob(endless())).rejects.toThrow('no space');
    expect(taken).toBeLessThan(8);
    await tables.close();
  });

  it('reads its source no faster than the node takes it, at most two chunks ahead', async () => {
    let taken = 0;
    const gates: (() => void)[] = [];
    async function* source(): AsyncGenerator<Buffer> {
      for (let count = 0; count < 5 * 32; count += 1) {
        taken += piece;
        yield Buffer.alloc(piece);
      }
    }
    let staged = 0;
    const node = new Proxy(harness.node as LocalNodePorts, {
      get(target, name) {
        if (name === 'stage')
          return async (pieces: AsyncIterable<Uint8Array>) => {
            let length = 0;
            for await (const each of pieces) length += each.length;
            await new Promise<void>((resolve) => gates.push(resolve));
            staged += 1;
            return { hash: Buffer.alloc(33, staged), length };
          };
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const tables = await openTablesOn(node, new RecordingStore());
    const opened = await tables.openDomain(domain.address);
    const done = opened.stageBlob(source());
    const settle = async () => {
      while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
      for (let turn = 0; turn < 500; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    };
    for (let finished = 0; finished < 5; finished += 1) {
      await settle();
      expect(taken).toBeLessThanOrEqual((finished + 2) * chunk + 2 * piece);
      gates.shift()!();
    }
    expect((await done).length).toBe(5 * chunk);
    await tables.close();
  });
});

describe('reading', () => {
  it('gives no byte of a chunk file that was changed, and none after it', async () => {
    const data = randomBytes(4 * piece);
    const blob = await store(data);
    const files = [...harness.state.chunks.values()].filter(({ length }) => length > 4 * piece);
    const file = files[files.length - 1]!;
    for (const at of [0, piece + 15, piece + 16, 2 * (piece + 16) + 5, file.length - 1]) {
      file[at]! ^= 1;
      const given: Uint8Array[] = [];
      await expect(
        (async () => {
          for await (const part of domain.readBlob(blob, 0, data.length)) given.push(part);
        })(),
      ).rejects.toThrow(DecryptionError);
      const bytes = Buffer.concat(given);
      expect(bytes.length).toBe(Math.floor(at / (piece + 16)) * piece);
      expect(bytes.equals(data.subarray(0, bytes.length))).toBe(true);
      file[at]! ^= 1;
    }
    expect((await collect(domain.readBlob(blob, 0, data.length))).equals(data)).toBe(true);
  });

  it('goes on when the blob is removed meanwhile, as long as the chunk files are kept', async () => {
    const data = randomBytes(2 * piece);
    const blob = await store(data);
    const chunks = new Map(harness.state.chunks);
    const reading = domain.readBlob(blob, 0, data.length);
    await remove(blob);
    for (const [name, bytes] of chunks) harness.state.chunks.set(name, bytes);
    expect((await collect(reading)).equals(data)).toBe(true);
  });

  it('stops when aborted or left', async () => {
    const blob = await store(randomBytes(4 * piece));
    const abort = new AbortController();
    const reading = domain.readBlob(blob, 0, blob.length, abort.signal)[Symbol.asyncIterator]();
    expect((await reading.next()).done).toBe(false);
    abort.abort();
    await expect(reading.next()).rejects.toMatchObject({ code: 'aborted' });
    for await (const part of domain.readBlob(blob, 0, blob.length)) {
      expect(part.length).toBe(piece);
      break;
    }
  });
});

describe('a transaction', () => {
  it('may name the chunks of 5 GB and more, and remove them', async () => {
    const { StagedChunks } = await import('../staged.ts');
    for (const count of [640, 10_000]) {
      const template = await domain.stageBlob(inPieces(randomBytes(100_000), 100_000));
      const [first] = (template.staged as InstanceType<typeof StagedChunks>).chunks;
      const chunks = Array.from({ length: count }, (_, index) => ({
        ...first!,
        slot: randomBytes(24),
        incarnation: Buffer.from(`${count + index}`.padStart(8)),
      }));
      const id = randomBytes(16);
      const blob = { ...template, id, staged: new StagedChunks(domain.address, chunks) };
      await harness.tables.transact([{ kind: 'put-blob', domain, blob }]);
      await remove(blob);
    }
  });
});
