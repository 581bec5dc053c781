import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { alignedMiddle, alignment, sliceBuffers } from '../direct-write.ts';
import { NodeDisk } from '../index.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hypergate-direct-'));
  folders.push(folder);
  return folder;
}

const pattern = (seed: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = seed * 2654435761 + 1; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
};

function cut(bytes: Buffer, pieces: number): Buffer[] {
  const step = Math.ceil(bytes.length / pieces);
  return Array.from({ length: pieces }, (_, index) => bytes.subarray(index * step, (index + 1) * step));
}

describe('large writes around the page cache', () => {
  it('leave the bytes that cached writes would leave, at any position, length and cut', async () => {
    const write = fc.record({
      position: fc.nat(300_000),
      length: fc.oneof(fc.nat(200_000), fc.integer({ min: 1_000_000, max: 2_300_000 })),
      pieces: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 6 }), async (writes) => {
        const folder = await newFolder();
        const disk = new NodeDisk(folder);
        const file = await disk.open('bulk', 'create-bulk');
        let model = Buffer.alloc(0);
        for (const [index, { position, length, pieces }] of writes.entries()) {
          const bytes = pattern(index + 1, length);
          await file.write(position, cut(bytes, pieces));
          if (length > 0 && position + length > model.length) {
            model = Buffer.concat([model], position + length);
          }
          bytes.copy(model, position);
        }
        await file.datasync();
        expect((await file.read(0, model.length + 1)).equals(model)).toBe(true);
        await file.close();
        expect((await readFile(join(folder, 'bulk'))).equals(model)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('reach the open file, not another that has taken its name', async () => {
    const folder = await newFolder();
    const disk = new NodeDisk(folder);
    const file = await disk.open('first', 'create-bulk');
    await disk.rename('first', 'second');
    await (await disk.open('first', 'create')).close();
    const bytes = pattern(7, 500_000);
    await file.write(10, [bytes]);
    await file.close();
    expect((await readFile(join(folder, 'second'))).subarray(10).equals(bytes)).toBe(true);
    expect((await readFile(join(folder, 'first'))).length).toBe(0);
  });

  it('of many files at once all arrive, also when the aligned buffers are taken', async () => {
    const folder = await newFolder();
    const disk = new NodeDisk(folder);
    const names = Array.from({ length: 40 }, (_, index) => `file-${index}`);
    await Promise.all(
      names.map(async (name, index) => {
        const file = await disk.open(name, 'create-bulk');
        await file.write(index * 777, [pattern(index, 600_000)]);
        await file.close();
      }),
    );
    for (const [index, name] of names.entries()) {
      const found = await readFile(join(folder, name));
      expect(found.subarray(index * 777).equals(pattern(index, 600_000))).toBe(true);
    }
  });

  it('cut a write into an aligned middle and two ends that share no page with it', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(3_000_000), (position, length) => {
        const middle = alignedMiddle(position, length);
        if (middle === undefined) return;
        expect([middle.start % alignment, middle.end % alignment]).toEqual([0, 0]);
        expect(middle.start - position).toBeLessThan(alignment);
        expect(position + length - middle.end).toBeLessThan(alignment);
        expect(middle.start).toBeGreaterThanOrEqual(position);
      }),
    );
    const parts = [Buffer.from('abc'), Buffer.alloc(0), Buffer.from('defgh')];
    expect(Buffer.concat(sliceBuffers(parts, 1, 6)).toString()).toBe('bcdef');
  });
});
