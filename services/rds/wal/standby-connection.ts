/** One connection of a standby to `WalSender`: login with a password, commands, the stream. Nothing is answered before the login. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { formatLsn, historyFileName, type Lsn, type Timeline, walSegmentBytes } from '../model/lsn.ts';
import { WalError } from './errors.ts';
import { FrameReader, ProtocolError } from './frame-reader.ts';
import { protocolLimits } from './limits.ts';
import {
  copied,
  dataRow,
  errorResponse,
  message,
  readStatus,
  rowDescription,
  types,
} from './replication-messages.ts';
import { parseCommand, type StandbyCommand } from './standby-commands.ts';
import { endOfTimeline, nextTimeline, StandbyStream } from './standby-stream.ts';
import type { WalLog } from './wal-log.ts';

export interface StandbyModules {
  readonly log: WalLog;
  readonly clock: { now(): number };
  readonly systemId: string;
  /** `15.18` */
  readonly serverVersion: string;
  readonly user: string;
  readonly password: string;
  readonly slots: StandbySlots;
}

/** Positions by name that outlive a connection. */
export interface StandbySlots {
  /** @returns false when there are too many */
  create(name: string): boolean;
  drop(name: string): boolean;
  has(name: string): boolean;
  move(name: string, flushed: Lsn): void;
}

const requests = { ssl: 80_877_103, gss: 80_877_104, major: 3 } as const;
const authentication = { ok: 0, cleartext: 3 } as const;
const empty = Buffer.alloc(0);
const ready = message(types.ready, Buffer.from('I'));
const copyBoth = message(types.copyBoth, Buffer.from([0, 0, 0]));
const wrongPassword = '28P01';

export class StandbyConnection {
  applicationName = '';
  stream: StandbyStream | undefined;
  readonly socket: Socket;
  readonly #modules: StandbyModules;
  readonly #frames: FrameReader;
  #state: 'startup' | 'password' | 'in' | 'stream' | 'over' = 'startup';
  /** Requests for encryption, which a unix socket does without. */
  #refusedRequests = 0;
  #slot: string | undefined;
  #heardMs: number;
  #copyDone = Promise.withResolvers<void>();
  /** Commands, one after another. */
  #last: Promise<void> = Promise.resolve();

  constructor(socket: Socket, modules: StandbyModules) {
    this.socket = socket;
    this.#modules = modules;
    this.#heardMs = modules.clock.now();
    const bytesMax = protocolLimits.startupBytesMax;
    this.#frames = new FrameReader((type, body) => this.#frame(type, body), { bytesMax, isServer: true });
    const login = setTimeout(() => socket.destroy(), protocolLimits.loginMs);
    const alive = setInterval(() => this.#tick(), protocolLimits.keepaliveMs);
    socket.on('data', (chunk) => {
      try {
        this.#frames.push(chunk);
        if (this.#state === 'in') clearTimeout(login);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        socket.destroy();
      }
    });
    // What is wrong with a connection shows in its end.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(login);
      clearInterval(alive);
      this.#state = 'over';
      this.stream?.end();
      this.#copyDone.resolve();
    });
  }

