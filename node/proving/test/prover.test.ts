/** The prover's side of the node over a memory node: after crashes, restarts and resets frames show the state. */
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../api/index.ts';
import { type EmbeddedNode, MemoryState, openMemoryNode } from '../../embedded/index.ts';
import { ManualClock } from '../../embedded/test/manual-clock.ts';
import { commit, createDomain, distinct, domain, put, remove, until } from '../../embedded/test/support.ts';
import { type PhaseSet, phaseSet } from '../../hypergraph/index.ts';
import { seededRandom } from '../../sim/index.ts';
import type { KvRange } from '../../store/kv.ts';
import { phaseCodes } from '../format/v1/shard.ts';
import { hex, RecordingEngine, StoredTrees } from './recording-engine.ts';

const intervalMs = 1000;
const seeds = Array.from({ length: process.env.HYPERGATE_SOAK === '1' ? 60 : 5 }, (_, index) => index + 1);
const other = Buffer.alloc(32, 5);

class Bench {
  readonly state: MemoryState;
  readonly stored: StoredTrees;
  readonly clock = new ManualClock();
  readonly engine: RecordingEngine;
  #node: EmbeddedNode | undefined;

  constructor(state = new MemoryState(), stored = new StoredTrees()) {
    this.state = state;
    this.stored = stored;
    this.engine = new RecordingEngine(stored);
  }

  async open(checkpointBytes?: number): Promise<this> {
    const { node } = await openMemoryNode(
      {
        state: this.state,
        clock: this.clock,
        proving: { open: () => this.engine, intervalMs, nowMs: () => 1e12 + this.clock.monotonic() },
      },
      checkpointBytes === undefined ? {} : { checkpointBytes },
    );
    this.#node = node;
    return this;
  }

  get node(): EmbeddedNode {
    return this.#node as EmbeddedNode;
  }

  get frame(): number {
    return this.node.proofStatus()?.last?.number ?? 0;
  }

  /** Until a frame shows all that is applied. */
  async framed(): Promise<void> {
    const wanted = this.node.nextFrame?.() as number;
    await until(() => {
      if (this.node.proofStatus()?.state !== 'running') throw new Error(this.node.proofStatus()?.reason);
      this.clock.advance(intervalMs);
      return this.frame >= wanted;
    });
  }

  /** What is on the disk now, opened by a new process. */
  crash(): Bench {
    const state = new MemoryState();
    for (const [key, value] of this.state.entries) state.entries.set(key, Buffer.from(value));
    state.records.push(...this.state.records.map((record) => Buffer.from(record)));
    state.released = this.state.released;
    return new Bench(state, this.stored.copy());
  }

  /** Of every domain, from the state; the node is at rest. */
  async expectFramesToShowTheState(): Promise<void> {
    await this.node.checkpoint();
    for (const address of [domain, other]) {
      for (const set of Object.keys(phaseCodes) as PhaseSet[]) {
        const expected = new Map<string, string>();
        const entries = (range: KvRange) => this.#entries(range);
        for await (const { id, revision, dataHash } of phaseSet(entries, address, set)) {
          expected.set(hex(id.subarray(32)), `${revision} ${hex(dataHash)}`);
        }
        const shown = this.stored.sets.get(`${hex(address)} ${phaseCodes[set]}`) ?? new Map();
        expect([...shown].sort(), set).toEqual([...expected].sort());
      }
    }
  }

  async *#entries({ gte, lt, lte }: KvRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    const all = [...this.state.entries].map(([key, value]) => [Buffer.from(key, 'latin1'), value] as const);
    all.sort(([left], [right]) => Buffer.compare(left, right));
    for (const [key, value] of all) {
      if (gte !== undefined && Buffer.compare(key, gte) < 0) continue;
      if (lt !== undefined && Buffer.compare(key, lt) >= 0) continue;
      if (lte === undefined || Buffer.compare(key, lte) <= 0) yield [key, value];
    }
  }
}

/** Transactions of a node that runs for long: valid now. */
async function applied({ node }: Bench, operations: readonly Operation[]): Promise<void> {
  const validFrom = await node.position();
  const { outcome } = await commit(node, operations, { validFrom, validUntil: validFrom + 1000 });
  expect(outcome.status).toBe('applied');
}

const writer = async (bench: Bench): Promise<Uint8Array> => {
  const { writerKey } = await openMemoryNode({ state: new MemoryState() });
  await applied(bench, [createDomain(writerKey.publicKey), createDomain(writerKey.publicKey, other)]);
  return writerKey.publicKey;
};

