/**
 * Bytes to commands: RESP arrays of bulk strings, and inline commands. Pull parser: bytes are offered with `feed`, commands
 * are taken with `next`, and `keep` copies what is left, as the read buffer belongs to all connections. Any split of the
 * bytes gives the same commands. Nothing is reserved for a count or a length before its bytes are there, but the buffer
 * of one large argument, whose length was checked.
 * Source: the RESP specification; limits and error texts as redis-server 7.2.
 */
import '../model/latin1.ts';
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

export class CommandParser {
  /** Lowered until the client has logged in. */
  authenticated = false;
  /** `proto-max-bulk-len` */
  bulkBytesMax: number = wireLimits.bulkBytesMax;
  private input: Buffer = none;
  private at = 0;
  private end = 0;
  private args: string[] = [];
  /** Arguments still to come; 0 between commands. */
  private missing = 0;
  /** Of the argument that is being read; -1 before its length. */
  private bulkBytes = -1;
  private large: Buffer | undefined;
  private largeFilled = 0;
  private argumentBytes = 0;
  private failed = false;

  /** Bytes held for this connection: unread ones, and the command that is not complete. */
  get heldBytes(): number {
    return this.end - this.at + this.argumentBytes + this.largeFilled;
  }

  /** Offers bytes, which must stay unchanged until `keep`. What was left over comes first. */
  feed(chunk: Buffer, length: number): void {
    if (this.at === this.end) {
      this.input = chunk;
      this.at = 0;
      this.end = length;
      return;
    }
    const left = this.end - this.at;
    const joined = Buffer.allocUnsafe(left + length);
    this.input.copy(joined, 0, this.at, this.end);
    chunk.copy(joined, left, 0, length);
    this.input = joined;
    this.at = 0;
    this.end = joined.length;
  }

  /** Copies what was not taken: the chunk may be used again. */
  keep(): void {
    if (this.at === this.end) {
      this.input = none;
      this.at = 0;
      this.end = 0;
      return;
    }
    this.input = Buffer.from(this.input.subarray(this.at, this.end));
    this.end -= this.at;
    this.at = 0;
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
    if (length > this.bulkBytesMax) throw new ProtocolError('invalid bulk length');
    if (!this.authenticated && length > wireLimits.bulkBytesBeforeLogin) {
      throw new ProtocolError('unauthenticated bulk length');
    }
    this.bulkBytes = length;
    if (length > wireLimits.largeBulkBytes && this.end - this.at < length + 2) {
      this.large = Buffer.allocUnsafe(length + 2);
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
    return value;
  }

  private readBulk(): string | undefined {
    const end = this.at + this.bulkBytes;
    if (end + 2 > this.end) return undefined;
    const text = this.input.latin1Slice(this.at, end);
    this.at = end + 2;
    return text;
  }

  private readLarge(): string | undefined {
    const large = this.large!;
    const taken = Math.min(large.length - this.largeFilled, this.end - this.at);
    this.input.copy(large, this.largeFilled, this.at, this.at + taken);
    this.at += taken;
    this.largeFilled += taken;
    if (this.largeFilled < large.length) return undefined;
    this.large = undefined;
    this.largeFilled = 0;
    return large.latin1Slice(0, large.length - 2);
  }

  /** The line without its end; undefined when it is not complete. */
  private readLine(tooLong: string): string | undefined {
    const newline = this.input.indexOf(lf, this.at);
    if (newline < 0 || newline >= this.end) {
      if (this.end - this.at > wireLimits.lineBytesMax) throw new ProtocolError(tooLong);
      return undefined;
    }
    if (newline - this.at > wireLimits.lineBytesMax) throw new ProtocolError(tooLong);
    const last = newline > this.at && this.input[newline - 1] === cr ? newline - 1 : newline;
    const line = this.input.latin1Slice(this.at, last);
    this.at = newline + 1;
    return line;
  }
}

/** A signed 64-bit decimal as redis-server reads it: no sign `+`, no leading zeros, no spaces. */
function parseLength(line: string, from: number): number | undefined {
  const digits = line.slice(from);
  if (!/^(?:0|-?[1-9][0-9]{0,17})$/.test(digits)) return undefined;
  return Number(digits);
}