  #frame(type: number, body: Buffer): void {
    this.#heardMs = this.#modules.clock.now();
    if (this.#state === 'over') return;
    if (this.#state === 'startup') this.#startup(body);
    else if (this.#state === 'password') this.#password(type, body);
    else if (type === types.terminate) this.socket.end();
    else if (type === types.copyData) this.#copied(body);
    else if (type === types.copyDone || type === types.copyFail) {
      this.stream?.end();
      this.#copyDone.resolve();
    } else if (type === types.query && this.#state === 'in')
      this.#query(body.toString('utf8', 0, body.length - 1));
    else throw new ProtocolError('a message that has no place here');
  }

  #startup(body: Buffer): void {
    if (body.length < 4) throw new ProtocolError('no first message');
    const code = body.readUInt32BE(0);
    if ((code === requests.ssl || code === requests.gss) && this.#refusedRequests++ < 2) {
      this.socket.write('N');
      return;
    }
    const words = body.toString('utf8', 4).split('\0');
    const parameters = new Map<string, string>();
    for (let i = 0; i + 1 < words.length && words[i] !== ''; i += 2) parameters.set(words[i]!, words[i + 1]!);
    const isReplication = ['true', 'on', 'yes', '1'].includes(parameters.get('replication') ?? '');
    if (code >>> 16 !== requests.major || !isReplication || parameters.get('user') !== this.#modules.user) {
      this.#fatal('28000', 'only standbys are served here');
      return;
    }
    this.applicationName = parameters.get('application_name') ?? '';
    this.#state = 'password';
    this.#frames.startupIsOver();
    this.socket.write(authenticationMessage(authentication.cleartext));
  }

  #password(type: number, body: Buffer): void {
    const given = body.subarray(0, Math.max(0, body.length - 1));
    if (
      type !== types.password ||
      !timingSafeEqual(digest(given), digest(Buffer.from(this.#modules.password)))
    ) {
      this.#fatal(wrongPassword, 'the password is wrong');
      return;
    }
    this.#state = 'in';
    this.#frames.bytesMax = protocolLimits.messageBytesMax;
    const settings = {
      server_version: this.#modules.serverVersion,
      server_encoding: 'UTF8',
      client_encoding: 'UTF8',
      integer_datetimes: 'on',
      standard_conforming_strings: 'on',
    };
    const told = Object.entries(settings).map(([name, value]) =>
      message(types.parameterStatus, Buffer.from(`${name}\0${value}\0`)),
    );
    const key = message(types.backendKeyData, Buffer.alloc(8));
    this.socket.write(Buffer.concat([authenticationMessage(authentication.ok), ...told, key, ready]));
  }

  #copied(body: Buffer): void {
    if (this.stream === undefined) return;
    if (body[0] !== copied.status) {
      if (body[0] === copied.feedback) return;
      throw new ProtocolError('a message of an unknown kind');
    }
    const { flushed, wantsReply } = readStatus(body);
    this.stream.heard(flushed);
    if (this.#slot !== undefined) this.#modules.slots.move(this.#slot, this.stream.flushed);
    if (wantsReply) this.stream.sendKeepalive(false);
  }

  #query(text: string): void {
    const command = parseCommand(text);
    this.#last = this.#last
      .then(() => this.#run(command))
      .catch((error: unknown) => {
        const isMissing = error instanceof WalError && error.code === 'missing';
        this.#fatal(isMissing ? '58P01' : 'XX000', isMissing ? error.message : 'the log cannot be read now');
      });
  }

  async #run(command: StandbyCommand | undefined): Promise<void> {
    const { log, systemId, slots } = this.#modules;
    switch (command?.kind) {
      case 'identify':
        this.#answer(
          'IDENTIFY_SYSTEM',
          ['systemid', 'timeline', 'xlogpos', 'dbname'],
          [[systemId, String(log.timeline), formatLsn(log.certified), undefined]],
        );
        return;
      case 'show':
        this.#show(command.name);
        return;
      case 'history':
        this.#history(command.timeline);
        return;
      case 'create-slot':
        if (slots.has(command.name)) this.#refuse('42710', 'there is a slot of that name');
        else if (!slots.create(command.name)) this.#refuse('53400', 'there are too many slots');
        else
          this.#answer(
            'CREATE_REPLICATION_SLOT',
            ['slot_name', 'consistent_point', 'snapshot_name', 'output_plugin'],
            [[command.name, '0/0', undefined, undefined]],
          );
        return;
      case 'drop-slot':
        if (slots.drop(command.name)) this.#complete('DROP_REPLICATION_SLOT');
        else this.#refuse('42704', 'there is no such slot');
        return;
      case 'start':
        await this.#start(command);
        return;
      default:
        this.#refuse('42601', 'a walsender of the hypergraph does not know this command');
    }
  }

  #history(timeline: Timeline): void {
    let content: string;
    try {
      content = this.#modules.log.historyFileText(timeline);
    } catch (error) {
      if (!(error instanceof WalError)) throw error;
      this.#refuse('58P01', 'there is no such timeline');
      return;
    }
    this.#answer('TIMELINE_HISTORY', ['filename', 'content'], [[historyFileName(timeline), content]]);
  }

