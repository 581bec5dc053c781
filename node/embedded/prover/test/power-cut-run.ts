/**
 * One seeded history of a prover on the simulated disk, over a node that keeps writing: the power goes under the prover's
 * files at any operation, the node goes on or ends with it, and is found as it was, as it is later, or as an older copy of
 * it. After every opening the prover must come to frames again that show the node's state; none has a number that was
 * announced before, and the network is the same.
 */
import type { Operation } from '../../../api/index.ts';
import { asBuffer, type PhaseSet, phaseSet } from '../../../hypergraph/index.ts';
import { phaseCodes } from '../../../proving/format/v1/shard.ts';
import type { FrameInfo, FromProver, ProverEngine, ToProver } from '../../../proving/messages.ts';
import { type SeededRandom, SimDisk, seededRandom } from '../../../sim/index.ts';
import { openForest } from '../../../store/tree/index.ts';
import type { Verifier } from '../../../verifier/index.ts';
import { type EmbeddedNode, MemoryState, memoryModules, openMemoryNode } from '../../index.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { commit, createDomain, domain } from '../../test/support.ts';
import { kzgCommitter } from '../kzg-committer.ts';
import { LocalEngine, sharedCurve, testEngine } from './local-engine.ts';

export interface CutCounts {
  cuts: number;
  /** The power went before the prover was open. */
  cutsAtOpening: number;
  frames: number;
  /** The prover found a node with less, or another past, than its last frame. */
  olderNodes: number;
  proofs: number;
}

const intervalMs = 1000;
const turnsMax = 20_000;
const { writerKey } = memoryModules(new MemoryState());
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Writes down every frame that the node hears of. */
class Watched implements ProverEngine {
  readonly #engine: LocalEngine;
  readonly #onFrame: (frame: FrameInfo) => void;

  constructor(engine: LocalEngine, onFrame: (frame: FrameInfo) => void) {
    this.#engine = engine;
    this.#onFrame = onFrame;
  }

  post(message: ToProver): void {
    this.#engine.post(message);
  }

  listen(onMessage: (message: FromProver) => void, onEnd: (error: unknown) => void): void {
    this.#engine.listen((message) => {
      if (message.type === 'frame') this.#onFrame(message.frame);
      onMessage(message);
    }, onEnd);
  }
}

export class ProverHistory {
  readonly counts: CutCounts = { cuts: 0, cutsAtOpening: 0, frames: 0, olderNodes: 0, proofs: 0 };
  readonly #random: SeededRandom;
  readonly #verifier: Verifier | undefined;
  readonly #slots: Buffer[];
  /** Commitments to branches cost most of a history: most have none. */
  readonly #leafAtomsMax: number;
  readonly #announced = new Map<number, string>();
  readonly #older: MemoryState[] = [];
  #trustRoot: string | undefined;
  #disk: SimDisk;
  #state = new MemoryState();
  #clock = new ManualClock();
  #incarnations = 0;

  /** @param verifier Proofs are made and checked too, which takes longer. */
  constructor(seed: number, verifier?: Verifier) {
    this.#random = seededRandom(seed);
    this.#verifier = verifier;
    this.#disk = new SimDisk(this.#random.fork());
    this.#leafAtomsMax = this.#random.chance(0.15) ? 16 : 1024;
    this.#slots = Array.from({ length: 60 }, () => this.#random.bytes(24));
  }

  async run(cuts: number): Promise<void> {
    for (let cut = 0; cut < cuts; cut += 1) {
      // An opening takes about 30 operations, a frame about 10.
      this.#disk.cutAfter(1 + this.#random.below(this.#random.pick([30, 60, 200])));
      const node = await this.#open();
      if (node === undefined) this.counts.cutsAtOpening += 1;
      else await this.#untilCut(node);
      await quiet();
      this.#disk = this.#random.chance(0.2) ? this.#disk.afterKill() : this.#disk.powerCut();
      this.#state = this.#survivor();
      this.counts.cuts += 1;
    }
    const node = await this.#open();
    demand(node !== undefined, 'the node does not open with the power on');
    await this.#framed(node);
    await this.#step(node);
    await this.#framed(node);
    await this.#proof(node);
    await node.close();
    await this.#expectTreesToShowTheState();
  }

