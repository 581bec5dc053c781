/**
 * The synchronous standby of an engine: takes its write-ahead log over the replication protocol, appends it to the instance's
 * log and confirms what is certified, which is what a COMMIT waits for. It never confirms more. A physical slot keeps what
 * it has not confirmed in the engine's folder, so that a dropped connection loses nothing.
 *
 * When the engine is shut down it sends all of its log, the last checkpoint included, and ends the connection once that is
 * confirmed: `finished` tells. Timelines that the engine has begun are begun in the log when they come.
 */
import { formatLsn, type Lsn, parseLsn, type Timeline, walFileStart } from '../model/lsn.ts';
import { ProtocolError } from './frame-reader.ts';
import { protocolLimits, walLimits } from './limits.ts';
import {
  type CopyEnd,
  ReplicationClient,
  type ReplicationTarget,
  ServerRefusal,
} from './replication-client.ts';
import { copied, keepaliveWantsReply, readData, status } from './replication-messages.ts';
import type { WalLog } from './wal-log.ts';

export interface WalReceiverOptions extends ReplicationTarget {
  readonly log: WalLog;
  /** Letters, digits and underscores. */
  readonly slot: string;
  /** Of the cluster, if it is known: another one is refused. */
  readonly systemId?: string;
}

export interface WalReceiverModules {
  readonly clock: { now(): number };
  /** Ends early when the signal is given. */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
  /** It receives (true), or is without a connection (false) and tries again. */
  readonly onAttached?: (attached: boolean, error: Error | undefined) => void;
}

export type WalReceiverEnd =
  /** The engine was shut down and everything is certified. */
  | { readonly kind: 'clean'; readonly timeline: Timeline; readonly end: Lsn }
  | { readonly kind: 'stopped' }
  /** Trying again would be of no use. */
  | { readonly kind: 'failed'; readonly error: unknown };

/** The engine is not what the log is of. */
export class ForeignEngine extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'ForeignEngine';
  }
}

const slotExists = '42710';
/** A wrong password; "requested starting point is ahead", "not in this server's history"; a file that is gone. */
const hopeless = ['28000', '28P01', 'XX000', '58P01'];

export class WalReceiver {
  /** The first time. Never, if it does not come to that. */
  readonly attached: Promise<void>;
  readonly finished: Promise<WalReceiverEnd>;
  readonly #options: WalReceiverOptions;
  readonly #modules: WalReceiverModules;
  readonly #stop = new AbortController();
  readonly #ended = new AbortController();
  readonly #wasAttached = Promise.withResolvers<void>();
  #systemId: string | undefined;
  #client: ReplicationClient | undefined;
  #isStreaming = false;
  #isPaused = false;
  #heardMs = 0;

  constructor(options: WalReceiverOptions, modules: WalReceiverModules) {
    this.#options = options;
    this.#modules = modules;
    this.#systemId = options.systemId;
    this.attached = this.#wasAttached.promise;
    this.finished = this.#run();
  }

  /** Of the cluster, once it is attached. */
  get systemId(): string | undefined {
    return this.#systemId;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#client?.close();
    await this.finished;
  }

  /** What the engine has sent is still received; a connection that is lost is not made again. */
  engineEnded(): void {
    this.#ended.abort();
  }

