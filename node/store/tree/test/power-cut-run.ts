/** Runs a forest on the simulated disk through power cuts, kills and full disks and checks what every opening finds. */
import { NodeError } from '../../../api/index.ts';
import type { TreeChange, TreeName } from '../../../hypergraph/tree/index.ts';
import { TestCommitter } from '../../../hypergraph/tree/test/committer.ts';
import { entryNumber, keyNumber } from '../../../hypergraph/tree/test/keys.ts';
import { type SeededRandom, SimDisk, seededRandom } from '../../../sim/index.ts';
import type { Disk } from '../../disk.ts';
import type { Forest } from '../index.ts';
import { hex, ModelTree, open } from './support.ts';

export interface CutRun {
  readonly cuts: number;
  readonly commits: number;
  /** Openings that found a commit which had not been acknowledged. */
  readonly survivedUnacknowledged: number;
  readonly full: number;
}

const names: readonly TreeName[] = [0, 1, 2, 3, 4, 5, 6].map((set) => ({ domain: Buffer.alloc(32, 3), set }));
const shape = { leafAtomsMax: 12, bucketEntries: 3 };

type State = readonly ModelTree[];

const copyOf = (state: State): ModelTree[] =>
  state.map(({ entries }) => {
    const copy = new ModelTree();
    for (const [key, entry] of entries) copy.entries.set(key, entry);
    return copy;
  });

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

/** Content of each commit by its number, which is also its meta. */
class Ledger {
  readonly states = new Map<number, State>([[0, names.map(() => new ModelTree())]]);
  acknowledged = 0;
  attempted = 0;
}

async function isState(forest: Forest, state: State): Promise<void> {
  for (const [index, name] of names.entries()) {
    const found = await forest.root(name);
    const model = state[index]!;
    check((found?.count ?? 0) === model.entries.size, `tree ${index} has ${found?.count} entries`);
    const root = hex(await model.root(shape.leafAtomsMax));
    check((hex(found?.root) ?? '00'.repeat(64)) === root, `tree ${index} has another root`);
  }
}

/** What an opening finds is the last acknowledged commit or a later one that was under way, whole. */
async function checkOpened(forest: Forest, ledger: Ledger): Promise<boolean> {
  const number = forest.meta.length === 0 ? 0 : Number(Buffer.from(forest.meta).toString());
  check(number >= ledger.acknowledged, `acknowledged ${ledger.acknowledged}, found ${number}`);
  check(number <= ledger.attempted, `attempted ${ledger.attempted}, found ${number}`);
  const fault = await forest.verifyAll();
  check(fault === undefined, `fault: ${fault?.what}`);
  await isState(forest, ledger.states.get(number)!);
  const unacknowledged = number > ledger.acknowledged;
  ledger.acknowledged = number;
  ledger.attempted = number;
  return unacknowledged;
}

function someChanges(random: SeededRandom): TreeChange[] {
  const count = random.below(random.pick([3, 10, 60]));
  return Array.from({ length: count }, () => {
    const number = random.below(80);
    const { revision, dataHash } = entryNumber(random.below(1000));
    return { key: keyNumber(number), to: random.chance(0.35) ? undefined : { revision, dataHash } };
  });
}

/** One change of the state being built. */
async function change(forest: Forest, state: ModelTree[], random: SeededRandom): Promise<void> {
  if (random.chance(0.06)) {
    const tree = random.below(names.length);
    await forest.dropTree(names[tree]!);
    state[tree]!.entries.clear();
  } else if (random.chance(0.03)) {
    await forest.clear();
    for (const { entries } of state) entries.clear();
  } else {
    const groups = Array.from({ length: 1 + random.below(3) }, () => ({
      index: random.below(names.length),
      changes: someChanges(random),
    }));
    await forest.update(groups.map(({ index, changes }) => ({ tree: names[index]!, changes })));
    for (const { index, changes } of groups) state[index]!.apply(changes);
  }
}

async function work(forest: Forest, disk: SimDisk, ledger: Ledger, random: SeededRandom): Promise<number> {
  let state = copyOf(ledger.states.get(ledger.acknowledged)!);
  let full = 0;
  while (!disk.isOff) {
    if (random.chance(0.05)) disk.bytesMax = disk.usedBytes() + random.below(20_000);
    try {
      if (random.chance(0.6)) await change(forest, state, random);
      else {
        ledger.attempted = ledger.acknowledged + 1;
        ledger.states.set(ledger.attempted, copyOf(state));
        await forest.commit(Buffer.from(String(ledger.attempted)));
        ledger.acknowledged = ledger.attempted;
      }
      if (random.chance(0.02)) {
        await forest.close();
        break;
      }
    } catch (error) {
      if (!(error instanceof NodeError) || error.code !== 'storage-full') throw error;
      // The forest is back at its last commit, and goes on when there is room.
      full += 1;
      disk.bytesMax = Number.POSITIVE_INFINITY;
      state = copyOf(ledger.states.get(ledger.acknowledged)!);
      await isState(forest, state);
    }
  }
  return full;
}

/** @param spoil May wrap the disk to plant a fault. */
export async function runTreePowerCuts(
  seed: number,
  spoil: (disk: SimDisk) => Disk = (disk) => disk,
): Promise<CutRun> {
  const random = seededRandom(seed);
  const ledger = new Ledger();
  let disk = new SimDisk(random.fork());
  let survived = 0;
  let full = 0;
  let cuts = 0;
  for (let generation = 0; generation < 6; generation += 1) {
    disk.cutAfter(1 + random.below(random.pick([12, 60, 250])));
    try {
      const forest = await open(spoil(disk), new TestCommitter(), shape);
      survived += Number(await checkOpened(forest, ledger));
      full += await work(forest, disk, ledger, random);
    } catch (error) {
      if (!disk.isOff || !causes(error).includes('EPOWER')) {
        throw new Error(`seed ${seed}, generation ${generation}`, { cause: error });
      }
    }
    disk.bytesMax = Number.POSITIVE_INFINITY;
    disk = random.chance(0.3) ? disk.afterKill() : disk.powerCut();
    cuts += 1;
  }
  try {
    const forest = await open(disk, new TestCommitter(), shape);
    await checkOpened(forest, ledger);
    await forest.close();
  } catch (error) {
    throw new Error(`seed ${seed}, last opening`, { cause: error });
  }
  return { cuts, commits: ledger.acknowledged, survivedUnacknowledged: survived, full };
}

function causes(error: unknown): string {
  return error instanceof Error ? `${error.message} ${causes(error.cause)}` : String(error);
}
