/**
 * One term of serving: lease, engine process, journal, checkpoints and records, from loading to the end. Order of loading:
 * the newest checkpoint, then the journal's rows on top; then clients are served. A session ends when it is stopped, when
 * its lease is lost, or when the engine's process ends; the service then begins another.
 */
import type { Socket } from 'node:net';
import { ByteReader, ByteWriter } from '@hypergate/kit/bytes';
import type { Fence, Lease } from '@hypergate/node/api';
import type { ProofSubject } from '@hypergate/table';
import type { CheckpointHead } from '../model/tables.ts';
import { type EngineLaunch, EngineProcess } from '../process/engine-process.ts';
import type { EngineStats } from '../process/engine-stats.ts';
import { readKeyStates } from '../process/key-states.ts';
import { fromEngine, toEngine } from '../process/link-messages.ts';
import { CheckpointWriter, readCheckpoint, readCheckpointHead, removePieces } from './checkpoints.ts';
import { logOfEngine } from './engine-log.ts';
import { FinalityNotes } from './finality-notes.ts';
import { Journal, removeRows } from './journal.ts';
import { KeyRecords } from './key-records.ts';
import { recordLimits, storeLimits } from './limits.ts';
import type { LoadReport } from './load-report.ts';
import { recordSubjects } from './proof-subjects.ts';
import { replayInto } from './replay-into.ts';
import type { SessionModules } from './session-modules.ts';

export class Session {
  readonly fence: Fence;
  private readonly modules: SessionModules;
  private readonly lease: Lease;
  private engine!: EngineProcess;
  private journal!: Journal;
  private head: CheckpointHead | undefined;
  private checkpoint: CheckpointWriter | undefined;
  private checkpointAsked = false;
  /** Milliseconds since 1970. */
  private checkpointBeganAt = 0;
  private records!: KeyRecords;
  private folding: Promise<void> | undefined;
  /** Records are asked for and written by one at a time, in the order in which they came. */
  private recordsTail: Promise<unknown> = Promise.resolve();
  private foldTimer: ReturnType<typeof setTimeout> | undefined;
  private leaseTimer: ReturnType<typeof setInterval> | undefined;
  private over = false;
  private nextRequest = 1;
  private readonly requests = new Map<number, (payload: Buffer) => void>();
  private durable = 0;
  private readonly finality = new FinalityNotes();
  private stopped: () => void = () => undefined;
  /** Keys whose record is behind. */
  behind = 0;

  private constructor(lease: Lease, modules: SessionModules) {
    this.lease = lease;
    this.modules = modules;
    this.fence = { domain: modules.domain.address, resource: storeLimits.resource, term: lease.term };
    lease.lost.addEventListener('abort', () => void this.fail('the lease was lost'), { once: true });
  }

  /** Takes the lease, loads and serves. */
  static async open(
    holder: Uint8Array,
    options: EngineLaunch,
    modules: SessionModules,
    signal: AbortSignal,
  ): Promise<{ session: Session; report: LoadReport }> {
    const { node, domain } = modules;
    const lease = await node.lease({
      domain: domain.address,
      resource: storeLimits.resource,
      holder,
      durationMs: storeLimits.leaseMs,
      signal,
    });
    const session = new Session(lease, modules);
    try {
      const report = await session.load(options);
      return { session, report };
    } catch (error) {
      session.over = true;
      clearInterval(session.leaseTimer);
      await session.engine?.kill();
      await lease.release();
      throw error;
    }
  }

  get isOver(): boolean {
    return this.over;
  }

  get lag(): { readonly batches: number; readonly bytes: number } {
    return this.journal.lag;
  }

  get pid(): number {
    return this.engine.pid;
  }

  accept(socket: Socket, isTls: boolean): void {
    if (this.over) socket.destroy();
    else this.engine.accept(socket, isTls);
  }

  /** The engine gives up every key; its records follow. */
  async reset(): Promise<void> {
    await this.request(toEngine.reset, Buffer.alloc(0));
    await this.journal.settled();
    await this.foldAll();
  }

