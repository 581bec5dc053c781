/**
 * Bytes to commands: RESP arrays of bulk strings, and inline commands. Pull parser: bytes are offered with `feed`, commands
 * are taken with `next`, and `keep` copies what is left, as the read buffer belongs to all connections. Any split of the
 * bytes gives the same commands. Nothing is reserved for a count or a length before its bytes are there: what is kept grows
 * with them, at most twofold.
 * Source: the RESP specification; limits and error texts as redis-server 7.2.
 */
import '@hypergate/kit/bytes';
import { giveEntryBuffer, takeEntryBuffer } from './entry-buffers.ts';
import { splitInline } from './inline.ts';
import { wireLimits } from './limits.ts';

/** The stream makes no sense from here on: answered once, then the connection ends. */
export class ProtocolError extends Error {
  constructor(what: string) {
    super(`ERR Protocol error: ${what}`);
    this.name = 'ProtocolError';
  }
}

const cr = 13;
const lf = 10;
const star = 42;
const dollar = 36;
const none = Buffer.alloc(0);
/** An argument in memory beside its bytes, about: many empty ones are not for nothing. */
const bytesPerArgument = 24;
const ownBytesMin = 64;

/** Read anew for each argument. */
export interface ParserBounds {
  /** `proto-max-bulk-len` */
  readonly bulkBytesMax: number;
}

export class CommandParser {
  /** Lowered until the client has logged in. */
  authenticated = false;
  private readonly bounds: ParserBounds;
  private input: Buffer = none;
  private at = 0;
  private end = 0;
  /** `input` is this parser's own and not the reader's. */
  private isOwn = false;
  /** `input` is one of the buffers for connections before login. */
  private isEntry = false;
  /** Bytes that were not kept, as they are too many before login. */
  private overflow = 0;
  /** Arguments are only counted: the command may not be complete. */
  private dry = false;
  private args: string[] = [];
  /** Arguments still to come; 0 between commands. */
  private missing = 0;
  /** Of the argument that is being read; -1 before its length. */
  private bulkBytes = -1;
  private large: Buffer | undefined;
  private largeFilled = 0;
  private argumentBytes = 0;
  /** Bytes from `at` on in which no line ends. */
  private searched = 0;
  private failed = false;

  constructor(bounds: ParserBounds = wireLimits) {
    this.bounds = bounds;
  }

  /** Bytes held for this connection: unread ones, and the command that is not complete. */
  get heldBytes(): number {
    const { argumentBytes, largeFilled, overflow } = this;
    return this.end - this.at + argumentBytes + largeFilled + overflow + this.args.length * bytesPerArgument;
  }

  /** Offers bytes, which must stay unchanged until `keep`. What was left over comes first. */
  feed(chunk: Buffer, length: number): void {
    if (this.at === this.end) {
      this.release();
      this.input = chunk;
      this.at = 0;
      this.end = length;
      return;
    }
    this.own(length);
    chunk.copy(this.input, this.end, 0, length);
    this.end += length;
  }

  /** Copies what was not taken: the chunk may be used again. */
  keep(): void {
    const left = this.end - this.at;
    if (left === 0) this.release();
    else if (!this.authenticated && left > wireLimits.queryBytesBeforeLogin) {
      this.release();
      this.overflow = left;
    } else if (!this.isOwn || (!this.isEntry && this.input.length > 2 * left + ownBytesMin))
      this.own(0, true);
  }

  /** Forgets all that came; nothing more is taken. */
  drop(): void {
    this.release();
    this.args = [];
    this.missing = 0;
    this.argumentBytes = 0;
    this.large = undefined;
    this.largeFilled = 0;
    this.overflow = 0;
    this.failed = true;
  }

  /** Nothing is left of the bytes. */
  private release(): void {
    if (this.isEntry) giveEntryBuffer(this.input);
    this.input = none;
    this.isEntry = false;
    this.isOwn = false;
    this.at = 0;
    this.end = 0;
    this.searched = 0;
  }

