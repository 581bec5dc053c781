/**
 * Cost of the private index on classic-level: `node services/table/bench/index-tree.ts [entries] [page bytes] [order]`,
 * order `random` or `sorted`. One JSON line per size; CPU is that of the whole process, background writes included.
 */
import { createPooledRandom, secretKey } from '@hypergate/node/crypto';
import { treeLimits } from '../limits.ts';
import { openIndexStore, withFolder } from '../test/support/disk-harness.ts';
import { TreeCursor } from '../tree/cursor.ts';
import { IndexTree } from '../tree/index-tree.ts';

const total = Number(process.argv[2] ?? 1_000_000);
const pageBytes = Number(process.argv[3] ?? treeLimits.pageBytes);
const isRandom = (process.argv[4] ?? 'random') === 'random';
const options = { pageBytes, leafChangesBytesMax: pageBytes / 2 };
const prefix = Buffer.alloc(48, 9);
const value = Buffer.alloc(80, 3);
const digits = (number: number, base: number) => number.toString(base).padStart(7, '0');
const keyOf = (index: number) => {
  const folder = digits(isRandom ? Math.imul(index, 2654435761) >>> 0 : index, 36);
  return Buffer.concat([prefix, Buffer.from(`photos/2026/${folder}/img-${digits(index, 10)}.jpg`)]);
};
const microseconds = (since: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(since);
  return user + system;
};
const rounded = (number: number) => Math.round(number * 100) / 100;

function scan(tree: IndexTree, entries: number): number {
  const cursor = new TreeCursor(tree, { low: prefix, high: undefined, reverse: false });
  let seen = 0;
  const start = process.cpuUsage();
  for (let round = 0; round < 100; round += 1) {
    cursor.seek(keyOf((round * 104_729) % Math.max(1, entries >> 1)));
    for (let count = 0; count < 1000 && cursor.next(); count += 1) {
      cursor.key(prefix.length);
      cursor.value();
      seen += 1;
    }
  }
  return rounded(microseconds(start) / seen);
}

await withFolder(async (folder) => {
  const store = await openIndexStore(folder);
  const modules = { store, key: secretKey(Buffer.alloc(32, 1)), random: createPooledRandom() };
  let tree = await IndexTree.open(options, modules);
  let done = 0;
  const sizes = [1000, 10_000, 100_000, 300_000, 1_000_000, 3_000_000].filter((size) => size <= total);
  let inserting = 0;
  for (const size of sizes) {
    const start = process.cpuUsage();
    const from = done;
    for (; done < size; done += 1) {
      tree.put(keyOf(done), value);
      if (tree.unsavedBytes >= tree.flushBytes) await tree.flush();
      else if (done % 1000 === 0) await new Promise(setImmediate);
    }
    const spent = microseconds(start);
    inserting += spent;
    scan(tree, done);
    const { rss, heapUsed, external } = process.memoryUsage();
    const line = {
      entries: size,
      'us per insert since the last line': rounded(spent / (size - from)),
      'us per insert since the start': rounded(inserting / size),
      'us per scanned entry': scan(tree, done),
      MB: { rss, heapUsed, external },
      ...tree.status(),
    };
    process.stdout.write(
      `${JSON.stringify(line, (_, each) => (each > 1e6 && each < 1e12 ? rounded(each / 1e6) : each))}\n`,
    );
  }
  await tree.flush();
  const start = process.cpuUsage();
  tree = await IndexTree.open(options, modules);
  const opened = microseconds(start) / 1000;
  const scanned = [scan(tree, done), scan(tree, done)];
  process.stdout.write(
    `${JSON.stringify({ 'ms to open': opened, 'us per scanned entry, cold and warm': scanned })}\n`,
  );
  await store.close();
});
