/** Lines out of what a process writes. */
import { StringDecoder } from 'node:string_decoder';
import { executorLimits } from './limits.ts';

/** Holds at most one line: what is longer leaves in pieces. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #emit: (line: string) => void;
  #pieces: string[] = [];
  #length = 0;
  #lines = 0;

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  /** @returns how many lines left */
  push(bytes: Buffer): number {
    const before = this.#lines;
    const text = this.#decoder.write(bytes);
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#add(text.slice(from, end));
      this.#flush();
      from = end + 1;
    }
    this.#add(text.slice(from));
    return this.#lines - before;
  }

  end(): void {
    this.#add(this.#decoder.end());
    if (this.#length > 0) this.#flush();
  }

  #add(text: string): void {
    let rest = text;
    while (this.#length + rest.length > executorLimits.logLineMax) {
      const room = executorLimits.logLineMax - this.#length;
      this.#pieces.push(rest.slice(0, room));
      this.#flush();
      rest = rest.slice(room);
    }
    if (rest === '') return;
    this.#pieces.push(rest);
    this.#length += rest.length;
  }

  #flush(): void {
    const line = this.#pieces.length === 1 ? this.#pieces[0]! : this.#pieces.join('');
    this.#pieces = [];
    this.#length = 0;
    this.#lines += 1;
    // The runtime writes a call of console as one line, with carriage returns for its line feeds.
    this.#emit(line.replace(/\r$/, '').replaceAll('\r', '\n'));
  }
}
