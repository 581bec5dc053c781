/**
 * A connection to PostgreSQL's walsender over its unix socket: logs in, asks commands, and then carries the log. The hot way is a
 * message of the log that goes straight to whoever takes it.
 */
import { connect, type Socket } from 'node:net';
import { writeNow } from '@hypergate/kit/sockets';
import { FrameReader, ProtocolError } from './frame-reader.ts';
import { protocolLimits } from './limits.ts';
import { message, query, readDataRow, readFields, startup, types } from './replication-messages.ts';
import { ScramClient, scramName } from './scram-client.ts';

export interface ReplicationTarget {
  /** Folder and number of the unix socket. */
  readonly socketDir: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly applicationName: string;
}

/** An ErrorResponse. */
export class ServerRefusal extends Error {
  /** SQLSTATE. */
  readonly code: string;
  constructor(fields: ReadonlyMap<string, string>) {
    super(fields.get('M') ?? 'the server gave no reason');
    this.name = 'ServerRefusal';
    this.code = fields.get('C') ?? '';
  }
}

export type Row = readonly (string | undefined)[];

export type CopyEnd =
  /** The timeline has ended; the next one begins there. */
  | { readonly kind: 'timeline'; readonly rows: readonly Row[] }
  /** The server ends, and has sent everything. */
  | { readonly kind: 'shutdown' }
  | { readonly kind: 'dropped'; readonly error: Error };

interface Pending {
  readonly rows: Row[];
  readonly done: PromiseWithResolvers<'rows' | 'copy'>;
  error: Error | undefined;
}

const authentication = { ok: 0, sasl: 10, saslContinue: 11, saslFinal: 12 } as const;

export class ReplicationClient {
  readonly socket: Socket;
  readonly #frames: FrameReader;
  readonly #scram: ScramClient;
  readonly #login = Promise.withResolvers<void>();
  #isIn = false;
  #pending: Pending | undefined;
  #onCopyData: ((body: Buffer) => void) | undefined;
  #copyIsDone = false;
  #copyWasCompleted = false;
  #copyEnd: PromiseWithResolvers<CopyEnd> | undefined;
  #refusal: Error | undefined;

