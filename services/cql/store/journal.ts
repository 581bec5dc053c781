/**
 * The journal: statements become rows of it, in order; those that arrive while a row is being written share the next one (group
 * commit). A row is written on condition that nobody else wrote one under its number. If another gateway did, its row happens
 * first: it is read and applied here too, decisions are taken anew, and ours goes behind it. So all gateways apply the same rows in the
 * same order, and what is decided against the state before a row is decided against the state in which the row takes effect.
 */
import type { LocalNodePorts, Revision } from '@hypergate/node/api';
import {
  ConditionFailed,
  inlineBytesMax,
  type Piece,
  readPieces,
  stagePieces,
  type TableDomain,
  type TableStore,
  unstagePieces,
} from '@hypergate/table';
import type { Mutation } from '../engine/model.ts';
import { CqlError } from '../errors.ts';
import { decodeJournalBody, encodeJournalBody, type JournalItem } from '../model/journal-body.ts';
import { journalKey, journalTable, stateKey, stateTable } from '../model/tables.ts';
import { JournalEnd } from './journal-end.ts';
import { storeLimits } from './limits.ts';

/** What is written in one step. */
export interface Entry {
  readonly items: readonly JournalItem[];
  /** Names of what the items change: others must not have decided by it in the same row. */
  readonly changes: readonly string[];
  readonly bytes: number;
  /** That are among the items. */
  readonly mutations?: readonly Mutation[];
}

/** What a decision came to. */
export interface Decided<Result> extends Entry {
  readonly result: Result;
  /** Names of what it looked at; undefined: it may have been everything. */
  readonly looked: ReadonlySet<string> | undefined;
}

/** For an entry that may not be right any more when its turn comes. */
export interface Reconsidering {
  /** Asked when everything before its row was applied. */
  isDue(): boolean;
  /** What is written instead. */
  decide(): Decided<unknown> | Promise<Decided<unknown>>;
}

/** Where a journal is read from. */
export interface JournalStart {
  /** Row up to which everything is in records. */
  readonly settled: number;
  /** Of the record that says so; 0: there is none. */
  readonly stateRevision: Revision;
}

export interface JournalModules {
  readonly tables: TableStore;
  readonly domain: TableDomain;
  readonly node: Pick<LocalNodePorts, 'onApplied'>;
  /** Random, 16 bytes. */
  readonly writer: Buffer;
  /** Resolves when the node's latest row has been seen here; undefined for a node in this process, whose rows are seen at once. */
  readonly fresh?: () => Promise<unknown>;
  /** Latest time of writing that was given here. */
  clock(): bigint;
  /** Somebody brought rows into records. */
  onSettled(): void;
  /** Failures that nobody waits for. */
  onFailure(error: unknown): void;
  /**
   * Rows behind those that were applied have been settled and removed by somebody else: everything that was applied is forgotten and records are
   * read anew.
   */
  restart(): Promise<JournalStart>;
  /** Why an entry may not be written as things are now. */
  refusal?(entry: Entry): Error | undefined;
  /** A row of the journal, its items in order. What was applied is seen by reads. */
  apply(row: number, clock: bigint, items: readonly JournalItem[]): void;
}

interface Work {
  entry: Entry;
  decide: (() => Decided<unknown> | Promise<Decided<unknown>>) | undefined;
  readonly reconsidering: Reconsidering | undefined;
  /** Undefined: not decided yet, or no longer. */
  decided: Decided<unknown> | undefined;
  /** It was answered with an error. */
  failed: boolean;
  attempts: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const nothing: Entry = { items: [], changes: [], bytes: 0 };
const headBytes = 64;
const itemHeadBytes = 8;

export class Journal {
  /** Last row that was applied here. */
  applied: number;
  readonly end: JournalEnd;
  readonly #modules: JournalModules;
  #queue: Work[] = [];
  #running: Promise<void> | undefined;
  #writing: Promise<unknown> | undefined;
  #catchingUp: Promise<void> | undefined;
  #isClosed = false;

  /** What was there when it was read: the log may have later rows, which `replay` brings. */
  constructor({ settled, stateRevision }: JournalStart, modules: JournalModules) {
    this.applied = settled;
    this.#modules = modules;
    this.end = new JournalEnd(settled, stateRevision, modules.node, modules.domain, {
      onRow: () => this.#seen(),
      onSettled: () => modules.onSettled(),
    });
  }

