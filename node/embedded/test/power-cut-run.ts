/**
 * One seeded history of a node on the simulated disk: writers at work, the power goes, the node opens again (the power may
 * go during that, too), everything is checked, and so on. The checker looks at the node through its ports only:
 *
 *   - a commit that was answered has that answer for ever (inside the window);
 *   - the state is what the transactions that the node says were applied make of it, in the order of their revisions, to
 *     the last byte of payloads and chunks, and nothing else;
 *   - what was never answered may be there or not, whole; what was refused for want of space is not there.
 */
import type { ChunkRef, CommitResult, Operation, Transaction } from '../../api/index.ts';
import { mainLog, NodeError } from '../../api/index.ts';
import { ed25519SigningKey } from '../../crypto/ed25519.ts';
import { type SeededRandom, SimDisk, SimKeyValueStore, seededRandom } from '../../sim/index.ts';
import { openChunkStore, openCommitLog } from '../../store/index.ts';
import { type EmbeddedNode, type EmbeddedNodeModules, isStorageFull, openEmbeddedNode } from '../index.ts';
import { ManualClock } from './manual-clock.ts';
import { createDomain, domain } from './support.ts';

/** Takes a module apart, for faults that the checker must find. */
export type Plant = (modules: EmbeddedNodeModules) => EmbeddedNodeModules;

export interface HistoryCounts {
  cuts: number;
  cutsDuringRecovery: number;
  answered: number;
  lostUnanswered: number;
  keptUnanswered: number;
  storageFull: number;
  failedDisks: number;
  chunksRead: number;
}

interface Sent {
  readonly transaction: Transaction;
  readonly answers: CommitResult[];
  /** Attempts whose end nobody knows: one of them may have been ordered. */
  open: number;
}

const nodeKey = ed25519SigningKey(Buffer.alloc(32, 1));
const writerKey = ed25519SigningKey(Buffer.alloc(32, 2));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The node broke a promise. */
export class Violation extends Error {}

function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violation(what);
}

export class History {
  readonly counts: HistoryCounts = {
    cuts: 0,
    cutsDuringRecovery: 0,
    answered: 0,
    lostUnanswered: 0,
    keptUnanswered: 0,
    storageFull: 0,
    failedDisks: 0,
    chunksRead: 0,
  };
  readonly #random: SeededRandom;
  readonly #plant: Plant;
  readonly #sent = new Map<string, Sent>();
  readonly #chunkBytes = new Map<string, Buffer>();
  readonly #slots: Buffer[];
  readonly #followFromStart: boolean;
  #incarnations = 0;
  #disk: SimDisk;
  #kv: SimKeyValueStore;

  constructor(seed: number, plant: Plant = (modules) => modules) {
    this.#random = seededRandom(seed);
    this.#plant = plant;
    this.#disk = new SimDisk(this.#random.fork());
    this.#kv = new SimKeyValueStore(this.#random.fork());
    this.#slots = Array.from({ length: 12 }, () => this.#random.bytes(24));
    this.#followFromStart = this.#random.chance(0.3);
  }