  private constructor(target: ReplicationTarget) {
    this.#scram = new ScramClient(target.password);
    this.#frames = new FrameReader((type, body) => this.#frame(type, body));
    this.socket = connect(`${target.socketDir}/.s.PGSQL.${target.port}`);
    this.socket.on('data', (chunk) => {
      try {
        this.#frames.push(chunk);
      } catch (error) {
        this.socket.destroy(error as Error);
      }
    });
    this.socket.on('error', (error) => {
      this.#refusal ??= error;
    });
    this.socket.on('close', () => this.#closed());
    const { user, applicationName } = target;
    this.socket.write(startup({ user, replication: 'true', application_name: applicationName }));
  }

  /** @throws ServerRefusal, ProtocolError, what the socket says */
  static async open(target: ReplicationTarget): Promise<ReplicationClient> {
    const client = new ReplicationClient(target);
    const timer = setTimeout(
      () => client.socket.destroy(new Error('the server does not answer')),
      protocolLimits.connectMs,
    );
    try {
      await client.#login.promise;
    } finally {
      clearTimeout(timer);
    }
    return client;
  }

  /** @throws ServerRefusal, and what ended the connection */
  async ask(command: string): Promise<readonly Row[]> {
    const { rows, what } = await this.#send(command);
    if (what === 'copy') throw new ProtocolError('an answer that was not asked for');
    return rows;
  }

  /**
   * Resolves when the log begins to come.
   * @param onData what stands in CopyData, which may be kept
   * @throws ServerRefusal, and what ended the connection
   */
  async stream(command: string, onData: (body: Buffer) => void): Promise<{ ended: Promise<CopyEnd> }> {
    this.#onCopyData = onData;
    this.#copyEnd = Promise.withResolvers<CopyEnd>();
    this.#copyIsDone = false;
    const { rows, what } = await this.#send(command);
    if (what === 'rows') return { ended: Promise.resolve({ kind: 'timeline', rows }) };
    return { ended: this.#copyEnd.promise };
  }

  /** A message while the log comes. */
  tell(bytes: Buffer): void {
    const written = this.socket.writableLength === 0 ? writeNow(this.socket, bytes) : 0;
    if (written < bytes.length) this.socket.write(bytes.subarray(written));
  }

  close(): void {
    this.socket.destroy();
  }

  async #send(command: string): Promise<{ rows: readonly Row[]; what: 'rows' | 'copy' }> {
    if (this.socket.destroyed) throw this.#refusal ?? new Error('the connection is closed');
    const pending: Pending = { rows: [], done: Promise.withResolvers(), error: undefined };
    this.#pending = pending;
    this.socket.write(query(command));
    return { what: await pending.done.promise, rows: pending.rows };
  }

  #frame(type: number, body: Buffer): void {
    if (type === types.copyData && this.#onCopyData !== undefined && this.#pending === undefined) {
      this.#onCopyData(body);
      return;
    }
    if (type === types.error) this.#refused(new ServerRefusal(readFields(body)));
    else if (type === types.notice || type === types.parameterStatus || type === types.backendKeyData) return;
    else if (!this.#isIn) this.#loginFrame(type, body);
    else if (this.#pending !== undefined) this.#answerFrame(this.#pending, type, body);
    else this.#copyFrame(type);
  }

  #loginFrame(type: number, body: Buffer): void {
    if (type === types.ready) {
      this.#isIn = true;
      this.#login.resolve();
      return;
    }
    if (type !== types.authentication || body.length < 4)
      throw new ProtocolError('an answer before the login');
    const text = body.toString('latin1', 4);
    switch (body.readUInt32BE(0)) {
      case authentication.ok:
        return;
      case authentication.sasl: {
        if (!text.split('\0').includes(scramName)) throw new ProtocolError('no way to log in');
        const first = Buffer.from(this.#scram.first());
        const length = Buffer.alloc(4);
        length.writeUInt32BE(first.length);
        const name = Buffer.from(`${scramName}\0`);
        this.socket.write(message(types.password, Buffer.concat([name, length, first])));
        return;
      }
      case authentication.saslContinue:
        this.socket.write(message(types.password, Buffer.from(this.#scram.final(text))));
        return;
      case authentication.saslFinal:
        this.#scram.check(text);
        return;
      default:
        throw new ProtocolError('no way to log in');
    }
  }

  #answerFrame(pending: Pending, type: number, body: Buffer): void {
    switch (type) {
      case types.dataRow:
        if (pending.rows.length === protocolLimits.answerRowsMax) throw new ProtocolError('too many rows');
        pending.rows.push(readDataRow(body));
        return;
      case types.copyBoth:
        this.#pending = undefined;
        pending.done.resolve('copy');
        return;
      case types.ready:
        this.#pending = undefined;
        if (pending.error !== undefined) pending.done.reject(pending.error);
        else if (this.#copyIsDone) this.#copyEnd?.resolve({ kind: 'timeline', rows: pending.rows });
        pending.done.resolve('rows');
        return;
      default:
        return;
    }
  }

  #copyFrame(type: number): void {
    if (this.#copyEnd === undefined) throw new ProtocolError('what was not asked for');
    if (type === types.copyDone) {
      this.#copyIsDone = true;
      this.#onCopyData = undefined;
      this.socket.write(message(types.copyDone, Buffer.alloc(0)));
      // What follows is the answer: the next timeline.
      this.#pending = { rows: [], done: Promise.withResolvers(), error: undefined };
      this.#pending.done.promise.catch(() => undefined);
    } else if (type === types.commandComplete) this.#copyWasCompleted = true;
    else throw new ProtocolError('what does not belong to a copy');
  }

  #refused(error: Error): void {
    if (this.#pending !== undefined) this.#pending.error = error;
    // The server closes after it.
    else this.#refusal ??= error;
  }

  #closed(): void {
    const error = this.#pending?.error ?? this.#refusal ?? new Error('the server closed the connection');
    this.#login.reject(error);
    this.#login.promise.catch(() => undefined);
    this.#pending?.done.reject(error);
    this.#copyEnd?.resolve(this.#copyWasCompleted ? { kind: 'shutdown' } : { kind: 'dropped', error });
  }
}
