/**
 * The engine in its own process: connections in, effects out, durable positions in. Order of a turn: commands of all
 * readable connections run; their effects leave as one batch; answers that show it wait; the gateway makes it durable and
 * says so; the answers go out.
 */
import type { Socket } from 'node:net';
import { ByteReader, ByteWriter } from '@hypergate/kit/bytes';
import { cronIntervalMs } from '../engine/cron.ts';
import { applyEffects } from '../engine/effects/effect-kind.ts';
import type { Engine } from '../engine/engine.ts';
import { wireLimits } from '../wire/limits.ts';
import { adoptSocket } from './adopt-socket.ts';
import { readEntries } from './checkpoint-entries.ts';
import { CheckpointWalk } from './checkpoint-walk.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import { engineStats } from './engine-stats.ts';
import { Entrance, readWaiting, refusalOf, refuse } from './entrance.ts';
import type { FrameLink } from './frame-link.ts';
import { GroupCommit } from './group-commit.ts';
import { KeyFolder, type TakenStates } from './key-folder.ts';
import { processLimits } from './limits.ts';
import { fromEngine, relayed, toEngine } from './link-messages.ts';
import { NumberedArrivals } from './numbered-arrivals.ts';
import { readPastLoop } from './read-past-loop.ts';
import { type Addresses, RelayedSocket } from './relayed-socket.ts';
import { sharedClockMs } from './shared-clock.ts';

/** Descriptor of the relay in the engine's process. */
const relayFd = 5;

export interface EngineHostModules {
  readonly link: FrameLink;
  readonly relay: FrameLink;
  /** In bytes. */
  readonly heapBytes: number;
}

export class EngineHost implements ConnectionHost {
  readonly engine: Engine;
  readonly connections = new Set<Connection>();
  isFull = false;
  queryBytesMax: number = wireLimits.queryBytesMax;
  private readonly link: FrameLink;
  private readonly relay: FrameLink;
  private readonly relayedSockets = new Map<number, RelayedSocket>();
  private readonly entrance = new Entrance();
  private readonly arrivals: NumberedArrivals;
  /** Connections that are looked at next while a script runs. */
  private polled = this.connections.values();
  private bufferedBytes = 0;
  private readonly bufferedMax: number;
  private toldOfShedding = false;
  private readonly held = new Set<Connection>();
  private readonly waiting = new Set<Connection>();
  /** Batches that are not durable yet, oldest first. */
  private unsaved: { readonly batch: number; readonly bytes: number }[] = [];
  private unsavedBytes = 0;
  private saved = 0;
  /** On the clock of `performance`. */
  private mayAnswerUntil = 0;
  private holding = true;
  private sending = false;
  private lazyTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly groupCommit = new GroupCommit(() => this.sendEffects());
  private saidBusy = false;
  private readonly folder: KeyFolder;
  private walk: CheckpointWalk | undefined;
  private checkpointEnd = 0;
  private stopping = false;
  private cron: ReturnType<typeof setInterval> | undefined;
  private statsTimer: ReturnType<typeof setInterval> | undefined;

  constructor(engine: Engine, modules: EngineHostModules) {
    this.engine = engine;
    this.folder = new KeyFolder(engine);
    this.link = modules.link;
    this.relay = modules.relay;
    this.arrivals = new NumberedArrivals(modules.relay);
    this.bufferedMax = modules.heapBytes * processLimits.bufferedShare;
    engine.config.onChange('client-query-buffer-limit', (value) => {
      this.queryBytesMax = Math.min(Number(value), wireLimits.queryBytesMax);
    });
    engine.config.onChange('appendfsync', (value) => this.setHolding(value === 'always'));
  }

  /** Nothing may leave once the lease has run out: another gateway may be serving, and what is read here may be old. */
  get durable(): number {
    if (performance.now() >= this.mayAnswerUntil) return Number.NEGATIVE_INFINITY;
    return this.holding ? this.saved : Number.POSITIVE_INFINITY;
  }

  // Connections

