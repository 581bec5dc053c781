/**
 * The write-ahead log of an instance in the hypergraph. Bytes of the engine are appended in order and become batches: one
 * transaction of the node is on its way at a time, what arrives meanwhile is the next one. Each is written under the lease's term, on
 * condition that the batch before it is still the one this log knows and that nothing stands where it goes, so that the node
 * itself refuses gaps, repeats and whoever had the lease before. A batch is certified when the node has it durably.
 *
 * A transaction whose outcome a crash hid is there or not; `open` finds the end as it is.
 */
import {
  type DomainWrite,
  inlineBytesMax,
  type Piece,
  StaleTerm,
  stagePieces,
  unstagePieces,
} from '@hypergate/table';
import type { InstanceStore } from '../model/instance-store.ts';
import { formatLsn, type Lsn, type Timeline } from '../model/lsn.ts';
import { placeKey, timelineKey, timelinesTable, type WalRow, walTable } from '../model/wal-tables.ts';
import { BatchQueue } from './batch-queue.ts';
import { linkOf, noLink } from './chain.ts';
import { mayPass, nothingApplied, WalError } from './errors.ts';
import { checkContiguity, findEnd, type LogEnd } from './find-end.ts';
import { GroupCommit, type GroupCommitOptions } from './group-commit.ts';
import { walLimits } from './limits.ts';
import { type Free, Places } from './places.ts';
import { readWal } from './read-wal.ts';
import type { SealLimits, Unsealed } from './sealer.ts';
import { firstStretch, segmentBefore } from './stretches.ts';
import { type TimelineHistory, Timelines } from './timelines.ts';
import { Upkeep } from './upkeep.ts';

export interface WalLogModules {
  readonly clock: { now(): number };
  readonly delay: (ms: number) => Promise<void>;
  /** Another gateway has the instance: nothing more will be certified. */
  readonly onLost: () => void;
  /** Nothing more will be certified, for a reason that the next opening may find gone. */
  readonly onFailed: (error: unknown) => void;
  /** The node takes nothing now (true), or does again (false). */
  readonly onFailing: (failing: boolean, error: unknown) => void;
  /** Old batches could not be sealed; it is tried again later. */
  readonly onUpkeepFailed: (error: unknown) => void;
}

export interface WalLogOptions {
  readonly groupCommit?: GroupCommitOptions;
  readonly seal?: SealLimits;
}

export interface WalLogStats {
  readonly rounds: number;
  readonly messages: number;
  readonly bytes: number;
}

/** What the log holds: from when points in time can be had. */
export interface WalBounds {
  readonly start: Lsn;
  /** When the oldest stretch that is kept was complete. Milliseconds since 1970. */
  readonly startMs: number;
  readonly end: Lsn;
  readonly endMs: number;
}

type Listener = (certified: Lsn, timeline: Timeline) => void;

export class WalLog {
  readonly #store: InstanceStore;
  readonly #modules: WalLogModules;
  readonly #timelines: Timelines;
  readonly #places: Places;
  readonly #upkeep: Upkeep;
  readonly #group: GroupCommit;
  readonly #listeners = new Set<Listener>();
  #timeline: Timeline;
  #tail: LogEnd | undefined;
  #appended: Lsn;
  #certified: Lsn;
  readonly #waiting = new BatchQueue();
  #pumpIsDue = false;
  #round: Promise<void> | undefined;
  #isSwitching = false;
  #ended = false;
  readonly #onEnd = new Set<() => void>();
  readonly #stats = { rounds: 0, messages: 0, bytes: 0 };

  private constructor(
    store: InstanceStore,
    modules: WalLogModules,
    options: WalLogOptions,
    found: { timelines: Timelines; places: Places; tail: LogEnd | undefined; unsealed: Unsealed },
  ) {
    this.#store = store;
    this.#modules = modules;
    this.#timelines = found.timelines;
    this.#places = found.places;
    this.#tail = found.tail;
    const upkeep = {
      store,
      places: found.places,
      delay: modules.delay,
      timelines: () => this.#timelines.list().map(({ timeline }) => timeline),
      tail: () => this.#tail,
      onLost: (error: StaleTerm) => this.#fail(error),
      onFailure: modules.onUpkeepFailed,
    };
    this.#upkeep = new Upkeep(found.unsealed, upkeep, options.seal);
    this.#group = new GroupCommit(() => this.#pump(), options.groupCommit);
    const newest = found.timelines.newest;
    this.#timeline = newest?.timeline ?? 0;
    const end = found.tail?.timeline === this.#timeline ? found.tail.end : (newest?.switchLsn ?? 0);
    this.#appended = end;
    this.#certified = end;
  }

