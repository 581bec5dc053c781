/** What a command is run with. One object a client, used again for each command; nothing keeps it. */
import type { ReplySink } from '../model/reply.ts';
import type { Client } from './client.ts';
import type { CommandRow } from './command.ts';
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';

export interface BlockRequest {
  /** In the selected database, in the order of the command. */
  readonly keys: readonly string[];
  /** Milliseconds since 1970, 0 to wait for ever. */
  readonly until: number;
  /** Answers when the time is over: `call.reply` is the client's. */
  readonly timedOut: (reply: ReplySink) => void;
  /** UNBLOCK ERROR and a key of another type end the wait too, with an error. Streams of XREADGROUP also when the key goes. */
  readonly wakeOnDelete?: boolean;
  /** The words to run again, where they are not those that were sent: `$` of XREAD as it was resolved. */
  readonly args?: readonly string[];
}

export class Call {
  readonly engine: Engine;
  readonly client: Client;
  row!: CommandRow;
  db: Database;
  reply: ReplySink;
  /** From a script or a transaction: nothing may block. */
  mayBlock = true;
  inScript = false;
  /** The client waited for this: the command is run again after a key it named became ready. */
  resumed = false;
  /** Set by `block`; the dispatcher then parks the client. */
  blockRequest: BlockRequest | undefined;

  constructor(engine: Engine, client: Client, reply: ReplySink) {
    this.engine = engine;
    this.client = client;
    this.reply = reply;
    this.db = engine.databases[0]!;
  }

  /** Milliseconds since 1970, the same during a command, a transaction or a script. */
  get now(): number {
    return this.engine.now;
  }

  /**
   * The command found nothing and waits: it answers nothing now, and is run from the start when a key is ready (a wait
   * within a wait keeps its place in the queue). Callers check `mayBlock` first and answer as on a timeout.
   */
  block(request: BlockRequest): void {
    this.blockRequest = request;
  }
}
