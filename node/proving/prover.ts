/**
 * The prover as the node sees it: it takes every applied write, cuts a frame each interval, gives proofs, and holds writers
 * back when frames fall behind. The work is done elsewhere (`ProverEngine`); here bytes are only handed over.
 *
 * A proof shows all that was applied before it was asked for. If the last frame shows the same of its slots, that frame
 * serves; else the slots are read at the next cut, at the position of that frame, and proven when it is signed.
 */
import { NodeError, type ProofRequest } from '../api/index.ts';
import { domainKey, type StateWrite } from '../hypergraph/index.ts';
import { ChangeFeed } from './changes/change-feed.ts';
import { checkRequest } from './check-request.ts';
import { provingLimits } from './limits.ts';
import type { FrameInfo, FromProver, ProvenNetwork, ProverEngine } from './messages.ts';
import { ProofDesk } from './proof-desk.ts';
import type { ProvenState } from './proven-state.ts';
import { readItem } from './read-item.ts';
import { Answers, buildTrees, catchUp, isPast } from './recover-trees.ts';

export interface ProverOptions {
  readonly intervalMs: number;
}

export interface ProverModules {
  readonly engine: ProverEngine;
  readonly state: ProvenState;
  readonly clock: {
    monotonic(): number;
    timer(delayMs: number, callback: () => void): () => void;
  };
  /** Wall clock, milliseconds since 1970: the time that frames name. */
  readonly nowMs: () => number;
  readonly logger?:
    | { info(fields: object, message: string): void; error(fields: object, message: string): void }
    | undefined;
}

export interface ProverStatus {
  readonly state: 'starting' | 'running' | 'failed' | 'closed';
  readonly reason: string | undefined;
  readonly last: FrameInfo | undefined;
  /** Age of the oldest applied write that no signed frame shows. */
  readonly lagMs: number;
  readonly dirtyEntries: number;
  readonly proofs: number;
  readonly trustRoot: Uint8Array | undefined;
  readonly network: ProvenNetwork | undefined;
}

export class Prover {
  readonly #options: ProverOptions;
  readonly #modules: ProverModules;
  readonly #feed: ChangeFeed;
  readonly #desk: ProofDesk;
  readonly #opened = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  #state: ProverStatus['state'] = 'starting';
  #reason: string | undefined;
  #trustRoot: Uint8Array | undefined;
  #network: ProvenNetwork | undefined;
  #last: FrameInfo | undefined;
  /** Highest number that any frame may have had. */
  #lastNumber = 0;
  #isCurrent = false;
  readonly #frameListeners = new Set<(frame: number) => void>();
  /** Number of the frame that is being made. */
  #making: { readonly number: number; readonly oldestAt: number | undefined } | undefined;
  /** When the first write came that no cut has taken. */
  #oldestAt: number | undefined;
  #dirty = 0;
  #stopTimer: () => void = () => undefined;
  #due = false;
  #room: PromiseWithResolvers<void> | undefined;
  #recovered = false;
  #answers = new Answers();