  /** @param handle of a connection, from which nothing was read; undefined when it broke on its way */
  arrive(number: number, handle: unknown): void {
    const isWanted = this.arrivals.arrive(number);
    if (handle === undefined) return;
    if (isWanted) this.accept(handle);
    else (handle as { close(): void }).close();
  }

  private accept(handle: unknown): void {
    let connection: Connection | undefined;
    const socket = adoptSocket(handle, (chunk, length) => connection?.received(chunk, length));
    connection = this.enter(socket, socket.remoteAddress);
  }

  /** @returns undefined when it may not come in */
  private enter(socket: Socket, address: string | undefined): Connection | undefined {
    const refusal = this.stopping ? '' : refusalOf(this.engine, address);
    if (refusal !== undefined) {
      refuse(socket, refusal);
      return undefined;
    }
    const connection = new Connection(this, socket);
    this.connections.add(connection);
    this.entrance.add(connection);
    return connection;
  }

  /** A frame of the relay, perhaps while a script runs. */
  receiveRelayed(type: number, payload: Buffer): void {
    if (type === relayed.lease) {
      this.mayAnswerUntil = performance.now() + payload.readDoubleLE(0) - sharedClockMs();
      if (!this.saidBusy) this.releaseHeld();
      return;
    }
    const id = payload.readUInt32LE(0);
    if (type === relayed.withdraw) {
      this.arrivals.withdraw(id);
      return;
    }
    if (type === relayed.open) {
      this.openRelayed(id, JSON.parse(payload.toString('utf8', 4)) as Addresses);
      return;
    }
    const socket = this.relayedSockets.get(id);
    if (socket === undefined) return;
    if (type === relayed.data) socket.deliver(payload.subarray(4));
    else if (type === relayed.taken) socket.taken(payload.readUInt32LE(4));
    else if (type === relayed.end) socket.deliver(undefined);
    else socket.destroy();
  }

  private openRelayed(id: number, addresses: Addresses): void {
    let connection: Connection | undefined;
    const socket = new RelayedSocket(id, addresses, {
      link: this.relay,
      received: (bytes) => connection?.received(bytes, bytes.length),
      isRunning: () => connection?.isRunning === true,
      gone: () => this.relayedSockets.delete(id),
    });
    this.relayedSockets.set(id, socket);
    connection = this.enter(socket.asSocket, addresses.remoteAddress);
  }

  /** Called from within a long script, every few milliseconds: other clients learn that they must wait, and may end it. */
  pollWhileBusy(): void {
    if (!this.saidBusy) {
      this.saidBusy = true;
      this.relay.send(relayed.busy);
    }
    this.engine.whileBusy(() => {
      // Without the gateway nothing becomes durable, and nobody else would end an endless script.
      if (!readPastLoop(relayFd, (bytes) => this.relay.take(Buffer.from(bytes)))) process.exit(0);
      for (let count = 0; count < processLimits.busyReadsPerPoll; count++) {
        // In turns: the next call goes on where this one ends.
        const next = this.polled.next();
        if (next.done === true) {
          this.polled = this.connections.values();
          break;
        }
        readWaiting(next.value);
      }
    });
  }

  /** The long script has ended. */
  noLongerBusy(): void {
    if (!this.saidBusy) return;
    this.saidBusy = false;
    this.relay.send(relayed.idle);
  }

  buffered(change: number): void {
    this.bufferedBytes += change;
    if (this.bufferedBytes > this.bufferedMax) this.shed();
    else if (this.bufferedBytes < this.bufferedMax / 2) this.toldOfShedding = false;
  }

  /** All connections together hold too much: the one that holds most is closed. */
  private shed(): void {
    let worst: Connection | undefined;
    for (const connection of this.connections) {
      if (connection.bufferedBytes > (worst?.bufferedBytes ?? 0)) worst = connection;
    }
    if (worst === undefined) return;
    if (!this.toldOfShedding) {
      this.toldOfShedding = true;
      const { address, bufferedBytes } = worst;
      this.log(
        3,
        `Connections hold ${this.bufferedBytes} bytes unread or unsent: that of ${address}, with ${bufferedBytes}, is closed`,
      );
    }
    worst.close(false);
  }

