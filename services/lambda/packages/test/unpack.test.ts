/** Trees that are packed and unpacked again, and zip files that are made to take memory. */
import { join } from 'node:path';
import { constants, createDeflateRaw } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { examine, sha256Of, unpack } from '../unpack.ts';
import { Unpacker } from '../unpacker.ts';
import { readZip } from '../zip-reader.ts';
import { testFolder } from './support/folders.ts';
import { anyTree, expected, onDisk, partsOf } from './support/trees.ts';
import { writeZip, type ZipPart } from './support/zip-writer.ts';

const knobs = fc.record({
  isStored: fc.boolean(),
  isWide: fc.boolean(),
  descriptor: fc.constantFrom(undefined, 'signed', 'bare'),
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

test('whatever is packed comes out the same', async () => {
  const folder = testFolder();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(anyTree, fc.array(knobs, { minLength: 1, maxLength: 5 }), async (tree, turned) => {
      const parts = partsOf(tree).map((part, index): ZipPart => {
        const { descriptor, ...others } = turned[index % turned.length]!;
        return { ...part, ...others, ...(descriptor && !others.isWide && { descriptor }) };
      });
      const zip = writeZip(parts, { isWide: turned[0]!.isWide });
      const into = join(folder, String(runs++));
      await unpack(zip, readZip(zip, 1e8), into);
      expect(onDisk(into)).toEqual(expected(tree));
    }),
    { numRuns: 150 },
  );
});

test('a thread unpacks the same as the caller would', async () => {
  const folder = testFolder();
  const unpacker = new Unpacker();
  const data = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * index) >> 7));
  const parts: ZipPart[] = [
    { name: 'large', data: data.toString('latin1'), mode: 0o100644 },
    { name: 'stored', data: data.toString('latin1'), isStored: true, mode: 0o100755 },
    { name: 'l', data: 'a/b', mode: 0o120777 },
  ];
  const zip = writeZip(parts);
  const [here, there] = [join(folder, 'here'), join(folder, 'there')];
  const bytes = await unpack(zip, readZip(zip, 1e8), here);
  expect(await unpacker.unpack(once(zip), zip.length, sha256Of(zip), there)).toBe(bytes);
  expect(onDisk(there)).toEqual(onDisk(here));
  expect(onDisk(here).large).toBe(`file 444 ${data.toString('latin1')}`);
  expect(await unpacker.examine(zip, 1e8)).toEqual(await examine(zip, readZip(zip, 1e8)));
  await unpacker.stop();
});

test('bytes that are not the ones that were kept are not unpacked', async () => {
  const folder = testFolder();
  const unpacker = new Unpacker();
  for (const data of ['small', Buffer.alloc(200_000, 'noise').map((byte, index) => byte ^ (index * 31))]) {
    const zip = writeZip([{ name: 'a', data, isStored: true }]);
    const other = sha256Of(Buffer.from('other'));
    await expect(unpacker.unpack(once(zip), zip.length, other, join(folder, 'a'))).rejects.toThrow(
      'not what was kept',
    );
    const short = unpacker.unpack(once(zip), zip.length + 1, sha256Of(zip), join(folder, 'a'));
    await expect(short).rejects.toThrow('shorter than was kept');
    const long = unpacker.unpack(once(zip), zip.length - 1, sha256Of(zip), join(folder, 'a'));
    await expect(long).rejects.toThrow('longer than was kept');
  }
  expect(onDisk(folder)).toEqual({});
  await unpacker.stop();
});

test('what is asked of closed threads is refused, also what was under way', async () => {
  const unpacker = new Unpacker();
  const zip = writeZip([{ name: 'a', data: 'a'.repeat(5_000_000) }]);
  const asked = Array.from({ length: 5 }, () => unpacker.examine(zip, 1e9));
  const outcomes = Promise.allSettled(asked);
  await unpacker.stop();
  expect((await outcomes).map(({ status }) => status)).toEqual(asked.map(() => 'rejected'));
});

/** Zeroes, deflated a thousandfold. */
async function packedZeroes(length: number): Promise<Buffer> {
  const engine = createDeflateRaw({ level: constants.Z_BEST_SPEED });
  const pieces: Buffer[] = [];
  const collected = (async () => {
    for await (const piece of engine) pieces.push(piece as Buffer);
  })();
  const piece = Buffer.alloc(8 * 1024 * 1024);
  for (let at = 0; at < length; at += piece.length)
    await new Promise<void>((resolve) => engine.write(piece, () => resolve()));
  engine.end();
  await collected;
  return Buffer.concat(pieces);
}

test('a gigabyte that says it is little is given up when it is more, in little memory', async () => {
  const packed = await packedZeroes(2 ** 30);
  for (const size of [100, 100_000_000]) {
    const zip = writeZip([{ name: 'a', packed, size, crc: 0 }]);
    const unpacker = new Unpacker();
    const before = process.memoryUsage().rss;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss - before);
    }, 5);
    await expect(unpacker.examine(zip, 250 * 2 ** 20)).rejects.toMatchObject({ fault: 'hostile' });
    clearInterval(watch);
    expect(Math.max(most, process.memoryUsage().rss - before)).toBeLessThan(120 * 2 ** 20);
    await unpacker.stop();
  }
});
