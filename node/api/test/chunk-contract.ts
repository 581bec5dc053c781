/** What `stage` and `fetch` promise. */
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type ChunkRef, nodeLimits, Tag } from '../index.ts';
import { fails, type PortsInUse } from './ports-in-use.ts';

export function describeChunks(use: PortsInUse): void {
  const { domain } = use;
  describe('chunks', () => {
    const bytes = randomBytes(300_000);

    async function* pieces(of: Buffer, size: number): AsyncGenerator<Buffer> {
      for (let at = 0; at < of.length; at += size) yield of.subarray(at, at + size);
    }

    it('gives a stream and a buffer of the same bytes the same reference, their SHA-256', async () => {
      const streamed = await use.ports.stage(pieces(bytes, 70_001));
      const whole = await use.ports.stage(bytes);
      const hash = Buffer.concat([Buffer.of(Tag.sha256), createHash('sha256').update(bytes).digest()]);
      for (const chunk of [streamed, whole]) {
        expect(chunk.length).toBe(bytes.length);
        expect(Buffer.from(chunk.hash)).toEqual(hash);
      }
    });

    it('reads any range of a chunk that a vertex names', async () => {
      const chunk = await use.ports.stage(pieces(bytes, 50_000));
      const slot = randomBytes(24);
      const { outcome } = await use.commit([use.put(slot, 'holder', { chunks: [chunk] })]);
      expect(outcome.status).toBe('applied');
      const [atom] = await use.ports.read([{ domain, slot }], { at: 'linearizable' });
      const named = atom?.chunks[0] as ChunkRef;
      for (const [from, length] of [
        [0, bytes.length],
        [1, 1],
        [65_535, 2],
        [bytes.length - 1, 1],
        [0, 0],
      ] as const) {
        const read = Buffer.from(await use.ports.fetch(named, from, length));
        expect(read.equals(bytes.subarray(from, from + length))).toBe(true);
      }
      await fails(use.ports.fetch(named, 1, bytes.length), 'malformed');
    });

    it('does not take a transaction that names a chunk nobody staged', async () => {
      const hash = Buffer.concat([Buffer.of(Tag.sha256), randomBytes(32)]);
      const slot = randomBytes(24);
      await fails(use.commit([use.put(slot, 'x', { chunks: [{ hash, length: 70_000 }] })]), 'chunk-unknown');
      await fails(use.ports.fetch({ hash, length: 70_000 }, 0, 10), 'chunk-unknown');
      expect(await use.payloadOf(slot)).toBeUndefined();
    });

    it('refuses a chunk over the limit and leaves a stream that fails behind', async () => {
      await fails(use.ports.stage(Buffer.alloc(nodeLimits.chunkBytesMax + 1)), 'chunk-too-large');
      const endless = (async function* () {
        for (;;) yield Buffer.alloc(1024 * 1024);
      })();
      await fails(use.ports.stage(endless), 'chunk-too-large');
      const broken = (async function* () {
        yield Buffer.alloc(100_000);
        throw new Error('the source broke');
      })();
      await expect(use.ports.stage(broken)).rejects.toThrow('the source broke');
    });

    it('gives up staging when it is told to', async () => {
      const stop = new AbortController();
      const source = (async function* () {
        yield Buffer.alloc(100_000);
        stop.abort();
        yield Buffer.alloc(100_000);
        yield Buffer.alloc(100_000);
      })();
      await fails(use.ports.stage(source, stop.signal), 'aborted');
    });
  });
}