describe('the prover of a node', () => {
  it('shows in each frame what was applied before its cut, and numbers frames so that writers know', async () => {
    const bench = await new Bench().open();
    await bench.framed();
    await writer(bench);
    const slot = distinct(24);
    await applied(bench, [put(slot, 'one')]);
    const promised = bench.node.nextFrame?.() as number;
    const signed: number[] = [];
    const leave = bench.node.onFrame?.((frame) => signed.push(frame));
    await bench.framed();
    expect(signed).toContain(promised);
    expect(signed.at(-1)).toBe(bench.frame);
    leave?.();
    expect(bench.frame).toBeGreaterThanOrEqual(promised);
    await bench.expectFramesToShowTheState();
    await until(() => bench.node.nextFrame?.() === bench.frame);
    const shown = bench.frame;
    bench.engine.hold = true;
    await applied(bench, [put(distinct(24), 'two')]);
    expect(bench.node.nextFrame?.()).toBe(shown + 1);
    bench.clock.advance(intervalMs);
    expect(bench.node.nextFrame?.()).toBe(shown + 1);
    await applied(bench, [put(distinct(24), 'three')]);
    expect(bench.node.nextFrame?.()).toBe(shown + 2);
    bench.engine.release();
    await bench.framed();
    expect(bench.frame).toBeGreaterThanOrEqual(shown + 2);
    await bench.expectFramesToShowTheState();
    expect(bench.node.proofStatus()?.lagMs).toBe(0);
    await bench.node.close();
  });

  it('holds writers back when frames fall behind, and lets them go on', async () => {
    const bench = await new Bench().open();
    await writer(bench);
    await bench.framed();
    bench.engine.hold = true;
    await applied(bench, [put(distinct(24), 'seen late')]);
    bench.clock.advance(intervalMs);
    bench.clock.advance(10 * 60_000);
    expect(bench.node.proofStatus()?.lagMs).toBeGreaterThan(120_000);
    let done = false;
    const held = applied(bench, [put(distinct(24), 'held')]).then(() => {
      done = true;
    });
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(done).toBe(false);
    bench.engine.release();
    await held;
    await bench.framed();
    await bench.expectFramesToShowTheState();
    await bench.node.close();
  });

  it('keeps the part of the log that no frame shows', async () => {
    const bench = await new Bench().open(1);
    await writer(bench);
    await bench.framed();
    const shown = bench.node.proofStatus()?.last?.position as number;
    for (let index = 0; index < 10; index++) await applied(bench, [put(distinct(24), 'x')]);
    await bench.node.checkpoint();
    expect(bench.state.released).toBeLessThanOrEqual(shown + 1);
    await bench.framed();
    await bench.node.checkpoint();
    expect(bench.state.released).toBeGreaterThan(shown + 5);
    await bench.node.close();
  });

  it.each(seeds)('after crashes, restarts and resets at random moments (seed %i)', async (seed) => {
    const random = seededRandom(seed);
    const pick = (below: number) => random.below(below);
    let bench = await new Bench().open(4096);
    await writer(bench);
    const key = (await openMemoryNode({ state: new MemoryState() })).writerKey.publicKey;
    let slots: Buffer[] = [];
    let forgets = 1;
    for (let step = 0; step < 120; step++) {
      const choice = pick(40);
      if (choice < 22) {
        const slot = distinct(24);
        slots.push(slot);
        await applied(bench, [put(slot, `v${step}`)]);
      } else if (choice < 27 && slots.length > 0) {
        await applied(bench, [put(slots[pick(slots.length)] as Buffer, `w${step}`)]);
      } else if (choice < 32 && slots.length > 0) {
        const [slot] = slots.splice(pick(slots.length), 1);
        await applied(bench, [remove(slot as Buffer)]);
      } else if (choice < 33) {
        const lease: Operation = {
          kind: 'put-lease',
          domain,
          resource: `r${step}`,
          holder: Buffer.from('h'),
          term: 1,
          durationMs: 1000,
        };
        await applied(bench, [lease]);
      } else if (choice < 35 && forgets-- > 0) {
        // Removals are forgotten when the window has passed.
        for (let index = 0; index < 4200; index++) await applied(bench, []);
      } else if (choice < 37) {
        bench.clock.advance(intervalMs);
        for (let turns = pick(8); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      } else if (choice < 38) {
        const before = bench;
        bench = await bench.crash().open(4096);
        await before.node.close();
      } else if (choice < 39) {
        await bench.node.close();
        bench = await new Bench(bench.state, bench.stored).open(4096);
      } else if (pick(3) === 0) {
        await bench.node.reset();
        slots = [];
        await applied(bench, [createDomain(key)]);
      } else {
        await bench.framed();
        await bench.expectFramesToShowTheState();
      }
    }
    await bench.framed();
    await bench.expectFramesToShowTheState();
    const frame = bench.frame;
    await bench.node.close();
    // Without its trees everything is built from the state.
    const rebuilt = await new Bench(bench.state).open();
    await rebuilt.framed();
    await rebuilt.expectFramesToShowTheState();
    expect(rebuilt.engine.bulks).toBeGreaterThan(0);
    expect(frame).toBeGreaterThan(0);
    await rebuilt.node.close();
  });

  it('asks for nothing that is no proof, and refuses when the node closes', async () => {
    const bench = await new Bench().open();
    await writer(bench);
    const item = { domain, slot: distinct(24), kind: 'vertex' as const };
    await expect(bench.node.prove({ items: [] })).rejects.toThrow(/1 to 1024 items/);
    await expect(bench.node.prove({ items: [item, item] })).rejects.toThrow(/twice/);
    const abort = new AbortController();
    const given = bench.node.prove({ items: [item] }, abort.signal);
    abort.abort(new Error('enough'));
    await expect(given).rejects.toThrow(/given up/);
    const waiting = bench.node.prove({ items: [item] });
    const refused = expect(waiting).rejects.toThrow(/closing/);
    await bench.node.close();
    await refused;
  });
});
