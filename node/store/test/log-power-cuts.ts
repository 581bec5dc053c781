/** Runs a log on the simulated disk through power cuts and kills and checks what every reopening finds. */
import { type SeededRandom, SimDisk, seededRandom } from '../../sim/index.ts';
import type { Disk } from '../disk.ts';
import type { SegmentedLog } from '../index.ts';
import { openCommitLog } from '../index.ts';

export interface CutRun {
  readonly cuts: number;
  readonly acknowledged: number;
  readonly survivedUnacknowledged: number;
}

interface Ledger {
  /** Bytes of the newest append at each position. */
  readonly appended: Map<number, Buffer>;
  /** Highest position acknowledged or found by a reopening, and highest one allowed to be released. */
  acknowledged: number;
  released: number;
}

const open = (disk: Disk, random: SeededRandom): Promise<SegmentedLog> =>
  openCommitLog({ folder: 'log', segmentBytes: 8192 }, { disk, random: (length) => random.bytes(length) });

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

/** Everything acknowledged is there byte for byte, in order; behind it only what was really appended. */
async function checkContent(log: SegmentedLog, ledger: Ledger): Promise<void> {
  check(
    log.last >= ledger.acknowledged,
    `acknowledged up to ${ledger.acknowledged}, found up to ${log.last}`,
  );
  check(
    log.first <= Math.max(1, ledger.released),
    `first is ${log.first}, released below ${ledger.released}`,
  );
  let expected = log.first;
  for await (const { position, record } of log.read(log.first)) {
    check(position === expected, `position ${position} instead of ${expected}`);
    check(ledger.appended.get(position)?.equals(record) === true, `other bytes at ${position}`);
    expected += 1;
  }
  check(expected === log.last + 1, `read up to ${expected - 1} of ${log.last}`);
}

function append(log: SegmentedLog, ledger: Ledger, random: SeededRandom): Promise<void> {
  const record = random.bytes(random.chance(0.1) ? random.below(6000) : random.below(400));
  const { position, durable } = log.append(record, random.chance(0.5));
  ledger.appended.set(position, record);
  return durable.then(() => {
    check(position === ledger.acknowledged + 1, `acknowledged ${position} after ${ledger.acknowledged}`);
    ledger.acknowledged = position;
  });
}

/** Appends in bursts until the power goes. */
async function work(log: SegmentedLog, disk: SimDisk, ledger: Ledger, random: SeededRandom): Promise<void> {
  const broken: Error[] = [];
  const note = (error: Error): void => {
    if (!disk.isOff) broken.push(error);
  };
  while (!disk.isOff) {
    const burst: Promise<void>[] = [];
    // A record that comes alone may find the power gone at once: the log takes none behind it.
    for (let left = 1 + random.below(6); left > 0 && !disk.isOff; left -= 1)
      burst.push(append(log, ledger, random).catch(note));
    if (random.chance(0.3)) await Promise.all(burst);
    else await Promise.race(burst);
    if (random.chance(0.1) && ledger.acknowledged > 5) {
      ledger.released = Math.max(ledger.released, ledger.acknowledged - random.below(5));
      await log.release(ledger.released).catch(note);
    }
    if (random.chance(0.02)) {
      await Promise.all(burst);
      await log.close().catch(note);
      return;
    }
  }
  // Late rejections of the last bursts settle before the disk is looked at.
  for (let turn = 0; turn < 50; turn += 1) await undefined;
  if (broken[0] !== undefined) throw broken[0];
}

/** @param spoil May wrap the disk to plant a fault. */
export async function runLogPowerCuts(
  seed: number,
  spoil: (disk: SimDisk) => Disk = (disk) => disk,
): Promise<CutRun> {
  const random = seededRandom(seed);
  const ledger: Ledger = { appended: new Map(), acknowledged: 0, released: 0 };
  let disk = new SimDisk(random.fork());
  let cuts = 0;
  let survived = 0;
  for (let generation = 0; generation < 5; generation += 1) {
    disk.cutAfter(1 + random.below(random.pick([24, 24, 150, 400])));
    try {
      const log = await open(spoil(disk), random);
      await checkContent(log, ledger);
      survived += log.last - ledger.acknowledged;
      ledger.acknowledged = log.last;
      await work(log, disk, ledger, random);
    } catch (error) {
      if (!disk.isOff) throw new Error(`seed ${seed}, generation ${generation}`, { cause: error });
      if (!String(error).includes('EPOWER'))
        throw new Error(`seed ${seed}, generation ${generation}`, { cause: error });
    }
    disk = random.chance(0.4) ? disk.afterKill() : disk.powerCut();
    cuts += 1;
  }
  try {
    const log = await open(disk, random);
    await checkContent(log, ledger);
    await log.append(Buffer.from('after')).durable;
    await log.close();
  } catch (error) {
    throw new Error(`seed ${seed}, last opening`, { cause: error });
  }
  return { cuts, acknowledged: ledger.acknowledged, survivedUnacknowledged: survived };
}