  /** @param level of `redis.log` */
  log(level: number, text: string): void {
    this.link.send(fromEngine.log, Buffer.of(level), Buffer.from(text));
  }

  closed(connection: Connection): void {
    this.connections.delete(connection);
    this.entrance.delete(connection);
    this.held.delete(connection);
    this.waiting.delete(connection);
  }

  shunned(connection: Connection): void {
    this.entrance.add(connection);
  }

  hold(connection: Connection): void {
    this.held.add(connection);
  }

  waitForRoom(connection: Connection): void {
    this.waiting.add(connection);
  }

  /**
   * Effects leave when every connection that is readable now has had its turn, and the batch before is durable. When no answer
   * waits for them they are gathered for a little longer.
   */
  turnEnded(): void {
    const { bytes } = this.engine.effects;
    if (this.sending || bytes === 0) return;
    if (!this.holding && bytes < processLimits.lazyEffectsBytes) {
      this.lazyTimer ??= setTimeout(() => this.sendEffects(), processLimits.lazyEffectsMs);
      return;
    }
    if (this.holding && !this.groupCommit.mayLeave(bytes, this.held.size)) return;
    this.sending = true;
    setImmediate(() => {
      this.sending = false;
      this.sendEffects();
    });
  }

  // The gateway's frames

  receive(type: number, payload: Buffer): void {
    switch (type) {
      case toEngine.durable:
        this.becameDurable(payload.readDoubleLE(0));
        return;
      case toEngine.loadState:
        applyEffects(this.engine, this.engine.effectKinds, payload);
        return;
      case toEngine.loadPiece:
        readEntries(new ByteReader(payload), this.engine);
        return;
      case toEngine.loadEffects:
        this.replay(payload);
        return;
      case toEngine.loaded:
        this.loaded(payload.readUInt32LE(0), payload.readDoubleLE(4));
        return;
      case toEngine.checkpoint:
        this.beginCheckpoint();
        return;
      case toEngine.fold:
        this.fold(payload);
        return;
      case toEngine.foldKey:
        this.foldKey(payload);
        return;
      case toEngine.failing:
        this.engine.journalFailing = payload[0] === 1;
        return;
      case toEngine.reset:
        for (const db of this.engine.databases) if (db.size > 0) db.flush();
        this.sendEffects();
        this.answer(payload.readUInt32LE(0));
        return;
      case toEngine.stop:
        this.stop();
        return;
      default:
        throw new Error(`the gateway sent a frame of type ${type}`);
    }
  }

  private replay(payload: Buffer): void {
    const reader = new ByteReader(payload);
    const batch = reader.f64();
    this.checkpointEnd = reader.f64();
    applyEffects(this.engine, this.engine.effectKinds, payload.subarray(reader.position), {
      batch,
      isBehindCheckpoint: batch <= this.checkpointEnd,
    });
  }

  private loaded(request: number, nextBatch: number): void {
    const { engine } = this;
    engine.effects.batch = nextBatch;
    this.saved = nextBatch - 1;
    engine.replaying = false;
    engine.loading = false;
    engine.effects.recording = true;
    const sendStats = () => {
      const stats = JSON.stringify(engineStats(engine, this.bufferedBytes));
      this.link.send(fromEngine.stats, Buffer.from(stats));
    };
    sendStats();
    this.statsTimer = setInterval(sendStats, processLimits.statsIntervalMs);
    this.cron = setInterval(() => {
      engine.cron();
      this.entrance.closeLate(engine.now);
      this.turnEnded();
    }, cronIntervalMs);
    this.answer(request);
  }

  private answer(request: number): void {
    const payload = Buffer.allocUnsafe(12);
    payload.writeUInt32LE(request, 0);
    payload.writeDoubleLE(
      this.engine.databases.reduce((keys, db) => keys + db.size, 0),
      4,
    );
    this.link.send(fromEngine.answer, payload);
  }

  // Effects and answers

