/**
 * A client that is in, and its session at the engine: bytes pass both ways. What a socket can take is written to it at once, past
 * the stream (a third of the work of a query goes there otherwise); what it cannot take is queued, and its source is not read
 * until it has gone. Of the client's bytes nothing is looked at, of the engine's only where messages begin.
 */
import type { Socket } from 'node:net';
import { writeNow } from '@hypergate/kit/sockets';
import { BackendFollow } from '../wire/backend-follow.ts';
import { byteString, fatals } from '../wire/errors.ts';
import { errorResponse } from '../wire/messages.ts';
import type { CancelWatch } from './cancel-keys.ts';
import type { ClientSocket } from './client-socket.ts';
import type { GatheredSocket } from './gathered-socket.ts';
import type { Guest, InstanceLink } from './instance-link.ts';

export interface RelayModules {
  readonly client: ClientSocket;
  readonly engine: GatheredSocket;
  readonly link: InstanceLink;
  readonly watch: CancelWatch;
  /** Resolves when everything that the engine has flushed is certified. */
  certified(link: InstanceLink): Promise<void>;
  /** Told once. */
  ended(): void;
}

export class Relay implements Guest {
  private readonly modules: RelayModules;
  private readonly client: Socket;
  private readonly engine: Socket;
  private readonly isPlain: boolean;
  private readonly link: InstanceLink;
  private readonly follow = new BackendFollow();
  /** Beginning of a notice that is not whole. */
  private rest: Buffer | undefined;
  /** A commit is to be certified before the client hears more. */
  private isHeld = false;
  private hasEnded = false;

  constructor(modules: RelayModules) {
    this.modules = modules;
    this.client = modules.client.socket;
    this.engine = modules.engine.socket;
    this.isPlain = !modules.client.isEncrypted;
    this.link = modules.link;
  }

  start(): void {
    const { client, engine } = this;
    client.on('drain', () => {
      if (!this.isHeld) engine.resume();
    });
    engine.on('drain', () => client.resume());
    // The engine still answers what came before the end.
    client.on('end', () => engine.end());
    client.on('close', () => this.end());
    engine.on('end', () => this.finish());
    engine.on('close', () => this.finish());
    this.modules.engine.passTo((chunk, length) => this.fromEngine(chunk, 0, length));
    this.modules.client.passTo((chunk, length) => {
      this.link.isActive = true;
      pass(client, engine, true, chunk, 0, length);
    });
    // One of them may have gone before anyone listened.
    if (client.destroyed) this.end();
    else if (engine.destroyed) this.finish();
  }

  cut(reason: string): void {
    if (this.hasEnded) return;
    const canSpeak = this.follow.isBetween && this.rest === undefined && !this.isHeld;
    this.end();
    this.modules.client.close(canSpeak ? errorResponse(fatals.adminShutdown(byteString(reason))) : undefined);
  }

  private fromEngine(chunk: Buffer, from: number, to: number): void {
    if (this.hasEnded) return;
    if (this.rest !== undefined) {
      const joined = Buffer.concat([this.rest, chunk.subarray(from, to)]);
      this.rest = undefined;
      this.fromEngine(joined, 0, joined.length);
      return;
    }
    const { follow, client, engine } = this;
    this.link.isActive = true;
    follow.watchEnds = this.modules.watch.isOn;
    const passed = follow.scan(chunk, from, to);
    if (passed > from) pass(engine, client, this.isPlain, chunk, from, passed);
    if (follow.stop === 'partial') this.rest = Buffer.from(chunk.subarray(passed, to));
    else if (follow.stop === 'end') {
      follow.passEnd = true;
      void this.hold(Buffer.from(chunk.subarray(passed, to)));
    } else if (follow.stop === 'commit') {
      void this.hold(Buffer.from(chunk.subarray(passed + follow.noticeBytes, to)));
    }
  }

  /** @param rest what was read from there on */
  private async hold(rest: Buffer): Promise<void> {
    this.isHeld = true;
    this.engine.pause();
    try {
      await this.modules.certified(this.link);
    } catch {
      // It is not known whether the commit is kept: the client must not hear that it is.
      this.end();
      this.client.destroy();
      return;
    }
    if (this.hasEnded) return;
    this.isHeld = false;
    if (!this.client.writableNeedDrain) this.engine.resume();
    this.fromEngine(rest, 0, rest.length);
  }

  /** The engine says nothing more. */
  private finish(): void {
    if (this.hasEnded) return;
    const { rest } = this;
    this.end();
    this.modules.client.close(rest);
  }

  private end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.engine.destroy();
    this.modules.ended();
  }
}

/** @param isDirect `target` takes plain bytes */
function pass(
  source: Socket,
  target: Socket,
  isDirect: boolean,
  chunk: Buffer,
  from: number,
  to: number,
): void {
  if (target.destroyed || target.writableEnded) return;
  let at = from;
  if (isDirect && target.writableLength === 0) {
    at += writeNow(target, chunk, from, to - from);
    if (at === to) return;
  }
  if (!target.write(Buffer.from(chunk.subarray(at, to)))) source.pause();
}
