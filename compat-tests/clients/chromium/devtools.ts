/** The DevTools protocol of Chromium over a pair of pipes (`--remote-debugging-pipe`): texts of JSON, a zero byte after each. */
import type { Readable, Writable } from 'node:stream';

export type Fields = Readonly<Record<string, unknown>>;
export type EventListener = (method: string, params: Fields, sessionId: string | undefined) => void;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Fields;
  readonly sessionId?: string;
  readonly result?: Fields;
  readonly error?: { readonly message: string };
}

interface Waiting {
  resolve(result: Fields): void;
  reject(error: Error): void;
}

/** A page that hangs fails its check, and the others go on. */
const answerMsMax = 120_000;

export class DevTools {
  readonly #write: Writable;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<EventListener>();
  #last = 0;
  #ended = false;
  #rest: Buffer = Buffer.alloc(0);

  constructor(write: Writable, read: Readable) {
    this.#write = write;
    // Whoever waits for an answer is told by the end of what is read.
    write.on('error', () => undefined);
    read.on('data', (piece: Buffer) => this.#take(piece));
    read.on('error', () => this.#end());
    read.once('close', () => this.#end());
  }

  /** @param sessionId of a page; the browser itself unless given */
  async call(method: string, params: Fields = {}, sessionId?: string): Promise<Fields> {
    if (this.#ended) throw new Error(`${method}: the browser is gone`);
    const id = ++this.#last;
    const answer = new Promise<Fields>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    const late = setTimeout(
      () => this.#waiting.get(id)?.reject(new Error(`${method}: no answer in ${answerMsMax / 1000} s`)),
      answerMsMax,
    );
    try {
      this.#write.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
      return await answer;
    } finally {
      clearTimeout(late);
      this.#waiting.delete(id);
    }
  }

  on(listener: EventListener): void {
    this.#listeners.add(listener);
  }

  #take(piece: Buffer): void {
    let bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0)) {
      this.#receive(JSON.parse(bytes.toString('utf8', 0, end)) as Message);
      bytes = bytes.subarray(end + 1);
    }
    this.#rest = bytes;
  }

  #receive({ id, method, params = {}, sessionId, result = {}, error }: Message): void {
    if (id === undefined) {
      for (const listener of this.#listeners) listener(method ?? '', params, sessionId);
    } else if (error === undefined) this.#waiting.get(id)?.resolve(result);
    else this.#waiting.get(id)?.reject(new Error(error.message));
  }

  #end(): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(new Error('the browser is gone'));
  }
}
