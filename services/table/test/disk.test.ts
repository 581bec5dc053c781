import { randomBytes } from 'node:crypto';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DecryptionError } from '@hypergate/node/crypto';
import { describe, expect, it } from 'vitest';
import { tableLimits } from '../index.ts';
import { openDiskHarness, withFolder } from './support/disk-harness.ts';
import { key, plain, text } from './support/harness.ts';

async function* inPieces(data: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

describe('tables on the disk', () => {
  it('hold records, blobs and scans over restarts and over the loss of what the index had in memory', () =>
    withFolder(async (folder) => {
      const address = Buffer.alloc(32, 5);
      const data = randomBytes(tableLimits.chunkBytes + 300_001);
      const small = randomBytes(300);
      let blobs: { id: Uint8Array; length: number; chunkBytes: number }[] = [];
      const names: string[] = [];
      for (let round = 0; round < 4; round += 1) {
        const harness = await openDiskHarness(folder);
        const domain = await harness.tables.ensureDomain(address);
        const found = (await domain.scan(plain, Buffer.alloc(0), {})).map(({ sort }) => text(sort));
        expect(found).toEqual([...names].sort());
        for (const [index, blob] of blobs.entries()) {
          const expected = index === 0 ? data : small;
          expect((await collect(domain.readBlob(blob, 0, blob.length))).equals(expected)).toBe(true);
        }
        if (blobs.length === 0) {
          const staged = [
            await domain.stageBlob(inPieces(data, 100_000)),
            await domain.stageBlob(inPieces(small, 7)),
          ];
          await harness.tables.transact(staged.map((blob) => ({ kind: 'put-blob', domain, blob })));
          blobs = staged.map(({ id, length, chunkBytes }) => ({ id, length, chunkBytes }));
        }
        await Promise.all(
          Array.from({ length: 200 }, (_, index) => {
            const name = `round ${round}, record ${index}`;
            names.push(name);
            return harness.tables.transact([
              { kind: 'put', domain, table: plain, key: key(name), row: name },
            ]);
          }),
        );
        expect(harness.failures).toEqual([]);
        expect(await harness.tables.compareIndex()).toMatchObject({
          missing: 0,
          different: 0,
          superfluous: 0,
        });
        if (round % 2 === 0) await harness.close();
        else await harness.abandonIndex();
      }
    }));

  it('give no byte of a chunk file that was changed on the disk', () =>
    withFolder(async (folder) => {
      const harness = await openDiskHarness(folder);
      const domain = await harness.tables.ensureDomain(Buffer.alloc(32, 5));
      const data = randomBytes(1_000_000);
      const blob = await domain.stageBlob(inPieces(data, 100_000));
      await harness.tables.transact([{ kind: 'put-blob', domain, blob }]);
      const chunks = join(folder, 'chunks');
      for (const name of await readdir(chunks)) {
        const file = await open(join(chunks, name), 'r+');
        const { size } = await file.stat();
        if (size > 900_000) {
          const byte = Buffer.alloc(1);
          await file.read(byte, 0, 1, 700_000);
          byte[0]! ^= 1;
          await file.write(byte, 0, 1, 700_000);
        }
        await file.close();
      }
      await expect(collect(domain.readBlob(blob, 0, data.length))).rejects.toThrow(DecryptionError);
      expect((await collect(domain.readBlob(blob, 0, 200_000))).equals(data.subarray(0, 200_000))).toBe(true);
      await harness.close();
    }));
});
