/**
 * What packages cost: `node services/lambda/packages/bench/unpack.ts [megabytes] [files]` makes a zip file of about that size, looks at
 * it, unpacks it and merges it with itself, and says how long that took and how long the event loop stood still.
 */
import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { removeTree } from '../remove-tree.ts';
import { writeZip, type ZipPart } from '../test/support/zip-writer.ts';
import { sha256Of } from '../unpack.ts';
import { Unpacker } from '../unpacker.ts';

const [megabytes = 50, files = 10_000] = process.argv.slice(2).map(Number);
const sampleMs = 1;

/** Half noise, half text: deflates to a little more than half. */
function contents(bytes: number, seed: number): Buffer {
  const data = Buffer.alloc(bytes, 'exports.handler = async (event) => event;\n');
  let state = seed | 1;
  for (let at = 0; at < bytes / 2; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    if (at + 4 <= bytes) data.writeUInt32LE(state, at);
  }
  return data;
}

async function measured<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const delay = monitorEventLoopDelay({ resolution: sampleMs });
  delay.enable();
  const rss = process.memoryUsage().rss;
  let most = rss;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 10);
  const start = performance.now();
  const result = await work();
  const tookMs = performance.now() - start;
  clearInterval(watch);
  delay.disable();
  const stood = (delay.max / 1e6).toFixed(1);
  console.log(
    `${what}: ${tookMs.toFixed(0)} ms, event loop at most ${stood} ms, memory +${((most - rss) / 2 ** 20).toFixed(0)} MiB`,
  );
  return result;
}

async function* slices(zip: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < zip.length; at += 2 ** 18) yield zip.subarray(at, at + 2 ** 18);
}

const each = Math.round((megabytes * 2 ** 20 * 1.9) / files);
const parts = Array.from(
  { length: files },
  (_, index): ZipPart => ({
    name: `node_modules/p${index % 200}/f${index}.js`,
    data: contents(each, index),
    mode: 0o100644,
  }),
);
const zip = writeZip(parts);
console.log(
  `${files} files, zip ${(zip.length / 2 ** 20).toFixed(1)} MiB, unpacked ${((each * files) / 2 ** 20).toFixed(1)} MiB`,
);
const folder = mkdtempSync(join(tmpdir(), 'hg-unpack-'));
const unpacker = new Unpacker();
try {
  const small = writeZip([{ name: 'index.js', data: contents(2000, 1), mode: 0o100644 }]);
  await measured('examine hello world', () => unpacker.examine(small, 1e9));
  await measured('unpack hello world', () =>
    unpacker.unpack(slices(small), small.length, sha256Of(small), join(folder, 's')),
  );
  await measured('examine', () => unpacker.examine(zip, 1e9));
  const sha256 = sha256Of(zip);
  const path = join(folder, 'a');
  await measured('unpack', () => unpacker.unpack(slices(zip), zip.length, sha256, path));
  await measured('merge', () => unpacker.merge([path, path], join(folder, 'b')));
  console.log(`links of a file: ${statSync(join(path, 'node_modules/p0/f0.js')).nlink}`);
  await measured('remove', () => removeTree(path));
} finally {
  await unpacker.stop();
  await removeTree(folder);
}