  async #run(): Promise<WalReceiverEnd> {
    const { log } = this.#options;
    const off = log.onCertified(() => this.#certified());
    const timer = setInterval(() => this.#tick(), protocolLimits.statusMs);
    try {
      while (!this.#stop.signal.aborted) {
        const error = await this.#connection();
        if (error === undefined) return { kind: 'clean', timeline: log.timeline, end: log.certified };
        if (this.#stop.signal.aborted) break;
        if (isHopeless(error) || log.hasEnded) return { kind: 'failed', error };
        this.#modules.onAttached?.(false, error);
        const { signal: ended } = this.#ended;
        const over = AbortSignal.any([this.#stop.signal, ended]);
        if (!ended.aborted)
          await this.#modules.delay(protocolLimits.reconnectMs, over).catch(() => undefined);
        if (ended.aborted) return { kind: 'failed', error };
      }
      return { kind: 'stopped' };
    } finally {
      clearInterval(timer);
      off();
      this.#client?.close();
    }
  }

  /** One connection, from its beginning to its end. @returns why it ended; undefined: the engine was shut down */
  async #connection(): Promise<Error | undefined> {
    try {
      const client = await ReplicationClient.open(this.#options);
      this.#client = client;
      this.#stop.signal.throwIfAborted();
      const engineTimeline = await this.#identify(client);
      await this.#makeSlot(client);
      for (;;) {
        await this.#followTo(client, engineTimeline);
        const end = await this.#stream(client);
        if (end.kind === 'dropped') return end.error;
        if (end.kind === 'shutdown') return await this.#isWhole();
      }
    } catch (error) {
      return error as Error;
    } finally {
      this.#isStreaming = false;
      this.#client?.close();
      this.#client = undefined;
    }
  }

  /** @returns the engine's timeline */
  async #identify(client: ReplicationClient): Promise<Timeline> {
    const [row] = await client.ask('IDENTIFY_SYSTEM');
    const [systemId, timelineText, position] = row ?? [];
    const timeline = Number(timelineText);
    if (systemId === undefined || position === undefined || !Number.isSafeInteger(timeline))
      throw new ProtocolError('a system that does not say what it is');
    if (this.#systemId !== undefined && systemId !== this.#systemId)
      throw new ForeignEngine('the engine is of another cluster than the write-ahead log');
    const { log } = this.#options;
    // Of a new instance: all that its current file has, so that the log begins where a file does.
    if (log.timeline === 0) await log.beginTimeline(timeline, 0, walFileStart(parseLsn(position)));
    this.#systemId = systemId;
    return timeline;
  }

  async #makeSlot(client: ReplicationClient): Promise<void> {
    const { slot } = this.#options;
    try {
      await client.ask(`CREATE_REPLICATION_SLOT "${slot}" PHYSICAL RESERVE_WAL`);
    } catch (error) {
      if (!(error instanceof ServerRefusal) || error.code !== slotExists) throw error;
    }
  }

  /** Begins timelines of the engine in the log, as far as the log has what comes before them. */
  async #followTo(client: ReplicationClient, engineTimeline: Timeline): Promise<void> {
    const { log } = this.#options;
    await log.settled();
    if (engineTimeline < log.timeline)
      throw new ForeignEngine('the engine is on an earlier timeline than the write-ahead log');
    if (engineTimeline === log.timeline) return;
    const [row] = await client.ask(`TIMELINE_HISTORY ${engineTimeline}`);
    const ancestors = readHistory(row?.[1] ?? '');
    for (const [index, { timeline, end }] of ancestors.entries()) {
      if (timeline !== log.timeline) continue;
      if (end > log.appended) return;
      await log.beginTimeline(ancestors[index + 1]?.timeline ?? engineTimeline, timeline, end);
    }
    if (!ancestors.some(({ timeline }) => timeline === log.timeline) && log.timeline !== engineTimeline)
      throw new ForeignEngine('the write-ahead log is on a timeline that the engine has not been on');
  }

  async #stream(client: ReplicationClient): Promise<CopyEnd> {
    const { log, slot } = this.#options;
    const from = formatLsn(log.appended);
    this.#heardMs = this.#modules.clock.now();
    const command = `START_REPLICATION SLOT "${slot}" PHYSICAL ${from} TIMELINE ${log.timeline}`;
    const { ended } = await client.stream(command, (body) => this.#receive(client, body));
    this.#isStreaming = true;
    this.#isPaused = false;
    this.#confirm(client);
    this.#wasAttached.resolve();
    this.#modules.onAttached?.(true, undefined);
    const end = await ended;
    this.#isStreaming = false;
    return end;
  }

  #receive(client: ReplicationClient, body: Buffer): void {
    const { log } = this.#options;
    this.#heardMs = this.#modules.clock.now();
    if (body[0] === copied.data) {
      const { start, bytes } = readData(body);
      log.append(log.timeline, start, bytes);
      if (log.pendingBytes <= walLimits.pendingBytesMax || this.#isPaused) return;
      this.#isPaused = true;
      client.socket.pause();
    } else if (body[0] === copied.keepalive) {
      if (keepaliveWantsReply(body)) this.#confirm(client);
    } else throw new ProtocolError('a message of an unknown kind');
  }

  #certified(): void {
    const client = this.#client;
    if (client === undefined || !this.#isStreaming) return;
    this.#confirm(client);
    if (!this.#isPaused || this.#options.log.pendingBytes > walLimits.pendingBytesMax / 2) return;
    this.#isPaused = false;
    client.socket.resume();
  }

  #confirm(client: ReplicationClient, wantsReply = false): void {
    client.tell(status(this.#options.log.certified, this.#modules.clock.now(), wantsReply));
  }

  /** Tells the engine regularly that this is alive, and leaves one that is not. */
  #tick(): void {
    const client = this.#client;
    if (client === undefined || !this.#isStreaming) return;
    const silentMs = this.#isPaused ? 0 : this.#modules.clock.now() - this.#heardMs;
    // An engine that nobody writes to has nothing to say unless it is asked.
    this.#confirm(client, silentMs > protocolLimits.silenceMs / 2);
    if (silentMs > protocolLimits.silenceMs)
      client.socket.destroy(new Error('the engine says nothing any more'));
  }

  /** After the engine's shutdown: it ends when all was confirmed. */
  async #isWhole(): Promise<Error | undefined> {
    const { log } = this.#options;
    await log.settled();
    return log.hasEnded ? new Error('not all of the write-ahead log could be certified') : undefined;
  }
}

function isHopeless(error: Error): boolean {
  return error instanceof ForeignEngine || (error instanceof ServerRefusal && hopeless.includes(error.code));
}

/** Lines of a history file. */
function readHistory(text: string): { readonly timeline: Timeline; readonly end: Lsn }[] {
  return text
    .split('\n')
    .map((line) => /^(\d+)\t([0-9A-F]+\/[0-9A-F]+)\t/i.exec(line))
    .filter((match) => match !== null)
    .map((match) => ({ timeline: Number(match[1]), end: parseLsn(match[2]!) }));
}