  #show(name: string): void {
    const values: Readonly<Record<string, string>> = {
      wal_segment_size: `${walSegmentBytes / 1024 / 1024}MB`,
      data_directory_mode: '0700',
      server_version: this.#modules.serverVersion,
    };
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) this.#refuse('42704', 'there is no such parameter here');
    else this.#answer('SHOW', [name], [[value]]);
  }

  async #start({ slot, from, timeline: asked }: StandbyCommand & { readonly kind: 'start' }): Promise<void> {
    const { log, slots } = this.#modules;
    const timeline = asked ?? log.timeline;
    const refusal = this.#refusal(slot, from, timeline);
    if (refusal !== undefined) {
      this.#refuse(...refusal);
      return;
    }
    this.#slot = slot;
    if (slot !== undefined) slots.move(slot, from);
    if (endOfTimeline(log, timeline) !== from) await this.#copy(timeline, from);
    if (this.#state === 'over') return;
    const next = nextTimeline(log, timeline);
    if (next === undefined) this.#complete('START_STREAMING');
    else this.#answer('START_STREAMING', ['next_tli', 'next_tli_startpos'], [next]);
  }

  #refusal(slot: string | undefined, from: Lsn, timeline: Timeline): [string, string] | undefined {
    const { log, slots } = this.#modules;
    if (slot !== undefined && !slots.has(slot)) return ['42704', 'there is no such slot'];
    if (log.history().every((span) => span.timeline !== timeline))
      return ['XX000', 'the timeline is not in the history of this log'];
    if (from > (endOfTimeline(log, timeline) ?? log.certified))
      return ['XX000', 'the position is beyond the end of this log'];
    return undefined;
  }

  /** From the stream's beginning to the standby's agreement that it is over. */
  async #copy(timeline: Timeline, from: Lsn): Promise<void> {
    const { log, clock } = this.#modules;
    this.#copyDone = Promise.withResolvers<void>();
    this.stream = new StandbyStream(timeline, from, { log, socket: this.socket, clock });
    this.#state = 'stream';
    this.socket.write(copyBoth);
    await this.stream.run();
    if (this.#isOver()) return;
    this.socket.write(message(types.copyDone, empty));
    await this.#copyDone.promise;
    this.stream = undefined;
    if (!this.#isOver()) this.#state = 'in';
  }

  #isOver(): boolean {
    return this.#state === 'over';
  }

  #answer(tag: string, names: readonly string[], rows: readonly (readonly (string | undefined)[])[]): void {
    this.socket.write(Buffer.concat([rowDescription(names), ...rows.map(dataRow)]));
    this.#complete(tag);
  }

  #complete(tag: string): void {
    this.socket.write(Buffer.concat([message(types.commandComplete, Buffer.from(`${tag}\0`)), ready]));
  }

  #refuse(code: string, text: string): void {
    this.socket.write(Buffer.concat([errorResponse(code, text, 'ERROR'), ready]));
  }

  #fatal(code: string, text: string): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.socket.end(errorResponse(code, text, 'FATAL'), () => this.socket.destroy());
  }

  #tick(): void {
    if (this.stream === undefined) return;
    const silentMs = this.#modules.clock.now() - this.#heardMs;
    if (silentMs > protocolLimits.standbySilenceMs) this.socket.destroy();
    else this.stream.sendKeepalive(silentMs > protocolLimits.keepaliveMs);
  }
}

function authenticationMessage(code: number): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(code);
  return message(types.authentication, body);
}

function digest(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