  /** @throws Violation and whatever a correct node would not throw */
  async run(cuts: number): Promise<void> {
    while (this.counts.cuts < cuts) {
      this.#disk.cutAfter(this.#random.below(this.#random.pick([30, 300, 1500])) + 1);
      this.#disk.bytesMax = Number.POSITIVE_INFINITY;
      const node = await this.#open();
      if (node !== undefined) {
        if (this.counts.cuts > 0) await this.#checked(node);
        await this.#work(node);
        if (!this.#disk.isOff) this.counts.failedDisks++;
      } else {
        this.counts.cutsDuringRecovery++;
      }
      await quiet();
      this.#disk = this.#disk.powerCut();
      this.#kv = this.#kv.powerCut();
      this.counts.cuts++;
    }
    this.#disk.bytesMax = Number.POSITIVE_INFINITY;
    const node = await this.#open();
    demand(node !== undefined, 'the node does not open with the power on');
    await this.#check(node);
    await node.close();
  }

  /** Undefined when the power went meanwhile. */
  async #open(): Promise<EmbeddedNode | undefined> {
    const random = this.#random;
    const bytes = (length: number): Buffer => random.bytes(length);
    const clock = new ManualClock();
    const disk = this.#disk;
    const kv = this.#kv;
    const modules: EmbeddedNodeModules = {
      kv,
      openLog: ({ applied }) =>
        openCommitLog({ folder: 'log', segmentBytes: 32 * 1024, atLeast: applied }, { disk, random: bytes }),
      openChunks: ({ isNamed }) =>
        openChunkStore(
          { folder: 'chunks', fileBytesMax: 20_000, droppedLifetimeMs: 0 },
          { disk, kv, isNamed, clock: { now: () => clock.monotonic() }, random: bytes },
        ),
      nodeKey,
      writerKey,
      random: { bytes },
      clock,
      // Turns of microtasks only, so that a seed decides everything.
      defer: (callback) => queueMicrotask(callback),
    };
    const options = {
      checkpointBytes: random.pick([5_000, 30_000, 1e9]),
      flushBytes: random.pick([1, 2_000, 50_000]),
    };
    try {
      const node = await openEmbeddedNode(options, this.#plant(modules));
      if (this.#followFromStart) node.retainFrom('checker', 1);
      return node;
    } catch (error) {
      if (disk.isOff) return undefined;
      throw error;
    }
  }

  /** Until the power goes, or the node stops because a sync failed. */
  async #work(node: EmbeddedNode): Promise<void> {
    const random = this.#random;
    if (random.chance(0.1)) this.#disk.failSyncs(1);
    const hands = 1 + random.below(6);
    const isOver = (): boolean => this.#disk.isOff || node.status().state === 'failed';
    const attempt = (work: Promise<void>): Promise<void> =>
      work.catch((error) => this.#expected(error, isOver()));
    await attempt(this.#send(node, [createDomain(writerKey.publicKey)]));
    await Promise.all(
      Array.from({ length: hands }, async () => {
        while (!isOver()) await attempt(this.#step(node));
      }),
    );
  }

  /** Once the power is off, everything may fail; before, only what the ports say, for want of space. */
  #expected(error: unknown, isOver: boolean): void {
    if (isOver) return;
    const code = error instanceof NodeError ? error.code : undefined;
    // A chunk staged before may have been collected by now.
    if (code === 'chunk-unknown') return;
    if (code === 'storage-full' || isStorageFull(error)) {
      this.counts.storageFull++;
      // Somebody makes room.
      if (this.#random.chance(0.2)) this.#disk.bytesMax = Number.POSITIVE_INFINITY;
      return;
    }
    throw error;
  }

  async #step(node: EmbeddedNode): Promise<void> {
    const random = this.#random;
    const dice = random.below(100);
    if (dice < 4) await node.checkpoint();
    else if (dice < 8) await node.collect({ pause: async () => undefined });
    else if (dice < 9) this.#disk.bytesMax = this.#disk.usedBytes() + random.below(40_000);
    else if (dice < 10) this.#kv.failBatches(1 + random.below(3));
    else if (dice < 14) await this.#retry(node);
    else await this.#send(node, await this.#operations(node), random.chance(0.3) ? this.#guess(node) : []);
  }

  async #operations(node: EmbeddedNode): Promise<Operation[]> {
    const random = this.#random;
    const operations: Operation[] = [];
    const slots = new Set(Array.from({ length: 1 + random.below(3) }, () => random.pick(this.#slots)));
    for (const slot of slots) {
      const live = node.readSync({ domain, slot });
      if (live !== undefined && random.chance(0.3)) {
        const { incarnation } = live;
        operations.push({
          kind: 'remove-vertex',
          domain,
          slot,
          incarnation: Buffer.from(incarnation),
          note: Buffer.alloc(0),
        });
        continue;
      }
      const incarnation = live === undefined ? this.#newIncarnation() : Buffer.from(live.incarnation);
      const chunks = random.chance(0.6) ? [await this.#stage(node)] : [];
      const payload = random.bytes(random.below(random.pick([20, 200, 3000])));
      operations.push({ kind: 'add-vertex', domain, slot, incarnation, payload, chunks });
    }
    return operations;
  }

  #newIncarnation(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(++this.#incarnations);
    return bytes;
  }

  /** New bytes, or some that were staged before. */
  async #stage(node: EmbeddedNode): Promise<ChunkRef> {
    const random = this.#random;
    const known = [...this.#chunkBytes.values()];
    const bytes =
      known.length > 0 && random.chance(0.2) ? random.pick(known) : random.bytes(1 + random.below(6000));
    const chunk = await node.stage(random.chance(0.5) ? bytes : pieces(bytes));
    this.#chunkBytes.set(hex(chunk.hash), bytes);
    return { hash: Buffer.from(chunk.hash), length: chunk.length };
  }

  #guess(node: EmbeddedNode): Transaction['expects'] {
    const slot = this.#random.pick(this.#slots);
    const revision = node.readSync({ domain, slot })?.revision ?? 0;
    return [{ domain, slot, revision: this.#random.chance(0.9) ? revision : revision + 1 }];
  }

  async #send(
    node: EmbeddedNode,
    operations: Operation[],
    expects: Transaction['expects'] = [],
  ): Promise<void> {
    const transaction = { id: this.#random.bytes(16), validFrom: 0, validUntil: 4096, expects, operations };
    const sent: Sent = { transaction, answers: [], open: 0 };
    this.#sent.set(hex(transaction.id), sent);
    await this.#commit(node, sent);
  }

  /** The same id again, answered or not: after a power cut it may be new to the node. */
  async #retry(node: EmbeddedNode): Promise<void> {
    if (this.#sent.size > 0) await this.#commit(node, this.#random.pick([...this.#sent.values()]));
  }

  async #commit(node: EmbeddedNode, sent: Sent): Promise<void> {
    sent.open++;
    try {
      sent.answers.push(await node.commit(sent.transaction));
      this.counts.answered++;
      sent.open--;
    } catch (error) {
      const { code } = error as NodeError;
      if (code === 'storage-full' || code === 'chunk-unknown') sent.open--;
      throw error;
    }
  }

  /** The power may go while the checker reads: then it looks again after the next start. */
  async #checked(node: EmbeddedNode): Promise<void> {
    try {
      await this.#check(node);
    } catch (error) {
      if (error instanceof Violation || !this.#disk.isOff) throw error;
    }
  }

  async #check(node: EmbeddedNode): Promise<void> {
    const applied: { readonly revision: number; readonly operations: readonly Operation[] }[] = [];
    for (const { transaction, answers, open } of this.#sent.values()) {
      const now = await node.outcome(transaction.id);
      for (const answer of answers) {
        const same =
          now !== undefined &&
          now.position === answer.position &&
          JSON.stringify(now.outcome) === JSON.stringify(answer.outcome) &&
          hex(now.certificate.batchHash) === hex(answer.certificate.batchHash);
        demand(
          same,
          `transaction ${hex(transaction.id)} was answered ${JSON.stringify(answer.outcome)} and is lost`,
        );
      }
      const refused = open === 0 && answers.length === 0;
      demand(!refused || now === undefined, `transaction ${hex(transaction.id)} was refused and is there`);
      if (answers.length === 0) this.counts[now === undefined ? 'lostUnanswered' : 'keptUnanswered']++;
      if (now?.outcome.status === 'applied') {
        applied.push({ revision: now.outcome.revision, operations: transaction.operations });
      }
    }
    applied.sort((left, right) => left.revision - right.revision);
    await this.#checkState(node, applied);
    if (this.#followFromStart) await this.#checkLog(node, applied);
  }

  async #checkState(
    node: EmbeddedNode,
    applied: readonly { readonly revision: number; readonly operations: readonly Operation[] }[],
  ): Promise<void> {
    const expected = new Map<
      string,
      { payload: Uint8Array; chunks: readonly ChunkRef[]; revision: number }
    >();
    let open = false;
    for (const { revision, operations } of applied) {
      for (const operation of operations) {
        if (operation.kind === 'create-domain') open = true;
        if (operation.kind === 'remove-vertex') expected.delete(hex(operation.slot));
        if (operation.kind === 'add-vertex') {
          const { payload, chunks } = operation;
          expected.set(hex(operation.slot), { payload, chunks: chunks ?? [], revision });
        }
      }
    }
    const usage = (await node.domain(domain))?.usage;
    demand((usage !== undefined) === open, 'the domain is open, or is not');
    let bytes = 0;
    const named = new Set<string>();
    for (const slot of this.#slots) {
      const atom = node.readSync({ domain, slot });
      const wanted = expected.get(hex(slot));
      demand((atom === undefined) === (wanted === undefined), `slot ${hex(slot)} is live, or is not`);
      if (atom === undefined || wanted === undefined) continue;
      demand(atom.revision === wanted.revision, 'the revision is another');
      demand(hex(atom.payload) === hex(wanted.payload), 'the payload is another');
      demand(
        JSON.stringify(atom.chunks.map(idOf)) === JSON.stringify(wanted.chunks.map(idOf)),
        'chunks are others',
      );
      bytes += 64 + atom.payload.length;
      for (const chunk of atom.chunks) {
        bytes += chunk.length;
        named.add(hex(chunk.hash));
        const content = Buffer.from(await node.fetch(chunk, 0, chunk.length));
        demand(
          content.equals(this.#chunkBytes.get(hex(chunk.hash)) as Buffer),
          'the bytes of a chunk are others',
        );
        this.counts.chunksRead++;
      }
    }
    if (usage !== undefined)
      demand(usage.bytes === bytes && usage.atoms === expected.size, 'the accounts are wrong');
    for (const [hash, content] of this.#chunkBytes) {
      const chunk = { hash: Buffer.from(hash, 'hex'), length: content.length };
      demand(node.isNamed(chunk) === named.has(hash), 'a chunk is named, or is not');
    }
  }

  async #checkLog(node: EmbeddedNode, applied: readonly { readonly revision: number }[]): Promise<void> {
    const last = await node.position();
    if (last === 0) return;
    const revisions: number[] = [];
    const stop = new AbortController();
    let next = 1;
    for await (const batch of node.follow(mainLog, 1, stop.signal)) {
      demand(batch.position === next, 'a follower missed a position');
      next++;
      for (const { outcome } of batch.transactions)
        if (outcome.status === 'applied') revisions.push(outcome.revision);
      if (batch.position === last) stop.abort();
    }
    const wanted = JSON.stringify(applied.map(({ revision }) => revision));
    demand(JSON.stringify(revisions) === wanted, 'followers see other transactions than the state');
  }
}

function idOf({ hash, length }: ChunkRef): string {
  return `${hex(hash)} ${length}`;
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

/** Lets what was under way when the power went come to its end. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