  constructor(options: ProverOptions, modules: ProverModules) {
    this.#options = options;
    this.#modules = modules;
    const { engine } = modules;
    this.#feed = new ChangeFeed({
      slab: (buffer, length) => engine.post({ type: 'slab', buffer, length }),
    });
    this.#desk = new ProofDesk({
      post: (id, items, delay) => engine.post({ type: 'prove', id, items, delay }),
      read: (item) => readItem((key) => modules.state.get(key), item),
    });
    this.#opened.promise.catch(() => undefined);
    engine.listen(
      (message) => this.#take(message),
      (error) => this.#ended(error),
    );
  }

  /**
   * Begins when the state is recovered, before the first write. Behind it the stored trees are brought up to the applied
   * position: keys that the log touched since their frame are told as they are now. Without trees, or without that part of
   * the log, the trees are built from the state. The first frame is cut after that.
   */
  async start(): Promise<void> {
    await this.#opened.promise;
    this.#state = 'running';
    this.#oldestAt = this.#now();
    this.#bringUpToDate();
  }

  /** @param afresh the trees hold nothing */
  #bringUpToDate(afresh = false): void {
    const answers = this.#supersede();
    this.#recover(answers, afresh).then(
      () => {
        if (this.#answers !== answers) return;
        this.#recovered = true;
        if (this.#state === 'running') this.#cut();
      },
      (error) => {
        if (this.#answers === answers) this.#ended(error);
      },
    );
  }

  /** What brings the trees up to date ends, and tells no more; the trees are not those of the state until another has. */
  #supersede(): Answers {
    const superseded = this.#answers;
    this.#answers = new Answers();
    this.#recovered = false;
    superseded.end(new NodeError('closed', 'the trees were lost meanwhile'));
    return this.#answers;
  }

  /** Writes of an applied batch, before anyone else hears of it. */
  write(writes: readonly StateWrite[]): void {
    if (this.#state !== 'running') return;
    this.#oldestAt ??= this.#now();
    this.#feed.write(writes);
  }

  /** undefined when writers need not wait. */
  room(): Promise<void> | undefined {
    if (this.#state !== 'running' || !this.#isBehind()) return undefined;
    this.#room ??= Promise.withResolvers<void>();
    // A frame is what makes room: as soon as the last is done.
    this.#cut();
    return this.#room.promise;
  }

  /**
   * Number of the first frame that shows what is applied now; undefined when there will be none. Without a write since the last
   * cut that is the frame of this cut: a proof asked for after an answer is never at a lower frame than the answer named.
   */
  nextFrame(): number | undefined {
    if (this.#state !== 'running') return undefined;
    const ofLastCut = this.#making?.number ?? this.#lastNumber;
    return this.#oldestAt === undefined ? ofLastCut : ofLastCut + 1;
  }

  /** As `LocalNodePorts.onFrame`. */
  onFrame(listener: (frame: number) => void): () => void {
    this.#frameListeners.add(listener);
    return () => this.#frameListeners.delete(listener);
  }

  /** @throws NodeError as in `NodePorts.prove` */
  async prove(request: ProofRequest, signal?: AbortSignal): Promise<Uint8Array> {
    checkRequest(request);
    if (this.#state !== 'running') throw this.#unable();
    for (const { domain } of request.items) {
      if (this.#modules.state.get(domainKey(domain)) === undefined) {
        throw new NodeError('malformed', 'nothing can be proven of a domain that never was');
      }
    }
    return await this.#desk.ask(request, signal);
  }

  /** The state is about to be emptied: until `reset` nobody reads it for the trees, and no frame is cut. */
  emptying(): void {
    if (this.#state === 'running') this.#supersede();
  }

  /** The state was emptied: so are the trees, from the next frame on. */
  reset(): void {
    if (this.#state !== 'running') return;
    this.#feed.flush();
    this.#modules.engine.post({ type: 'clear' });
    this.#oldestAt ??= this.#now();
    this.#bringUpToDate(true);
  }

  status(): ProverStatus {
    return {
      state: this.#state,
      reason: this.#reason,
      last: this.#last,
      lagMs: this.#lagMs(),
      dirtyEntries: this.#dirty,
      proofs: this.#desk.waiting,
      trustRoot: this.#trustRoot,
      network: this.#network,
    };
  }

  /** Gives up what is not signed: the log has it. */
  async close(): Promise<void> {
    this.#stopTimer();
    if (this.#state === 'failed' || this.#state === 'closed') return;
    this.#stop('closed', undefined);
    this.#desk.refuseAll(new NodeError('closed', 'the node is closing'));
    this.#modules.engine.post({ type: 'close' });
    await this.#closed.promise;
  }

  async #recover(answers: Answers, afresh: boolean): Promise<void> {
    const { state, logger, engine } = this.#modules;
    const modules = { engine, state, feed: this.#feed, answers };
    const last = this.#last;
    if (!afresh && this.#isCurrent && last !== undefined && (await isPast(last, state)))
      return await catchUp(last.position + 1, modules);
    const { position } = state.head();
    if (position > 0) logger?.info({ position }, 'building the commitment trees from the state');
    // Also of an empty state: what stands in the trees may be of another.
    await buildTrees(modules);
  }

  #take(message: FromProver): void {
    switch (message.type) {
      case 'open':
        this.#last = message.last;
        this.#lastNumber = Math.max(message.last?.number ?? 0, message.nextNumber - 1);
        // An older copy of the state may be at the same place in the log, and not yet emptied.
        this.#isCurrent = message.treesOf?.emptiedAt === this.#modules.state.emptiedAt();
        this.#trustRoot = message.trustRoot;
        this.#network = message.network;
        if (message.last !== undefined) this.#modules.state.retainFrom(message.last.position + 1);
        this.#opened.resolve();
        break;
      case 'slab':
        this.#feed.returned(message.buffer);
        this.#dirty = message.dirty;
        this.#makeRoom();
        break;
      case 'frame':
        this.#framed(message.frame);
        break;
      case 'delayed':
        this.#delayed(message.reason);
        break;
      case 'lost':
        this.#lost(message.reason);
        break;
      case 'proof':
        this.#desk.proven(message.id, message.proof);
        break;
      case 'stale':
        this.#desk.stale(message.id);
        break;
      case 'refused':
        this.#desk.refused(message.id, message.message);
        break;
      case 'closed':
        this.#closed.resolve();
        break;
      case 'bulk':
      case 'removals':
        break;
    }
    if (!this.#recovered) this.#answers.push(message);
  }

  /** Tried again at the next interval; what it should have shown still counts as behind. */
  #delayed(reason: string): void {
    const { logger } = this.#modules;
    logger?.error({ frame: this.#making?.number, reason }, 'a frame could not be made and is tried again');
    this.#oldestAt = this.#making?.oldestAt ?? this.#oldestAt;
    this.#making = undefined;
    this.#due = false;
    this.#stopTimer();
    this.#stopTimer = this.#modules.clock.timer(this.#options.intervalMs, () => this.#cut());
    this.#makeRoom();
  }

  /** The state has what the trees were made of. */
  #lost(reason: string): void {
    if (this.#state !== 'running') return;
    this.#modules.logger?.error({ reason }, 'the commitment trees are damaged and are built again');
    this.#oldestAt = this.#making?.oldestAt ?? this.#oldestAt ?? this.#now();
    this.#making = undefined;
    this.#desk.lost();
    this.#bringUpToDate(true);
  }

  #framed(frame: FrameInfo): void {
    const { state } = this.#modules;
    this.#last = frame;
    this.#lastNumber = frame.number;
    this.#making = undefined;
    state.retainFrom(frame.position + 1);
    this.#desk.framed();
    for (const listener of this.#frameListeners) listener(frame.number);
    this.#makeRoom();
    if (this.#due) this.#cut();
  }

  /** Now, or when the frame that is being made is done. */
  #cut(): void {
    this.#due = true;
    if (this.#making !== undefined || !this.#recovered || this.#state !== 'running') return;
    this.#due = false;
    this.#stopTimer();
    const { engine, state, nowMs, clock } = this.#modules;
    const number = this.#lastNumber + 1;
    const { position, hash } = state.head();
    this.#feed.flush();
    // Read before anything else can be applied: these are the slots at the position of the cut.
    this.#desk.cut();
    this.#making = { number, oldestAt: this.#oldestAt };
    this.#oldestAt = undefined;
    const timeMs = Math.max(nowMs(), this.#last?.timeMs ?? 0);
    const emptiedAt = state.emptiedAt();
    const cut = { number, timeMs, position, logHead: Uint8Array.from(hash), emptiedAt };
    engine.post({ type: 'cut', cut });
    this.#stopTimer = clock.timer(this.#options.intervalMs, () => this.#cut());
  }

  #isBehind(): boolean {
    return (
      this.#feed.outstandingBytes > provingLimits.outstandingBytesMax ||
      this.#dirty > provingLimits.dirtyEntriesMax ||
      (this.#recovered && this.#lagMs() > provingLimits.lagMaxMs)
    );
  }

  #makeRoom(): void {
    if (this.#room === undefined || (this.#state === 'running' && this.#isBehind())) return;
    this.#room.resolve();
    this.#room = undefined;
  }

  #lagMs(): number {
    const oldest = this.#making?.oldestAt ?? this.#oldestAt;
    return oldest === undefined ? 0 : this.#now() - oldest;
  }

  #now(): number {
    return this.#modules.clock.monotonic();
  }

  /** Without a prover the node goes on, and says so; the log lets go of what only the prover needed. */
  #ended(error: unknown): void {
    if (this.#state === 'closed') this.#closed.resolve();
    if (this.#state === 'closed' || this.#state === 'failed') return;
    this.#modules.logger?.error({ err: error }, 'the prover failed; nothing is proven until the next start');
    this.#stop('failed', error);
    this.#desk.refuseAll(this.#unable());
    this.#modules.state.retainFrom(Number.MAX_SAFE_INTEGER);
  }

  #stop(state: 'failed' | 'closed', error: unknown): void {
    this.#state = state;
    this.#reason = error instanceof Error ? error.message : error === undefined ? undefined : String(error);
    this.#stopTimer();
    const stopped = new NodeError('closed', `the prover is ${state}`, { cause: error });
    // Whoever starts the node tells the user why.
    this.#opened.reject(error instanceof Error ? error : stopped);
    this.#answers.end(stopped);
    this.#makeRoom();
  }

  #unable(): NodeError {
    const { state, reason } = this.status();
    return new NodeError(
      'not-supported',
      `the prover is ${state}${reason === undefined ? '' : `: ${reason}`}`,
    );
  }
}
