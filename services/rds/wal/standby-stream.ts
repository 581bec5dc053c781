/**
 * Sends one standby the certified log of a timeline, from a position on: what is there, and then what is certified while it
 * listens. It ends where the timeline does, when the standby ends it, or with the connection.
 */
import type { Socket } from 'node:net';
import { formatLsn, type Lsn, type Timeline } from '../model/lsn.ts';
import { protocolLimits } from './limits.ts';
import { dataHead, keepalive } from './replication-messages.ts';
import type { WalLog } from './wal-log.ts';

export interface StreamModules {
  readonly log: WalLog;
  readonly socket: Socket;
  readonly clock: { now(): number };
}

/** Of one reading of the log. */
const readBytes = 1024 * 1024;

export class StandbyStream {
  readonly timeline: Timeline;
  /** Up to here the standby has it for sure; what it needs begins there. */
  flushed: Lsn;
  readonly #modules: StreamModules;
  #sent: Lsn;
  #isOver = false;
  #wake: () => void = () => undefined;

  constructor(timeline: Timeline, from: Lsn, modules: StreamModules) {
    this.timeline = timeline;
    this.flushed = from;
    this.#sent = from;
    this.#modules = modules;
  }

  get sent(): Lsn {
    return this.#sent;
  }

  /** The standby tells what it has. */
  heard(flushed: Lsn): void {
    // Nobody has what was not sent; and what was once said to be there is not needed again.
    this.flushed = Math.max(this.flushed, Math.min(flushed, this.#sent));
  }

  /** No more: the standby or the connection ends. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  sendKeepalive(wantsReply: boolean): void {
    const { socket, clock } = this.#modules;
    socket.write(keepalive(this.#sent, clock.now(), wantsReply));
  }

  /**
   * @returns whether the timeline has ended
   * @throws WalError `missing`, `damaged`; NodeError
   */
  async run(): Promise<boolean> {
    const { log, socket } = this.#modules;
    const history = log.history(this.timeline);
    const wake = (): void => this.#wake();
    const off = log.onCertified(wake);
    socket.on('drain', wake);
    try {
      while (!this.#isOver) {
        const { end, isLast } = this.#reach();
        if (this.#sent < end) {
          const to = Math.min(end, this.#sent + readBytes);
          for await (const bytes of log.read(history, this.#sent, to)) await this.#send(bytes, end);
        } else if (isLast) return true;
        else await this.#woken();
      }
      return false;
    } finally {
      off();
      socket.off('drain', wake);
    }
  }

  /** How far this timeline goes now, and whether it goes no further. */
  #reach(): { readonly end: Lsn; readonly isLast: boolean } {
    const { log } = this.#modules;
    if (log.timeline === this.timeline) return { end: log.certified, isLast: false };
    return { end: endOfTimeline(log, this.timeline) ?? this.#sent, isLast: true };
  }

  async #send(bytes: Buffer, end: Lsn): Promise<void> {
    const { socket, clock } = this.#modules;
    for (let at = 0; at < bytes.length && !this.#isOver; at += protocolLimits.dataBytesMax) {
      const part = bytes.subarray(at, at + protocolLimits.dataBytesMax);
      socket.cork();
      socket.write(dataHead(this.#sent, end, clock.now(), part.length));
      const hasRoom = socket.write(part);
      socket.uncork();
      this.#sent += part.length;
      while (!hasRoom && socket.writableNeedDrain && !this.#isOver) await this.#woken();
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Where the newest history leaves a timeline; undefined: it is the newest, or in no history of it. */
export function endOfTimeline(log: WalLog, timeline: Timeline): Lsn | undefined {
  return log.history().find((span) => span.timeline === timeline)?.end;
}

/** The row that tells a standby where to go on after a timeline; undefined where there is none. */
export function nextTimeline(log: WalLog, timeline: Timeline): readonly [string, string] | undefined {
  const history = log.history();
  const at = history.findIndex((span) => span.timeline === timeline);
  const next = at < 0 ? undefined : history[at + 1];
  return next && [String(next.timeline), formatLsn(next.start)];
}