  /** Resolves when the entry is durable and applied. @throws CqlError; NodeError */
  write(entry: Entry, reconsidering?: Reconsidering): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#submit({
        entry,
        decide: undefined,
        reconsidering,
        decided: undefined,
        failed: false,
        attempts: 0,
        resolve: () => resolve(),
        reject,
      });
    });
  }

  /** @param decide looks at the state and says what is to be written; called again when something came between */
  decide<Result>(decide: () => Decided<Result> | Promise<Decided<Result>>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#submit({
        entry: nothing,
        decide,
        reconsidering: undefined,
        decided: undefined,
        failed: false,
        attempts: 0,
        resolve: resolve as (result: unknown) => void,
        reject,
      });
    });
  }

  /** Resolves when every row that is in the log was applied here; undefined when that is so already. */
  current(): Promise<void> | undefined {
    return this.end.seen > this.applied ? this.#becomeCurrent() : undefined;
  }

  /** Resolves when everything that was written or settled before was seen here, by whomever it was. */
  async catchUp(): Promise<void> {
    await this.#modules.fresh?.();
    await this.#becomeCurrent();
    if (await this.#isOutdated()) await this.replay();
  }

  /** Reads rows behind the last one that was applied, at the start. */
  async replay(): Promise<void> {
    for (;;) {
      while (await this.#applyNext());
      if (!(await this.#isOutdated())) return;
      await this.#restart();
    }
  }

  /** @returns false when there is no further row */
  async #applyNext(): Promise<boolean> {
    const row = this.applied + 1;
    const stored = await this.#modules.domain.get(journalTable, journalKey(row));
    if (stored === undefined) return false;
    await this.#applyStored(row, stored.row.body);
    return true;
  }

  /** Whether somebody settled what was not seen here. */
  async #isOutdated(): Promise<boolean> {
    const stored = await this.#modules.domain.get(stateTable, stateKey);
    if (stored === undefined) return false;
    if (stored.row.settled > this.applied) return true;
    // It may have been written between the first look and the first row that was listened for.
    this.end.noticeState(stored.revision);
    return false;
  }

  async #restart(): Promise<void> {
    const { settled, stateRevision } = await this.#modules.restart();
    this.applied = settled;
    this.end.restart(settled, stateRevision);
  }

  /** Nothing more is accepted; resolves when what was has been answered. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
    this.end.close();
  }

  /** A row that another gateway wrote is applied soon, also when nobody reads: it may be removed once it is settled. */
  #seen(): void {
    if (this.#writing !== undefined || this.#isClosed) return;
    setImmediate(() => {
      if (!this.#isClosed) this.current()?.catch((error) => this.#modules.onFailure(error));
    });
  }

  #submit(work: Work): void {
    if (this.#isClosed) work.reject(new CqlError('overloaded', 'the server is shutting down'));
    else {
      this.#queue.push(work);
      this.#running ??= this.#run();
    }
  }

  async #run(): Promise<void> {
    // Everything that arrived with the first one goes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const works = this.#take();
      try {
        await this.#writeRow(works);
      } catch (error) {
        for (const work of works) work.reject(error);
      }
    }
    this.#running = undefined;
  }

  #take(): Work[] {
    let bytes = 0;
    let count = 0;
    for (const { entry } of this.#queue) {
      if (
        count > 0 &&
        (bytes + entry.bytes > storeLimits.journalRowBytes || count >= storeLimits.journalItemsMax)
      )
        break;
      bytes += entry.bytes;
      count++;
    }
    if (count === this.#queue.length) {
      const all = this.#queue;
      this.#queue = [];
      return all;
    }
    return this.#queue.splice(0, count);
  }

  async #writeRow(works: Work[]): Promise<void> {
    const decides = ({ decide }: Work) => decide !== undefined;
    if (works.some(decides)) await this.#modules.fresh?.();
    const behind = this.current();
    if (behind !== undefined) await behind;
    const state = this.applied;
    for (const work of works)
      if (work.reconsidering?.isDue() === true) work.decide ??= work.reconsidering.decide;
    const decided = works.some(decides) ? await this.#decide(works) : works;
    if (decided === undefined) {
      this.#again(works);
      return;
    }
    const ready = decided.filter((work) => this.#isAllowed(work));
    const items: JournalItem[] = [];
    let bytes = headBytes;
    for (const { entry } of ready) {
      for (const item of entry.items) items.push(item);
      bytes += entry.bytes + entry.items.length * itemHeadBytes;
    }
    if (items.length === 0) {
      for (const work of ready) work.resolve(work.decided?.result);
      return;
    }
    const { clock } = this.#modules;
    const time = clock();
    const body = encodeJournalBody(time, items, bytes);
    // Not behind a row that was applied since by a read.
    const row = state + 1;
    const writing = this.#put(row, body);
    this.#writing = writing;
    let isOurs: boolean;
    try {
      isOurs = await writing;
    } catch (error) {
      for (const work of ready) work.reject(error);
      return;
    } finally {
      this.#writing = undefined;
    }
    if (!isOurs) {
      await this.#becomeCurrent();
      if (await this.#isOutdated()) await this.replay();
      this.#again(ready);
      return;
    }
    this.end.advance(row);
    this.applied = row;
    this.#modules.apply(row, time, items);
    for (const work of ready) work.resolve(work.decided?.result);
  }

  #isAllowed(work: Work): boolean {
    const refusal = this.#modules.refusal?.(work.entry);
    if (refusal === undefined) return true;
    work.failed = true;
    work.reject(refusal);
    return false;
  }

  /**
   * @returns what goes into this row; what hangs on something else in it goes into the next one. Undefined when a row of another
   * gateway was applied meanwhile, by a read: then the decisions are void
   */
  async #decide(works: readonly Work[]): Promise<Work[] | undefined> {
    const state = this.applied;
    await Promise.all(
      works.map(async (work) => {
        if (work.decide === undefined) return;
        try {
          work.decided = await work.decide();
          work.entry = work.decided;
        } catch (error) {
          work.failed = true;
          work.reject(error);
        }
      }),
    );
    if (this.applied !== state) return undefined;
    const changed = new Set<string>();
    const ready: Work[] = [];
    const later: Work[] = [];
    for (const work of works) {
      if (work.decide !== undefined) {
        if (work.decided === undefined || work.failed) continue;
        if (hangsOn(work.decided, changed)) {
          later.push(work);
          continue;
        }
      }
      for (const name of work.entry.changes) changed.add(name);
      ready.push(work);
    }
    for (const work of later) {
      work.decided = undefined;
      work.entry = nothing;
    }
    if (later.length > 0) this.#queue.unshift(...later);
    return ready;
  }

  /**
   * The number must be free, and nothing settled that was not seen here: else it may be free because the row of that number was removed.
   * @returns whether it was written
   */
  async #put(row: number, body: Buffer): Promise<boolean> {
    const { tables, domain, writer } = this.#modules;
    const { stateRevision } = this.end;
    const pieces: Piece[] =
      body.length <= inlineBytesMax ? [{ kind: 'inline', bytes: body }] : await stagePieces(tables, body);
    try {
      await tables.transact([
        {
          kind: 'put',
          domain,
          table: journalTable,
          key: journalKey(row),
          row: { writer, body: pieces },
          condition: 'absent',
        },
        {
          kind: 'check',
          domain,
          table: stateTable,
          key: stateKey,
          condition: stateRevision === 0 ? 'absent' : { revision: stateRevision },
        },
      ]);
      return true;
    } catch (error) {
      unstagePieces(tables, pieces);
      if (!(error instanceof ConditionFailed)) throw error;
      await this.#modules.fresh?.();
      return false;
    }
  }

  /** Others were first. */
  #again(works: readonly Work[]): void {
    const again: Work[] = [];
    for (const work of works) {
      if (work.failed) continue;
      work.attempts++;
      if (work.attempts >= storeLimits.attemptsMax) {
        work.reject(new CqlError('overloaded', 'other gateways wrote first too often'));
        continue;
      }
      if (work.decide !== undefined) {
        work.decided = undefined;
        work.entry = nothing;
      }
      again.push(work);
    }
    this.#queue.unshift(...again);
  }

  async #becomeCurrent(): Promise<void> {
    // Our own row may be on its way: then it is ours to apply.
    await this.#writing?.catch(() => undefined);
    this.#catchingUp ??= this.#readRows().finally(() => {
      this.#catchingUp = undefined;
    });
    await this.#catchingUp;
  }

  async #readRows(): Promise<void> {
    while (this.applied < this.end.seen) {
      if (await this.#applyNext()) continue;
      if (!(await this.#isOutdated())) throw new Error(`row ${this.applied + 1} of the journal is missing`);
      await this.replay();
    }
  }

  async #applyStored(row: number, pieces: readonly Piece[]): Promise<void> {
    const { clock, items } = decodeJournalBody(await readPieces(this.#modules.tables, pieces));
    // Somebody else who reads rows at the same time was first.
    if (row !== this.applied + 1) return;
    this.end.advance(row);
    this.applied = row;
    this.#modules.apply(row, clock, items);
  }
}

function hangsOn({ looked }: Decided<unknown>, changed: ReadonlySet<string>): boolean {
  if (changed.size === 0) return false;
  if (looked === undefined) return true;
  for (const name of looked) if (changed.has(name)) return true;
  return false;
}
