/**
 * What the commitment tree costs as it grows, on the real disk and without KZG (a committer that only hashes stands in):
 *
 *   node node/store/tree/bench/main.ts [--json] [--sizes 10000,100000,1000000] [--buckets 48] [--rounds 3] [--folder DIR]
 *
 * Per size: bulk load; frames (update and commit) over 1 record, 1 % and 10 % of random records; proof of an inclusion, alone
 * and with an absence in a tree of a tenth the size; opening; file size; resident memory. Medians over the rounds; CPU is that
 * of the whole process, all threads.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type {
  BranchCommitment,
  BranchCommitter,
  TreeChange,
  TreeEntry,
  TreeName,
} from '../../../hypergraph/tree/index.ts';
import { NodeDisk } from '../../node-disk.ts';
import { type Forest, openForest } from '../index.ts';

const { values: given } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    sizes: { type: 'string', default: '10000,100000,1000000' },
    buckets: { type: 'string', default: '' },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string', default: '' },
  },
});
const rounds = Number(given.rounds);

/** As quick as can be: the tree is measured, not its commitments. */
const committer: BranchCommitter = {
  name: 'bench',
  rawBytes: 222,
  commit: async (): Promise<BranchCommitment> => ({ raw: randomBytes(222), encoded: randomBytes(74) }),
  update: async (): Promise<BranchCommitment> => ({ raw: randomBytes(222), encoded: randomBytes(74) }),
  prove: async () => Buffer.alloc(148),
};

interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? Number.NaN;

async function cost(run: () => Promise<unknown>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const at = performance.now();
  await run();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - at, cpuMs: (user + system) / 1000 };
}

async function medianCost(times: number, run: () => Promise<unknown>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let round = 0; round < times; round += 1) costs.push(await cost(run));
  return { ms: median(costs.map(({ ms }) => ms)), cpuMs: median(costs.map(({ cpuMs }) => cpuMs)) };
}

const adds: TreeName = { domain: Buffer.alloc(32, 1), set: 0 };
const removes: TreeName = { domain: Buffer.alloc(32, 1), set: 1 };

/** Random keys by rising value, 32 bytes each in one buffer: the process shall not be full of objects of the benchmark. */
function sortedKeys(count: number): Buffer {
  const heads = Float64Array.from({ length: count }, () => Math.floor(Math.random() * 2 ** 48)).sort();
  const keys = randomBytes(32 * count);
  for (const [index, head] of heads.entries()) keys.writeUIntBE(head, 32 * index, 6);
  return keys;
}

const keyAt = (keys: Buffer, index: number): Buffer => keys.subarray(32 * index, 32 * index + 32);

const someDataHash = Buffer.concat([Buffer.of(1), createHash('sha256').digest()]);

function* entries(keys: Buffer, every: number): Generator<TreeEntry> {
  for (let index = 0; index < keys.length / 32; index += every) {
    yield { key: keyAt(keys, index), revision: 4096, dataHash: someDataHash };
  }
}

function randomChanges(keys: Buffer, count: number): TreeChange[] {
  const hashes = randomBytes(33 * count);
  return Array.from({ length: count }, (_, index) => ({
    key: keyAt(keys, Math.floor((Math.random() * keys.length) / 32)),
    to: { revision: 8192, dataHash: hashes.subarray(33 * index, 33 * index + 33) },
  }));
}

async function frame(forest: Forest, keys: Buffer, count: number): Promise<Cost & { writtenBytes: number }> {
  const changes = randomChanges(keys, count);
  const before = (await forest.status()).bytesWritten;
  const used = await cost(async () => {
    await forest.update([{ tree: adds, changes }]);
    await forest.commit(Buffer.alloc(100));
  });
  return { ...used, writtenBytes: (await forest.status()).bytesWritten - before };
}

async function frames(forest: Forest, keys: Buffer, count: number) {
  const all: Awaited<ReturnType<typeof frame>>[] = [];
  for (let round = 0; round < rounds; round += 1) all.push(await frame(forest, keys, count));
  const of = (what: 'ms' | 'cpuMs' | 'writtenBytes'): number => median(all.map((one) => one[what]));
  return { ms: of('ms'), cpuMs: of('cpuMs'), writtenBytes: of('writtenBytes') };
}

async function measure(total: number) {
  const folder = await mkdtemp(join(given.folder === '' ? tmpdir() : given.folder, 'hypergate-tree-'));
  try {
    const disk = new NodeDisk(folder);
    const shape = given.buckets === '' ? {} : { bucketEntries: Number(given.buckets) };
    const open = () =>
      openForest({ folder: 'trees', ...shape }, { disk, committer, random: (length) => randomBytes(length) });
    let forest = await open();
    const keys = sortedKeys(total);
    const load = await cost(() =>
      forest.rebuild(
        [
          { tree: adds, entries: entries(keys, 1) },
          { tree: removes, entries: entries(keys, 10) },
        ],
        Buffer.alloc(0),
      ),
    );
    const { fileBytes: loadedBytes } = await forest.status();
    await forest.close();
    const opening = await cost(async () => {
      forest = await open();
    });
    const one = await frames(forest, keys, 1);
    const percent = await frames(forest, keys, Math.ceil(total / 100));
    const tenPercent = await frames(forest, keys, Math.ceil(total / 10));
    const prove = async (both: boolean): Promise<number> => {
      const key = keyAt(keys, Math.floor(Math.random() * total));
      const absent = randomBytes(32);
      const proof = await forest.prove([
        { tree: adds, kind: 'inclusion', key },
        ...(both ? [{ tree: removes, kind: 'absence', prefix: absent } as const] : []),
      ]);
      if (proof.kind !== 'proof') throw new Error(proof.reason);
      return proof.bytes.length;
    };
    const sizes: number[] = [];
    const proof = await medianCost(200, async () => {
      sizes.push(await prove(true));
    });
    const inclusionBytes = median(await Promise.all(Array.from({ length: 100 }, () => prove(false))));
    const { fileBytes, liveBytes } = await forest.status();
    const rss = process.memoryUsage.rss();
    await forest.close();
    return {
      entries: total,
      load,
      opening,
      frameOfOne: one,
      frameOf1Percent: percent,
      frameOf10Percent: tenPercent,
      proof: { ...proof, bytes: median(sizes), bytesMax: Math.max(...sizes), inclusionBytes },
      loadedBytes,
      fileBytes,
      liveBytes,
      residentBytes: rss,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

for (const size of given.sizes.split(',').map(Number)) {
  const result = await measure(size);
  if (given.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else
    console.log(
      JSON.stringify(
        result,
        (_, value) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value),
        1,
      ),
    );
}