  private sendEffects(): void {
    clearTimeout(this.lazyTimer);
    this.lazyTimer = undefined;
    const taken = this.engine.effects.take();
    if (taken === undefined) return;
    this.groupCommit.left();
    const head = Buffer.allocUnsafe(8);
    head.writeDoubleLE(taken.batch, 0);
    this.link.send(fromEngine.effects, head, taken.effects);
    this.unsaved.push({ batch: taken.batch, bytes: taken.effects.length });
    this.unsavedBytes += taken.effects.length;
    if (this.unsavedBytes > processLimits.unsavedBytesMax) this.isFull = true;
  }

  private becameDurable(batch: number): void {
    this.saved = batch;
    let count = 0;
    for (const each of this.unsaved) {
      if (each.batch > batch) break;
      this.unsavedBytes -= each.bytes;
      count++;
    }
    this.unsaved.splice(0, count);
    const waited = this.held.size;
    this.releaseHeld();
    this.groupCommit.becameDurable(this.unsaved.length, waited);
    this.turnEnded();
    this.engine.durableUpTo(batch);
    if (this.isFull && this.unsavedBytes < processLimits.unsavedBytesMax / 2) {
      this.isFull = false;
      const waiting = [...this.waiting];
      this.waiting.clear();
      for (const connection of waiting) connection.resume();
    }
  }

  private setHolding(holding: boolean): void {
    this.holding = holding;
    this.engine.exposing = holding;
    this.link.send(fromEngine.lazy, Buffer.of(holding ? 0 : 1));
    if (holding) this.sendEffects();
    else this.releaseHeld();
  }

  private releaseHeld(): void {
    const { durable } = this;
    for (const connection of this.held) {
      if (connection.durableUpTo(durable)) this.held.delete(connection);
    }
  }

  // Checkpoints and records

  private beginCheckpoint(): void {
    if (this.walk !== undefined) return;
    this.sendEffects();
    const { engine } = this;
    const head = Buffer.allocUnsafe(8);
    head.writeDoubleLE(engine.effects.batch, 0);
    const state = engine.effects.capture(() => engine.recordState());
    this.link.send(fromEngine.checkpointBegin, head, state);
    this.walk = new CheckpointWalk(engine);
    this.walkOn();
  }

  private walkOn(): void {
    setImmediate(async () => {
      const { walk, engine } = this;
      if (walk === undefined) return;
      if (walk.isVoid) {
        this.walk = undefined;
        this.link.send(fromEngine.checkpointAbandoned);
        return;
      }
      this.sendEffects();
      const { piece, done } = walk.step();
      if (piece !== undefined) this.link.send(fromEngine.checkpointPiece, piece);
      if (done) {
        this.walk = undefined;
        const head = Buffer.allocUnsafe(8);
        head.writeDoubleLE(engine.effects.batch - 1, 0);
        this.link.send(fromEngine.checkpointEnd, head);
        return;
      }
      await this.link.drained();
      this.walkOn();
    });
  }

  private fold(payload: Buffer): void {
    this.sendEffects();
    const reader = new ByteReader(payload);
    const request = reader.u32();
    const [keysMax, bytesMax] = [reader.u32(), reader.u32()];
    if (reader.u8() === 1) this.folder.beginRound();
    this.sendStates(request, this.folder.take({ keysMax, bytesMax }));
  }

  private foldKey(payload: Buffer): void {
    this.sendEffects();
    const reader = new ByteReader(payload);
    const request = reader.u32();
    const bytesMax = reader.u32();
    const [database, key] = [reader.u8(), reader.string()];
    const element = reader.done ? undefined : reader.string();
    this.sendStates(request, this.folder.takeKey(database, key, element, bytesMax));
  }

  private sendStates(request: number, { states, left }: TakenStates): void {
    const head = new ByteWriter(32);
    head.u32(request);
    head.f64(left);
    head.f64(this.engine.effects.batch - 1);
    this.link.send(fromEngine.keyStates, head.take(), states);
  }

  /** What happened is sent; clients still get their answers as it becomes durable. The gateway ends the process then. */
  private stop(): void {
    this.stopping = true;
    clearInterval(this.cron);
    clearInterval(this.statsTimer);
    this.walk = undefined;
    this.sendEffects();
    for (const connection of this.connections) connection.close(true);
    this.link.send(fromEngine.stopped);
  }
}
