/**
 * Statements by their text: those that were used last are kept, as many as fit into a number of bytes. What a tree takes is
 * estimated from its text, and rather too high: 11 bytes for a character of an INSERT, 25 for one of `[1,1,1,…]` were measured.
 */
import type { ParsedStatement } from './ast.ts';
import { parse } from './statement.ts';

/** A character of text, and what it becomes. */
const bytesPerChar = 32;
const bytesPerStatement = 512;

export class StatementCache {
  private readonly bytesMax: number;
  /** Last used last. */
  private readonly statements = new Map<string, ParsedStatement>();
  private used = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** What all of them take, about. */
  get bytes(): number {
    return this.used;
  }

  get size(): number {
    return this.statements.size;
  }

  /** @throws CqlSyntaxError which is not kept */
  parse(text: string): ParsedStatement {
    const known = this.statements.get(text);
    if (known !== undefined) {
      this.statements.delete(text);
      this.statements.set(text, known);
      return known;
    }
    const parsed = parse(text);
    this.keep(text, parsed);
    return parsed;
  }

  private keep(text: string, parsed: ParsedStatement): void {
    // No password stays.
    if (parsed.statement.kind === 'createRole' || parsed.statement.kind === 'alterRole') return;
    const bytes = bytesOf(text);
    // A statement that would push out many others is rarely one that comes again.
    if (bytes > this.bytesMax / 8) return;
    this.statements.set(text, parsed);
    this.used += bytes;
    for (const oldest of this.statements.keys()) {
      if (this.used <= this.bytesMax) return;
      this.statements.delete(oldest);
      this.used -= bytesOf(oldest);
    }
  }
}

function bytesOf(text: string): number {
  return bytesPerStatement + text.length * bytesPerChar;
}
