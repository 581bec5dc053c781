/**
 * The log against a plain model: bytes by timeline. At any moment the process "crashes": transactions under way may be applied or not,
 * nobody hears of it, and the log is opened again. Seals are small and trims frequent. A failing seed repeats its run.
 */
import { MemoryState } from '@hypergate/node/embedded';
import { MemoryStore } from '@hypergate/node/store';
import type { AnyTable } from '@hypergate/table';
import { afterEach, expect, it } from 'vitest';
import { placesPartition, segmentsTable, timelineBytes, walTable } from '../../model/wal-tables.ts';
import { gatedStore } from '../../test/support/gated-store.ts';
import { openStore, type StoreWorld } from '../../test/support/store.ts';
import { logFacts, openLog, readAll } from '../../test/support/wal.ts';
import type { WalLog } from '../wal-log.ts';

const seal = { segmentBytes: 400, segmentRows: 12, segmentBytesMax: 1000, segmentBatchesMax: 60 };
const begin = 0x1000000;

/** Numbers from a seed (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

class Model {
  /** Bytes of each timeline from its beginning on, as they were appended. */
  readonly timelines: { timeline: number; parent: number; start: number; bytes: Buffer }[] = [];
  trimmed = 0;

  get last() {
    return this.timelines.at(-1)!;
  }

  /** Bytes [from, to) along the newest timeline's history. */
  slice(from: number, to: number): Buffer {
    const parts: Buffer[] = [];
    for (const [index, { start, bytes }] of this.timelines.entries()) {
      const end = Math.min(to, this.timelines[index + 1]?.start ?? to);
      if (end > Math.max(from, start)) parts.push(bytes.subarray(Math.max(from, start) - start, end - start));
    }
    return Buffer.concat(parts);
  }
}

class Run {
  readonly random: (below: number) => number;
  readonly model = new Model();
  readonly facts = logFacts();
  readonly world: StoreWorld;
  segmentsSeen = 0;
  log!: WalLog;
  gate!: ReturnType<typeof gatedStore>['gate'];

  constructor(seed: number, world: StoreWorld) {
    this.random = randomOf(seed);
    this.world = world;
  }

  async open(): Promise<void> {
    const { store, gate } = gatedStore(await this.world.takeOver());
    this.gate = gate;
    this.log = await openLog(store, this.facts, { seal });
    const { model, log } = this;
    if (model.timelines.length === 0) return;
    // What was certified is there; of what was under way a part may be.
    const { start, bytes } = model.last;
    expect(log.timeline).toBe(model.last.timeline);
    expect(log.certified).toBeLessThanOrEqual(start + bytes.length);
    model.last.bytes = bytes.subarray(0, log.certified - start);
  }

  append(): void {
    const { model, log, random } = this;
    for (let left = 1 + random(4); left > 0; left--) {
      const bytes = Buffer.alloc(1 + random(random(10) === 0 ? 300 : 40), random(256));
      log.append(log.timeline, log.appended, bytes);
      model.last.bytes = Buffer.concat([model.last.bytes, bytes]);
    }
    this.facts.now += random(50);
  }

  async beginTimeline(): Promise<void> {
    const { model, log, random } = this;
    if (model.timelines.length === 0) {
      await log.beginTimeline(1, 0, begin);
      model.timelines.push({ timeline: 1, parent: 0, start: begin, bytes: Buffer.alloc(0) });
      return;
    }
    await log.settled();
    const { timeline, start, bytes } = model.last;
    const at = start + bytes.length - Math.min(bytes.length, random(20));
    await log.beginTimeline(timeline + 1 + random(2), timeline, at);
    model.timelines.push({ timeline: log.timeline, parent: timeline, start: at, bytes: Buffer.alloc(0) });
  }

  async crash(): Promise<void> {
    const certified = this.log.certified;
    // Either the node never hears of what is under way, or nobody hears of the node.
    if (this.random(2) === 0) this.gate.fail('closed');
    this.gate.open();
    await this.log.close();
    await this.open();
    expect(this.log.certified).toBeGreaterThanOrEqual(certified);
  }

  async trim(): Promise<void> {
    const { model, log, random } = this;
    await log.settled();
    const first = model.timelines[0]!.start;
    const before = first + random(Math.max(1, log.certified - first + 10));
    await log.trim(before);
    model.trimmed = Math.max(model.trimmed, before);
  }

  async check(): Promise<void> {
    const { model, log, random } = this;
    await log.settled();
    const first = Math.max(model.timelines[0]!.start, model.trimmed);
    const to = log.certified;
    if (first >= to) return;
    for (let reads = 0; reads < 2; reads++) {
      const from = first + random(to - first);
      const until = from + random(to - from + 1);
      expect((await readAll(log, from, until)).equals(model.slice(from, until))).toBe(true);
    }
    this.segmentsSeen += await this.count(segmentsTable);
    const bounds = await log.bounds();
    expect(bounds!.start).toBeLessThanOrEqual(first);
  }

  async count(table: typeof walTable | typeof segmentsTable): Promise<number> {
    if (table === walTable) return (await this.world.store.domain.scan(walTable, placesPartition, {})).length;
    let entries = 0;
    for (const { timeline } of this.model.timelines) {
      entries += (await this.world.store.domain.scan(table as AnyTable, timelineBytes(timeline), {})).length;
    }
    return entries;
  }

  async step(): Promise<void> {
    const { model, random } = this;
    if (model.timelines.length === 0) return this.beginTimeline();
    const choice = random(20);
    if (choice < 10) this.append();
    else if (choice < 12) {
      this.gate.open();
      await this.log.settled();
    } else if (choice < 14) await this.crash();
    else if (choice === 14) this.gate.close();
    else if (choice === 15) this.gate.open();
    else {
      this.gate.open();
      if (choice === 16) await this.beginTimeline();
      else if (choice === 17) await this.trim();
      else await this.check();
    }
  }
}

const worlds: StoreWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])(
  'is the model, over crashes, seals and trims: seed %i',
  async (seed) => {
    const world = await openStore(new MemoryState(), new MemoryStore());
    worlds.push(world);
    const run = new Run(seed, world);
    await run.open();
    for (let step = 0; step < 400; step++) {
      await run.step();
    }
    run.gate.open();
    await run.check();
    await run.log.trim(0);
    await run.log.close();
    const codes = [...run.facts.failures, ...run.facts.upkeep].map(
      (error) => (error as { code?: string }).code,
    );
    expect(codes.filter((code) => code !== 'closed')).toEqual([]);
    // Few single rows are left, whatever happened: what one segment takes on the newest timeline, a batch on the one before.
    expect(await run.count(walTable)).toBeLessThanOrEqual(2 * seal.segmentRows + 2);
    expect(run.segmentsSeen).toBeGreaterThan(0);
  },
);
