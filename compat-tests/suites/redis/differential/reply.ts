/**
 * Answers of a Redis server as the harness sees them: a reader of RESP2 and RESP3 that shares nothing with ours. Texts keep
 * the letter of their kind (`+OK`, `-ERR …`, `:1`, `$bytes`, `,1.5`), one character per byte, so that equal texts are equal
 * answers; an aggregate is a list with its letter.
 * Source: the RESP3 specification.
 */

export interface Aggregate {
  /** `*` array, `%` map (keys and values in turn), `~` set, `>` push, `|` attribute. */
  readonly kind: string;
  readonly items: readonly Reply[];
}

export type Reply = string | Aggregate;

export function isAggregate(reply: Reply): reply is Aggregate {
  return typeof reply !== 'string';
}

/** One line for people. */
export function showReply(reply: Reply): string {
  if (!isAggregate(reply)) return JSON.stringify(reply);
  return `${reply.kind}[${reply.items.map(showReply).join(', ')}]`;
}

const aggregates = '*%~>|';
const lengthOfPairs = '%|';
const texts = '$=!';

/** Takes bytes as they come and gives complete answers. */
export class ReplyReader {
  private text = '';
  private at = 0;

  feed(bytes: Buffer): void {
    this.text = this.text.slice(this.at) + bytes.toString('latin1');
    this.at = 0;
  }

  /** Undefined when bytes are missing. */
  next(): Reply | undefined {
    const start = this.at;
    const reply = this.read();
    if (reply === undefined) this.at = start;
    return reply;
  }

  private read(): Reply | undefined {
    const end = this.text.indexOf('\r\n', this.at);
    if (end < 0) return undefined;
    const kind = this.text[this.at]!;
    const line = this.text.slice(this.at + 1, end);
    this.at = end + 2;
    if (aggregates.includes(kind)) return this.readItems(kind, Number(line));
    if (!texts.includes(kind)) return kind + line;
    const length = Number(line);
    if (length < 0) return `${kind}null`;
    if (this.at + length + 2 > this.text.length) return undefined;
    const bytes = this.text.slice(this.at, this.at + length);
    this.at += length + 2;
    return kind + bytes;
  }

  private readItems(kind: string, length: number): Reply | undefined {
    if (length < 0) return `${kind}null`;
    const items: Reply[] = [];
    const count = lengthOfPairs.includes(kind) ? length * 2 : length;
    for (let i = 0; i < count; i++) {
      const item = this.read();
      if (item === undefined) return undefined;
      items.push(item);
    }
    return { kind, items };
  }
}