  /** Moves what was not taken to a buffer of this parser's that has room for so much more. */
  private own(room: number, afresh = false): void {
    const left = this.end - this.at;
    const needed = left + room;
    const fits = this.isOwn && !afresh && this.input.length >= needed;
    if (fits && this.end + room <= this.input.length) return;
    // Twice as much, so that many small pieces are not copied each time. Not from the pool, which whole would stay with it.
    const isEntry = !this.authenticated && needed <= wireLimits.entryBufferBytes;
    const target = fits
      ? this.input
      : isEntry
        ? takeEntryBuffer()
        : Buffer.allocUnsafeSlow(room === 0 ? needed : 2 * needed);
    this.input.copy(target, 0, this.at, this.end);
    if (!fits) {
      if (this.isEntry) giveEntryBuffer(this.input);
      this.isEntry = isEntry;
    }
    this.input = target;
    this.isOwn = true;
    this.at = 0;
    this.end = left;
  }

  /** Bytes that were fed and not taken, for another parser to go on with; only between commands. */
  rest(): Buffer {
    return this.input.subarray(this.at, this.end);
  }

  /** The next complete command; undefined when bytes are missing. @throws ProtocolError, and nothing more comes */
  next(): string[] | undefined {
    if (this.failed) return undefined;
    try {
      for (;;) {
        if (this.missing > 0) return this.readArguments();
        if (this.at === this.end) return undefined;
        const isArray = this.input[this.at] === star;
        if (isArray && !this.authenticated && !this.isComplete()) return undefined;
        const count = isArray ? this.readShortNumber() : -1;
        if (count >= 0) {
          this.beginArray(count);
          continue;
        }
        const line = this.readLine(isArray ? 'too big mbulk count string' : 'too big inline request');
        if (line === undefined) return undefined;
        if (isArray) this.beginArray(parseLength(line, 1));
        else {
          const words = splitInline(line);
          if (words === undefined) throw new ProtocolError('unbalanced quotes in request');
          if (words.length > 0) return words;
        }
      }
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }

  /** Before login the bytes are kept as they came until the command is whole: strings would be garbage all the more. */
  private isComplete(): boolean {
    const { at } = this;
    this.dry = true;
    const line = this.readLine('too big mbulk count string');
    if (line !== undefined) this.beginArray(parseLength(line, 1));
    const complete = line !== undefined && (this.missing === 0 || this.readArguments() !== undefined);
    this.dry = false;
    this.missing = 0;
    this.args = [];
    this.argumentBytes = 0;
    this.at = at;
    this.searched = 0;
    return complete;
  }

  private beginArray(count: number | undefined): void {
    if (count === undefined || count > wireLimits.argumentsMax) {
      throw new ProtocolError('invalid multibulk length');
    }
    if (!this.authenticated && count > wireLimits.argumentsBeforeLogin) {
      throw new ProtocolError('unauthenticated multibulk length');
    }
    this.args = [];
    this.argumentBytes = 0;
    this.bulkBytes = -1;
    this.missing = Math.max(count, 0);
  }

  private readArguments(): string[] | undefined {
    while (this.missing > 0) {
      if (this.bulkBytes < 0 && !this.readBulkLength()) return undefined;
      const argument = this.large === undefined ? this.readBulk() : this.readLarge();
      if (argument === undefined) return undefined;
      this.args.push(argument);
      this.argumentBytes += argument.length;
      this.bulkBytes = -1;
      this.missing--;
    }
    const { args } = this;
    this.args = [];
    this.argumentBytes = 0;
    return args;
  }

  private readBulkLength(): boolean {
    if (this.at === this.end) return false;
    const { input } = this;
    if (input[this.at] !== dollar) {
      // As redis-server: the line must be whole before it is judged.
      const line = this.readLine('too big bulk count string');
      if (line === undefined) return false;
      throw new ProtocolError(`expected '$', got '${line[0] ?? '\0'}'`);
    }
    let length = this.readShortNumber();
    if (length < 0) {
      const line = this.readLine('too big bulk count string');
      if (line === undefined) return false;
      const parsed = parseLength(line, 1);
      if (parsed === undefined || parsed < 0) throw new ProtocolError('invalid bulk length');
      length = parsed;
    }
    if (length > this.bounds.bulkBytesMax || length > wireLimits.bulkBytesMax) {
      throw new ProtocolError('invalid bulk length');
    }
    if (!this.authenticated && length > wireLimits.bulkBytesBeforeLogin) {
      throw new ProtocolError('unauthenticated bulk length');
    }
    this.bulkBytes = length;
    if (length > wireLimits.largeBulkBytes && this.end - this.at < length + 2) {
      this.large = Buffer.allocUnsafeSlow(Math.min(length + 2, wireLimits.largeBulkStep));
      this.largeFilled = 0;
    }
    return true;
  }

  /** The usual line of a sign and up to six digits, without making a string of it. @returns -1, with nothing read, for others */
  private readShortNumber(): number {
    const { input, end } = this;
    const first = this.at + 1;
    let at = first;
    let value = 0;
    while (at < end && at - first < 7) {
      const digit = input[at]! - 48;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at++;
    }
    const digits = at - first;
    if (digits === 0 || digits === 7 || at + 1 >= end || input[at] !== cr || input[at + 1] !== lf) return -1;
    // A leading zero is refused, like every other form, by who reads the line.
    if (digits > 1 && input[first] === 48) return -1;
    this.at = at + 2;
    this.searched = 0;
    return value;
  }

  private readBulk(): string | undefined {
    const end = this.at + this.bulkBytes;
    if (end + 2 > this.end) return undefined;
    const text = this.dry ? '' : this.input.latin1Slice(this.at, end);
    this.at = end + 2;
    return text;
  }

  private readLarge(): string | undefined {
    const whole = this.bulkBytes + 2;
    let large = this.large!;
    const taken = Math.min(whole - this.largeFilled, this.end - this.at);
    if (this.largeFilled + taken > large.length) {
      const grown = Math.min(whole, Math.max(2 * large.length, this.largeFilled + taken));
      large = Buffer.allocUnsafeSlow(grown);
      this.large!.copy(large, 0, 0, this.largeFilled);
      this.large = large;
    }
    this.input.copy(large, this.largeFilled, this.at, this.at + taken);
    this.at += taken;
    this.largeFilled += taken;
    if (this.largeFilled < whole) return undefined;
    this.large = undefined;
    this.largeFilled = 0;
    return large.latin1Slice(0, whole - 2);
  }

  /** The line without its end; undefined when it is not complete. */
  private readLine(tooLong: string): string | undefined {
    const newline = this.newline();
    if (newline < 0) {
      if (this.end - this.at > wireLimits.lineBytesMax) throw new ProtocolError(tooLong);
      return undefined;
    }
    this.searched = 0;
    if (newline - this.at > wireLimits.lineBytesMax) throw new ProtocolError(tooLong);
    const last = newline > this.at && this.input[newline - 1] === cr ? newline - 1 : newline;
    const line = this.input.latin1Slice(this.at, last);
    this.at = newline + 1;
    return line;
  }

  /** Where the line ends; -1 when it does not yet: what was looked through is not again when more comes. */
  private newline(): number {
    const newline = this.input.indexOf(lf, this.at + this.searched);
    if (newline >= 0 && newline < this.end) return newline;
    this.searched = this.end - this.at;
    return -1;
  }
}

/** A signed 64-bit decimal as redis-server reads it: no sign `+`, no leading zeros, no spaces. */
function parseLength(line: string, from: number): number | undefined {
  const digits = line.slice(from);
  if (!/^(?:0|-?[1-9][0-9]{0,17})$/.test(digits)) return undefined;
  return Number(digits);
}