  /**
   * Proves the record of a key, which shows the key as it is now, or an element of a collection. Where more than one row is
   * proven, no record is written meanwhile, so that they fit together.
   */
  async prove<T>(
    database: number,
    key: Buffer,
    element: Buffer | undefined,
    prove: (subjects: readonly ProofSubject[]) => Promise<T>,
  ): Promise<T> {
    const done = Promise.withResolvers<void>();
    const subjects = await new Promise<readonly ProofSubject[]>((resolve, reject) => {
      const work = async () => {
        const found = await this.foldKey(database, key, element).catch((error: unknown) => {
          // What the engine gave counts as written.
          void this.fail('records cannot be written', error);
          throw error;
        });
        const rows = await recordSubjects(this.modules.domain, database, key, { element, found });
        resolve(rows);
        if (rows.length > 1) await done.promise;
      };
      this.alone(work).catch(reject);
    });
    try {
      return await prove(subjects);
    } finally {
      done.resolve();
    }
  }

  /** Brings the key's record up to date. @returns the segment of the element, if it is in one */
  private async foldKey(
    database: number,
    key: Buffer,
    element: Buffer | undefined,
  ): Promise<number | undefined> {
    const ask = new ByteWriter(64);
    ask.u32(storeLimits.foldBytes);
    ask.u8(database);
    ask.bytes(key);
    if (element !== undefined) ask.bytes(element);
    const question = ask.take();
    this.records.found = undefined;
    for (let left = 1; left > 0 && !this.over; ) {
      left = await this.writeStates(await this.request(toEngine.foldKey, question));
    }
    return this.records.found;
  }