  /** @throws WalError `damaged` */
  static async open(
    store: InstanceStore,
    modules: WalLogModules,
    options: WalLogOptions = {},
  ): Promise<WalLog> {
    const timelines = await Timelines.load(store.domain);
    const sealedTo = async (timeline: Timeline) => (await segmentBefore(store.domain, timeline))?.end ?? 0;
    const places = await Places.load(store, sealedTo);
    const unsealed = await checkContiguity(store, places, timelines);
    const tail = await findEnd(store, places, timelines);
    const log = new WalLog(store, modules, options, { timelines, places, tail, unsealed });
    // What a crash left half done.
    log.#upkeep.seal();
    return log;
  }

  /** Newest timeline; 0 before the first one. */
  get timeline(): Timeline {
    return this.#timeline;
  }

  /** All of the timeline up to here is durable. */
  get certified(): Lsn {
    return this.#certified;
  }

  /** Where the next bytes begin. */
  get appended(): Lsn {
    return this.#appended;
  }

  get pendingBytes(): number {
    return this.#appended - this.#certified;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Link of the last batch, which stands for all of the log. */
  get endLink(): Buffer {
    return this.#tail?.hash ?? noLink;
  }

  get stats(): WalLogStats {
    return { ...this.#stats };
  }

  /** Called when more is certified, and when a timeline begins. @returns ends it */
  onCertified(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes the bytes; they must not change any more. What is appended in one turn leaves together.
   * @throws WalError `gap` when they do not begin where the log ends, `ended`
   */
  append(timeline: Timeline, start: Lsn, bytes: Buffer): void {
    if (this.#ended) throw ended();
    if (timeline !== this.#timeline || start !== this.#appended || this.#isSwitching) {
      const where = `${formatLsn(this.#appended)} of timeline ${this.#timeline}`;
      throw new WalError(
        'gap',
        `the log ends at ${where}; ${formatLsn(start)} of ${timeline} does not follow`,
      );
    }
    if (bytes.length === 0) return;
    this.#waiting.add(bytes);
    this.#appended += bytes.length;
    if (this.#pumpIsDue) return;
    this.#pumpIsDue = true;
    queueMicrotask(() => {
      this.#pumpIsDue = false;
      this.#pump();
    });
  }

  /** Everything appended so far is certified, or never will be. */
  async settled(): Promise<void> {
    const target = this.#appended;
    const timeline = this.#timeline;
    const isOpen = () => !this.#ended && this.#timeline === timeline && this.#certified < target;
    while (isOpen()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const off = this.onCertified(() => resolve());
      this.#onEnd.add(resolve);
      if (isOpen()) await promise;
      off();
      this.#onEnd.delete(resolve);
    }
  }

  /**
   * From here on bytes are of another timeline, which leaves its parent at a position that the log has. What the parent has
   * beyond stays in the log and is part of no history any more.
   * @param parent 0 for the first timeline; the log then begins at `switchLsn`
   * @throws WalError `timeline`, `ended`; NodeError
   */
  async beginTimeline(timeline: Timeline, parent: Timeline, switchLsn: Lsn): Promise<void> {
    const known = this.#timelines.get(timeline);
    if (known?.parent === parent && known.switchLsn === switchLsn && timeline === this.#timeline) return;
    await this.settled();
    if (this.#ended) throw ended();
    const from = this.#timelines.get(parent);
    const isFirst = parent === 0 && this.#timeline === 0;
    const isWithin =
      parent === this.#timeline &&
      from !== undefined &&
      switchLsn >= from.switchLsn &&
      switchLsn <= this.#certified;
    if (timeline <= this.#timeline || (!isFirst && !isWithin))
      throw new WalError(
        'timeline',
        `timeline ${timeline} cannot begin at ${formatLsn(switchLsn)} of ${parent}`,
      );
    const { tables, domain, fence } = this.#store;
    const row = { parent, switchLsn, createdMs: this.#modules.clock.now() };
    const put = { kind: 'put' as const, domain, table: timelinesTable, key: timelineKey(timeline), row };
    this.#isSwitching = true;
    try {
      await this.#guarded(() =>
        tables.transact([{ ...put, condition: 'absent' }, ...this.#checks()], { fence }),
      );
    } finally {
      this.#isSwitching = false;
    }
    this.#timelines.add({ timeline, ...row });
    this.#timeline = timeline;
    this.#appended = switchLsn;
    this.#certified = switchLsn;
    this.#tell();
  }

  /** @throws WalError `timeline` */
  history(timeline: Timeline = this.#timeline): TimelineHistory {
    return this.#timelines.history(timeline);
  }

  /** Content of the timeline's history file in pg_wal. @throws WalError `timeline` */
  historyFileText(timeline: Timeline): string {
    return this.#timelines.historyFileText(timeline);
  }

  /**
   * Certified bytes [from, to) along a history, in pieces of any size.
   * @throws WalError `missing`, `damaged`
   */
  read(history: TimelineHistory, from: Lsn, to: Lsn): AsyncIterable<Buffer> {
    return readWal(this.#store, this.#places, this.#timelines, history, from, to);
  }

  /** undefined while nothing is in it. */
  async bounds(): Promise<WalBounds | undefined> {
    for (const { timeline } of this.#timelines.list()) {
      const first = await firstStretch(this.#store.domain, this.#places, timeline);
      if (first === undefined || this.#tail === undefined) continue;
      const { end, receivedMs } = this.#tail;
      return { start: first.start, startMs: first.receivedMs, end, endMs: receivedMs };
    }
    return undefined;
  }

  /** Removes what stands wholly below a position. @throws WalError `ended`; NodeError */
  trim(before: Lsn): Promise<void> {
    return this.#upkeep.trim(before);
  }

  /** Nothing more is taken; resolves when nothing more is written. */
  async close(): Promise<void> {
    this.#end();
    await this.#round;
    await this.#upkeep.end();
  }

  #pump(): void {
    if (this.#ended || this.#waiting.length === 0) return;
    if (!this.#group.mayLeave(this.#waiting.length, this.#waiting.bytes)) return;
    this.#group.left();
    this.#round = this.#write();
  }

  async #write(): Promise<void> {
    const messages = this.#waiting.length;
    const bytes = this.#waiting.take(walLimits.batchBytes);
    const timeline = this.#timeline;
    const start = this.#certified;
    const prevHash = this.endLink;
    const receivedMs = Math.max(this.#modules.clock.now(), this.#tail?.receivedMs ?? 0);
    const hash = linkOf(timeline, start, prevHash, bytes);
    const endLsn = start + bytes.length;
    const { term } = this.#store.fence;
    const facts = { timeline, startLsn: start, term, endLsn, prevHash, hash, receivedMs };
    const isFirst = this.#tail !== undefined && this.#tail.timeline !== timeline;
    try {
      const taken = this.#places.take();
      const revision = await this.#guarded(() => this.#transactBatch(taken, facts, bytes));
      const batch = { place: taken.place, timeline, start, end: endLsn, hash, receivedMs };
      this.#places.wrote(batch, revision, bytes, prevHash);
      this.#tail = { ...batch, revision };
    } catch {
      // Told by `#guarded`; the log has ended.
      return;
    }
    this.#certified = endLsn;
    this.#stats.rounds++;
    this.#stats.messages += messages;
    this.#stats.bytes += bytes.length;
    this.#tell();
    this.#group.certified(messages);
    this.#pump();
    this.#upkeep.wrote(bytes.length);
    // The last batch of the timeline before needs no keeping any more.
    if (isFirst) this.#upkeep.seal();
  }

  async #transactBatch(taken: Free, facts: Omit<WalRow, 'pieces'>, bytes: Buffer): Promise<number> {
    const { tables, domain, fence } = this.#store;
    const pieces: Piece[] =
      bytes.length <= inlineBytesMax ? [{ kind: 'inline', bytes }] : await stagePieces(tables, bytes);
    const put: DomainWrite = {
      kind: 'put',
      domain,
      table: walTable,
      key: placeKey(taken.place),
      row: { ...facts, pieces },
      condition: await this.#places.conditionOf(taken),
    };
    try {
      return (await tables.transact([put, ...this.#checks(facts.timeline)], { fence })).revision;
    } catch (error) {
      if (nothingApplied(error)) unstagePieces(tables, pieces);
      throw error;
    }
  }

  /** What must still be so: the last batch, and for the first one of a timeline that this has begun. */
  #checks(begins?: Timeline): DomainWrite[] {
    const { domain } = this.#store;
    const tail = this.#tail;
    const checks: DomainWrite[] = [];
    if (tail !== undefined) {
      const key = placeKey(tail.place);
      checks.push({ kind: 'check', domain, table: walTable, key, condition: { revision: tail.revision } });
    }
    if (begins !== undefined && tail?.timeline !== begins)
      checks.push({
        kind: 'check',
        domain,
        table: timelinesTable,
        key: timelineKey(begins),
        condition: 'present',
      });
    return checks;
  }

  /** Tries again while the node takes nothing. Whatever else fails ends the log. */
  async #guarded<T>(attempt: () => Promise<T>): Promise<T> {
    let pauseMs: number = walLimits.retryMs;
    for (let failing = false; ; failing = true) {
      try {
        const result = await attempt();
        if (failing) this.#modules.onFailing(false, undefined);
        return result;
      } catch (error) {
        if (this.#ended || !mayPass(error)) {
          this.#fail(error);
          throw error;
        }
        if (!failing) this.#modules.onFailing(true, error);
        await this.#modules.delay(pauseMs);
        pauseMs = Math.min(walLimits.retryMsMax, pauseMs * 2);
        if (this.#ended) throw ended();
      }
    }
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#end();
    if (error instanceof StaleTerm) this.#modules.onLost();
    else this.#modules.onFailed(error);
  }

  #end(): void {
    this.#ended = true;
    this.#group.end();
    this.#waiting.clear();
    void this.#upkeep.end();
    for (const wake of this.#onEnd) wake();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.#certified, this.#timeline);
  }
}

function ended(): WalError {
  return new WalError('ended', 'the write-ahead log takes no more');
}