  /** undefined when the power went meanwhile. */
  async #open(): Promise<EmbeddedNode | undefined> {
    const disk = this.#disk;
    this.#clock = new ManualClock();
    const engine = (): ProverEngine =>
      new Watched(
        new LocalEngine(
          disk,
          { leafAtomsMax: this.#leafAtomsMax, delayShare: 0 },
          { random: (length) => this.#random.bytes(length) },
        ),
        (frame) => this.#announce(frame),
      );
    try {
      const { node } = await openMemoryNode(
        {
          state: this.#state,
          writerKey,
          clock: this.#clock,
          proving: { open: engine, intervalMs, nowMs: () => 1e12 + this.#clock.monotonic() },
        },
        { checkpointBytes: this.#random.pick([500, 5000, 1e9]) },
      );
      const { trustRoot } = node.proofStatus() ?? {};
      demand(trustRoot !== undefined, 'an open prover has a trust root');
      this.#trustRoot ??= hex(trustRoot);
      demand(hex(trustRoot) === this.#trustRoot, 'the trust root is another');
      return node;
    } catch (error) {
      if (disk.isOff) return undefined;
      throw error;
    }
  }

  #announce({ number, hash }: FrameInfo): void {
    const last = Math.max(0, ...this.#announced.keys());
    demand(number > last, `frame ${number} was announced after frame ${last}`);
    this.#announced.set(number, hex(hash));
    this.counts.frames += 1;
  }

  async #untilCut(node: EmbeddedNode): Promise<void> {
    const random = this.#random;
    while (!this.#disk.isOff && node.proofStatus()?.state === 'running') {
      const dice = random.below(100);
      if (dice < 30) this.#clock.advance(intervalMs);
      else if (dice < 38) this.#older.push(copyOf(this.#state));
      else if (dice < 40) await node.reset();
      else if (dice < 44) await this.#framed(node, true);
      else await this.#step(node);
    }
    demand(this.#disk.isOff, `the prover failed with the power on: ${node.proofStatus()?.reason}`);
    // The node does not need its prover.
    for (let left = random.below(8); left > 0; left -= 1) await this.#step(node);
    demand(node.status().state === 'running', 'the node does not go on without its prover');
  }

  async #step(node: EmbeddedNode): Promise<void> {
    const random = this.#random;
    const validFrom = await node.position();
    const send = async (operations: readonly Operation[]): Promise<void> => {
      const { outcome } = await commit(node, operations, { validFrom, validUntil: validFrom + 1000 });
      demand(outcome.status === 'applied', `refused: ${JSON.stringify(outcome)}`);
    };
    if ((await node.domain(domain)) === undefined) return await send([createDomain(writerKey.publicKey)]);
    const slots = new Set(Array.from({ length: 1 + random.below(6) }, () => random.pick(this.#slots)));
    await send(
      [...slots].map((slot): Operation => {
        const live = node.readSync({ domain, slot });
        const incarnation = live === undefined ? this.#newIncarnation() : Buffer.from(live.incarnation);
        if (live !== undefined && random.chance(0.4))
          return { kind: 'remove-vertex', domain, slot, incarnation, note: Buffer.alloc(0) };
        return { kind: 'add-vertex', domain, slot, incarnation, payload: random.bytes(random.below(300)) };
      }),
    );
  }

  #newIncarnation(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(++this.#incarnations);
    return bytes;
  }

  /** Until a frame shows all that is applied, or the power is off where that is allowed. */
  async #framed(node: EmbeddedNode, mayEnd = false): Promise<void> {
    for (let turn = 0; turn < turnsMax; turn += 1) {
      const { state, last, lagMs, reason } = node.proofStatus() ?? {};
      if (mayEnd && this.#disk.isOff) return;
      demand(state === 'running', `the prover is ${state}: ${reason}`);
      if (last !== undefined && lagMs === 0 && last.position === (await node.position())) return;
      if (turn % 20 === 0) this.#clock.advance(intervalMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error('no frame shows what is applied');
  }

  async #proof(node: EmbeddedNode): Promise<void> {
    if (this.#verifier === undefined) return;
    const slots = this.#slots.slice(0, 12);
    let proof: Uint8Array | undefined;
    const asked = node.prove({ items: slots.map((slot) => ({ domain, slot, kind: 'vertex' })) });
    asked.then(
      (given) => {
        proof = given;
      },
      () => undefined,
    );
    // The last frame shows all that is applied, so none has to come first.
    for (let turn = 0; turn < turnsMax && proof === undefined; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    demand(proof !== undefined, 'the last frame does not show the state');
    const { items, frame } = this.#verifier.verify(proof, Buffer.from(this.#trustRoot as string, 'hex'));
    demand(hex(frame.hash) === this.#announced.get(frame.number), 'the proof is at a frame nobody heard of');
    for (const [index, item] of items.entries()) {
      const live = node.readSync({ domain, slot: slots[index] as Buffer });
      demand((item.state === 'present') === (live !== undefined), `slot ${index} is ${item.state}`);
      if (item.state === 'present') demand(item.revision === live?.revision, 'the revision is another');
    }
    this.counts.proofs += 1;
  }

  /** What is in the files, read by a forest of its own. */
  async #expectTreesToShowTheState(): Promise<void> {
    const { curve, srs } = await sharedCurve();
    const random = (length: number): Buffer => this.#random.bytes(length);
    const modules = { disk: this.#disk, committer: kzgCommitter(curve, srs), random };
    const forest = await openForest({ folder: testEngine.folder, leafAtomsMax: this.#leafAtomsMax }, modules);
    const fault = await forest.verifyAll();
    demand(fault === undefined, `the trees are damaged: ${fault?.what}`);
    const { entries } = memoryModules(this.#state).kv;
    for (const set of Object.keys(phaseCodes) as PhaseSet[]) {
      const shown: string[] = [];
      for await (const { key, revision, dataHash } of forest.entries({ domain, set: phaseCodes[set] }))
        shown.push(`${hex(key)} ${revision} ${hex(dataHash)}`);
      const expected: string[] = [];
      for await (const { id, revision, dataHash } of phaseSet(entries, domain, set))
        expected.push(`${hex(asBuffer(id).subarray(32))} ${revision} ${hex(dataHash)}`);
      demand(
        shown.join() === expected.join(),
        `${set} has ${shown.length} entries, ${expected.length} are due`,
      );
    }
    await forest.close();
  }

  /** The node as it is, or an older copy, as a backup would bring. */
  #survivor(): MemoryState {
    if (this.#older.length === 0 || this.#random.chance(0.6)) return copyOf(this.#state);
    this.counts.olderNodes += 1;
    return copyOf(this.#random.pick(this.#older));
  }
}

function copyOf(state: MemoryState): MemoryState {
  const copy = new MemoryState();
  for (const [key, value] of state.entries) copy.entries.set(key, Buffer.from(value));
  copy.records.push(...state.records.map((record) => Buffer.from(record)));
  copy.released = state.released;
  return copy;
}

/** Lets what was under way when the power went come to its end. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