  /** Everything answered is durable, then the process ends and the lease is given up. */
  async stop(): Promise<void> {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.foldTimer);
    this.finality.stop();
    clearInterval(this.leaseTimer);
    const stopped = new Promise<void>((resolve) => {
      this.stopped = resolve;
    });
    this.engine.send(toEngine.stop);
    // An endless script keeps the engine from stopping. What it has not answered need not be kept.
    const late = setTimeout(() => {
      this.modules.logger.warn('the engine does not stop and is ended');
      this.stopped();
    }, storeLimits.stopMs);
    await stopped;
    clearTimeout(late);
    await this.journal.settled();
    await this.engine.close();
    this.journal.end();
    await this.folding;
    await this.lease.release();
  }

  // Loading

  private async load(options: EngineLaunch): Promise<LoadReport> {
    const { tables, domain, clock, logger } = this.modules;
    const startedAt = clock.now();
    this.engine = await EngineProcess.start(options, {
      receive: (type, payload) => this.receive(type, payload),
      ended: (reason) => void this.fail(`the engine's process is gone: ${reason}`),
    });
    this.head = await readCheckpointHead(domain);
    const { head } = this;
    let pieces = 0;
    if (head !== undefined) {
      for await (const piece of readCheckpoint({ tables, domain }, head)) {
        this.engine.send(pieces++ === 0 ? toEngine.loadState : toEngine.loadPiece, piece);
        await this.engine.drained();
        if (pieces % 16 === 0) logger.info({ pieces, of: head.pieces }, 'loading the checkpoint');
      }
    }
    const replayed = await replayInto(this.engine, head, this.modules);
    this.journal = new Journal(replayed.nextRow, {
      tables,
      domain,
      fence: this.fence,
      onRow: (batches, bytes) => this.modules.metrics.rowWritten(batches, bytes),
      onDurable: (batch) => this.becameDurable(batch),
      onLost: () => void this.fail('another holder took the lease'),
      onFailing: (failing, error) => {
        if (failing) logger.error({ err: error }, 'the journal is not taken: writes are refused');
        this.engine.send(toEngine.failing, Buffer.of(failing ? 1 : 0));
      },
      delay: this.modules.delay,
    });
    this.journal.bytes = replayed.bytes;
    this.records = new KeyRecords({ tables, domain, fence: this.fence, limits: recordLimits });
    await this.removeLeftovers(replayed.nextRow);
    this.durable = replayed.nextBatch - 1;
    this.tellLease();
    this.leaseTimer = setInterval(() => this.tellLease(), storeLimits.leaseToldMs);
    const keys = await this.announceLoaded(replayed.nextBatch);
    this.finality.follow(this.modules.node, this.durable, (batch) => {
      this.engine.send(toEngine.framed, Buffer.from(Float64Array.of(batch).buffer));
    });
    this.scheduleFold();
    this.considerCheckpoint();
    return {
      keys,
      checkpointBytes: head?.bytes ?? 0,
      journalRows: replayed.nextRow - (head?.journalFrom ?? 1),
      journalBytes: replayed.bytes,
      ms: clock.now() - startedAt,
    };
  }

  /** Rows after a gap, that were never answered, pieces of checkpoints that no head names, and segments that no record does. */
  private async removeLeftovers(nextRow: number): Promise<void> {
    const { tables, domain } = this.modules;
    await this.records.recover();
    await removeRows(tables, domain, this.fence, nextRow, nextRow + storeLimits.gapRowsMax);
    const modules = { tables, domain, fence: this.fence };
    const id = this.head?.id ?? 0;
    await removePieces(modules, id + 1, 0);
    if (this.head !== undefined) await removePieces(modules, id, this.head.pieces);
  }

  /** Sent late, or never, the engine falls silent by itself. */
  private tellLease(): void {
    this.engine.tellLease(this.lease.left());
  }

  private async announceLoaded(nextBatch: number): Promise<number> {
    const batch = Buffer.allocUnsafe(8);
    batch.writeDoubleLE(nextBatch, 0);
    const answer = await this.request(toEngine.loaded, batch);
    return answer.readDoubleLE(4);
  }

  // Frames from the engine

  private receive(type: number, payload: Buffer): void {
    switch (type) {
      case fromEngine.effects:
        if (this.journal !== undefined) this.journal.append(payload.readDoubleLE(0), payload.subarray(8));
        return;
      case fromEngine.checkpointBegin:
        this.beginCheckpoint(payload);
        return;
      case fromEngine.checkpointPiece:
        this.checkpoint?.add(payload);
        return;
      case fromEngine.checkpointEnd:
        this.supervise(this.endCheckpoint(payload.readDoubleLE(0)));
        return;
      case fromEngine.checkpointAbandoned:
        this.supervise(this.abandonCheckpoint());
        return;
      case fromEngine.keyStates:
      case fromEngine.answer: {
        const request = payload.readUInt32LE(0);
        const resolve = this.requests.get(request);
        this.requests.delete(request);
        resolve?.(payload);
        return;
      }
      case fromEngine.lazy:
        this.journal?.setLazy(payload[0] === 1);
        return;
      case fromEngine.stats:
        this.modules.metrics.take(JSON.parse(payload.toString('utf8')) as EngineStats);
        return;
      case fromEngine.log:
        logOfEngine(this.modules.logger, payload);
        return;
      case fromEngine.stopped:
        this.stopped();
        return;
      default:
        throw new Error(`the engine sent a frame of type ${type}`);
    }
  }

  private request(type: number, rest: Buffer): Promise<Buffer> {
    const id = this.nextRequest++;
    const head = Buffer.allocUnsafe(4);
    head.writeUInt32LE(id, 0);
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    this.requests.set(id, resolve);
    this.engine.send(type, head, rest);
    return promise;
  }

  private becameDurable(batch: number): void {
    this.durable = batch;
    this.finality.durable(batch, this.modules.node.nextFrame?.());
    const frame = Buffer.allocUnsafe(8);
    frame.writeDoubleLE(batch, 0);
    this.engine.send(toEngine.durable, frame);
    this.considerCheckpoint();
  }

  // Checkpoints

  private considerCheckpoint(): void {
    if (this.checkpointAsked || this.over) return;
    const rows = this.journal.nextRow - (this.head?.journalFrom ?? 1);
    const due = Math.max(storeLimits.checkpointJournalBytes, this.head?.bytes ?? 0);
    if (this.journal.bytes < due && rows < storeLimits.checkpointJournalRows) return;
    this.checkpointAsked = true;
    // Folding and a checkpoint do not overlap: a checkpoint says of each key whether its record is behind.
    void (this.folding ?? Promise.resolve()).then(() => {
      if (!this.over) this.engine.send(toEngine.checkpoint);
    });
  }

  private beginCheckpoint(payload: Buffer): void {
    const { tables, domain, clock } = this.modules;
    const firstBatch = payload.readDoubleLE(0);
    const modules = { tables, domain, fence: this.fence };
    this.checkpoint = new CheckpointWriter(
      (this.head?.id ?? 0) + 1,
      firstBatch,
      this.journal.nextRow,
      modules,
    );
    this.checkpoint.add(payload.subarray(8));
    this.journal.bytes = 0;
    this.checkpointBeganAt = clock.now();
  }

  private async endCheckpoint(lastBatch: number): Promise<void> {
    const { checkpoint, modules } = this;
    if (checkpoint === undefined) return;
    const { tables, domain, logger, clock } = modules;
    // What it shows must be durable before it is.
    while (this.durable < lastBatch && !this.over) await this.journal.settled();
    if (this.over) return;
    const before = this.head;
    const head = await checkpoint.finish(lastBatch, clock.now());
    this.head = head;
    this.checkpoint = undefined;
    this.modules.metrics.checkpointWritten((clock.now() - this.checkpointBeganAt) / 1000, head.bytes);
    logger.info({ id: head.id, bytes: head.bytes, pieces: head.pieces }, 'checkpoint');
    await removeRows(tables, domain, this.fence, before?.journalFrom ?? 1, head.journalFrom);
    if (before !== undefined) await removePieces({ tables, domain, fence: this.fence }, before.id, 0);
    this.checkpointAsked = false;
    this.considerCheckpoint();
  }

  private async abandonCheckpoint(): Promise<void> {
    await this.checkpoint?.abandon();
    this.checkpoint = undefined;
    this.checkpointAsked = false;
    this.considerCheckpoint();
  }

  // Records of keys

  private scheduleFold(): void {
    if (this.over) return;
    this.foldTimer = setTimeout(() => {
      if (this.over) return;
      if (this.checkpointAsked) return this.scheduleFold();
      this.folding = this.foldAll()
        .catch((error: unknown) => void this.fail('records cannot be written', error))
        .finally(() => {
          this.folding = undefined;
          this.scheduleFold();
        });
    }, storeLimits.foldIntervalMs);
  }

  /** A round: until the records of all keys that are behind now are written, or a checkpoint is due. */
  private async foldAll(): Promise<void> {
    let isFirst = true;
    for (let left = 1; left > 0 && !this.over && !this.checkpointAsked; ) {
      let took = 0;
      left = await this.alone(async () => {
        const startedAt = performance.now();
        const ask = new ByteWriter(16);
        ask.u32(storeLimits.foldKeys);
        ask.u32(storeLimits.foldBytes);
        ask.u8(isFirst ? 1 : 0);
        const behind = await this.writeStates(await this.request(toEngine.fold, ask.take()));
        took = performance.now() - startedAt;
        return behind;
      });
      isFirst = false;
      this.behind = left;
      await this.modules.delay(Math.max(1, took * (1 / storeLimits.foldShare - 1)));
    }
  }

  /** Runs the work when all that came before has ended. */
  private alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.recordsTail.then(work);
    // Who waits for the work hears of its failure.
    this.recordsTail = result.catch(() => undefined);
    return result;
  }

  /** @returns how many keys are left */
  private async writeStates(payload: Buffer): Promise<number> {
    const reader = new ByteReader(payload);
    reader.u32();
    const left = reader.f64();
    const lastBatch = reader.f64();
    // A record never shows what could still be lost.
    while (this.durable < lastBatch && !this.over) await this.journal.settled();
    const states = readKeyStates(payload.subarray(reader.position));
    if (states.length > 0 && !this.over) await this.records.write(states, lastBatch);
    return left;
  }

  // The end

  private supervise(work: Promise<void>): void {
    work.catch((error: unknown) => void this.fail('the store failed', error));
  }

  private async fail(reason: string, error?: unknown): Promise<void> {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.foldTimer);
    this.finality.stop();
    clearInterval(this.leaseTimer);
    this.modules.logger.error({ err: error }, `Redis stops serving: ${reason}`);
    this.journal?.end();
    this.lease.abandon();
    await this.engine?.kill();
    for (const resolve of this.requests.values()) resolve(Buffer.alloc(32));
    this.requests.clear();
    this.modules.onEnded(reason);
  }
}
