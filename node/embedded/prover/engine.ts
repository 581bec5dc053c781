/**
 * The prover's engine over its trees: takes what the node tells in order. Changes are taken in at once, also while a frame
 * is made; whatever needs the trees waits its turn.
 */
import { NodeError, nodeLimits } from '../../api/index.ts';
import { readBulk } from '../../proving/changes/bulk.ts';
import type { DirtyEntries } from '../../proving/changes/dirty-entries.ts';
import { phaseCodes } from '../../proving/format/v1/shard.ts';
import type { BuiltTree, FrameMaker } from '../../proving/frame-maker.ts';
import { frameInfo } from '../../proving/frame-record.ts';
import type { FrameTrees } from '../../proving/frame-trees.ts';
import { makeProof } from '../../proving/make-proof.ts';
import type { FrameCut, FromProver, ToProver } from '../../proving/messages.ts';
import { isStorageFull } from '../storage-errors.ts';
import { TreeStream } from './tree-stream.ts';

export interface EngineParts {
  readonly maker: FrameMaker;
  readonly trees: FrameTrees;
  /** No frame of this network had it or a higher one. */
  readonly nextNumber: number;
  /** Buffers named are handed over. */
  readonly send: (message: FromProver, transfer?: readonly ArrayBuffer[]) => void;
  /** Closes what the engine works with. */
  readonly close: () => Promise<void>;
  /** What went wrong ends the engine. */
  readonly fail: (error: unknown) => void;
}

/** Frames in a row that may fail, because a thread died for instance, before the prover gives up. */
const framesFailedMax = 3;
/** Ids of removed atoms in one message. */
const idsPerMessage = 4096;
const removeSets: readonly number[] = [phaseCodes['vertex-removes'], phaseCodes['hyperedge-removes']];

export class Engine {
  readonly #parts: EngineParts;
  #turn: Promise<void> = Promise.resolve();
  #stream: TreeStream | undefined;
  #ended = false;
  #framesFailed = 0;
  /** The trees were damaged and emptied: nothing is signed over them until they are built again. */
  #isLost = false;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** Says what is there. */
  open(): void {
    const { maker, send, nextNumber } = this.#parts;
    const { last, current, trustRoot, network } = maker;
    const info = last === undefined ? undefined : frameInfo(last);
    send({ type: 'open', last: info, nextNumber, treesOf: current, trustRoot, network });
  }

  take(message: ToProver): void {
    const { maker, send } = this.#parts;
    switch (message.type) {
      case 'slab':
        maker.dirty.addSlab(message.buffer, message.length);
        send({ type: 'slab', buffer: message.buffer, dirty: maker.dirty.count }, [message.buffer]);
        break;
      case 'bulk':
        this.#bulk(message);
        break;
      case 'built':
        this.#built();
        break;
      case 'clear':
        // Changes told before belong to what was emptied.
        maker.takeDirty();
        // So do trees that are being built.
        this.#stream?.end();
        this.#stream = undefined;
        this.#inTurn(() => maker.clear());
        break;
      case 'cut': {
        // Taken now: what comes from here on is for the next frame.
        const dirty = maker.takeDirty();
        this.#overTrees(() => this.#frame(message.cut, dirty));
        break;
      }
      case 'prove':
        this.#overTrees(() => this.#prove(message));
        break;
      case 'removals':
        this.#overTrees(() => this.#removals());
        break;
      case 'close':
        this.#stream?.end();
        this.#inTurn(() => this.#close());
    }
  }

  #inTurn(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(async () => {
      if (this.#ended) return;
      try {
        await work();
      } catch (error) {
        this.#ended = true;
        this.#parts.fail(error);
      }
    });
  }

  /** What reads the trees may find damage. The state has what they were made of. */
  #overTrees(work: () => Promise<void>): void {
    this.#inTurn(async () => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof NodeError) || error.code !== 'corrupt') throw error;
        this.#isLost = true;
        await this.#parts.maker.clear();
        this.#parts.send({ type: 'lost', reason: error.message });
      }
    });
  }

  #bulk({ domain, set, entries }: ToProver & { readonly type: 'bulk' }): void {
    const { maker, send } = this.#parts;
    if (this.#stream === undefined) {
      const stream = new TreeStream(() => send({ type: 'bulk' }));
      this.#stream = stream;
      this.#inTurn(() => maker.rebuild(stream.trees() satisfies AsyncIterable<BuiltTree>));
    }
    this.#stream.push(domain, set, [...readBulk(entries)]);
  }

  /** A frame that could not be made leaves the last one, and its changes are in the next. */
  async #frame(cut: FrameCut, dirty: DirtyEntries): Promise<void> {
    const { maker, send } = this.#parts;
    if (this.#isLost) return maker.giveBack(dirty);
    try {
      send({ type: 'frame', frame: frameInfo(await maker.make(cut, dirty)) });
      this.#framesFailed = 0;
    } catch (error) {
      const isStored = maker.last?.frame.header.number === cut.number;
      if (isStored || !this.#mayTryAgain(error)) throw error;
      send({ type: 'delayed', number: cut.number, reason: String(error) });
    }
  }

  /** Without space as often as it takes. What the forest says of itself is for good. */
  #mayTryAgain(error: unknown): boolean {
    if (isStorageFull(error)) return true;
    if (error instanceof NodeError) return false;
    this.#framesFailed += 1;
    return this.#framesFailed < framesFailedMax;
  }

  #built(): void {
    const { maker, send } = this.#parts;
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream === undefined) this.#inTurn(() => maker.clear());
    else stream.end();
    this.#inTurn(async () => {
      this.#isLost = false;
      send({ type: 'bulk' });
    });
  }

  async #prove({ id, items, delay }: ToProver & { readonly type: 'prove' }): Promise<void> {
    const { maker, trees, send } = this.#parts;
    const { last, current, genesisBytes } = maker;
    const record = current === undefined ? undefined : last;
    try {
      const proof =
        record === undefined ? undefined : await makeProof(items, delay, record, { genesisBytes, trees });
      if (proof === undefined) send({ type: 'stale', id });
      else if (proof.length > nodeLimits.proofBytesMax) {
        send({
          type: 'refused',
          id,
          message: `the proof would have ${proof.length} bytes; ask for fewer items`,
        });
      } else send({ type: 'proof', id, proof });
    } catch (error) {
      if (!(error instanceof NodeError) || error.code !== 'malformed') throw error;
      send({ type: 'refused', id, message: error.message });
    }
  }

  async #removals(): Promise<void> {
    const { trees, send } = this.#parts;
    if (this.#isLost) return;
    let ids: Uint8Array[] = [];
    for await (const { domain, set } of trees.phaseTrees()) {
      if (!removeSets.includes(set)) continue;
      for await (const { key } of trees.entries({ domain, set })) {
        ids.push(Buffer.concat([domain, key]));
        if (ids.length < idsPerMessage) continue;
        send({ type: 'removals', ids: new Uint8Array(Buffer.concat(ids)) });
        ids = [];
      }
    }
    if (ids.length > 0) send({ type: 'removals', ids: new Uint8Array(Buffer.concat(ids)) });
    send({ type: 'removals', ids: new Uint8Array(0) });
  }

  async #close(): Promise<void> {
    this.#ended = true;
    await this.#parts.close();
    this.#parts.send({ type: 'closed' });
  }
}
