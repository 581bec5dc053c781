/**
 * Where the parser stands among the tokens, and the errors of a grammar: a recursive descent asks it for what it wants. Tokens are
 * made as they are looked at, no further, since the first error in the text is the one that is told; and as a message shows what has
 * been looked at (syntax-message.ts).
 */
import type { Marker } from './ast.ts';
import { CqlSyntaxError, lineAndColumn } from './errors.ts';
import { uses } from './keywords.ts';
import { Lexer } from './lexer.ts';
import { parserLimits } from './limits.ts';
import { mismatchMessage, noAlternativeMessage } from './syntax-message.ts';
import type { Kind, Token } from './tokens.ts';

export class Cursor {
  readonly text: string;
  /** Where the parser stands. */
  token: Token;
  /** Names of bind markers, in the order they appear; undefined: `?`. */
  readonly markers: (string | undefined)[] = [];
  /** How often something was looked at, for tests: bounded by the length of the text. */
  steps = 0;
  private readonly lexer: Lexer;
  /** Looked at already, behind `token`. */
  private readonly ahead: Token[] = [];
  private aheadFrom = 0;
  private depth = 0;
  private operations = 0;

  constructor(text: string) {
    this.text = text;
    this.lexer = new Lexer(text);
    this.token = this.lexer.next();
  }

  get kind(): Kind {
    return this.token.kind;
  }

  /** @param distance 1: the token behind the current one */
  peek(distance: number): Token {
    this.steps++;
    const { ahead } = this;
    while (ahead.length - this.aheadFrom < distance) ahead.push(this.lexer.next());
    return ahead[this.aheadFrom + distance - 1]!;
  }

  /** Goes on. @returns the token that was the current one */
  take(): Token {
    this.steps++;
    const { token, ahead } = this;
    if (this.aheadFrom < ahead.length) {
      this.token = ahead[this.aheadFrom++]!;
      if (this.aheadFrom === ahead.length) {
        ahead.length = 0;
        this.aheadFrom = 0;
      }
    } else {
      this.token = this.lexer.next();
    }
    return token;
  }

  is(kind: Kind): boolean {
    return this.token.kind === kind;
  }

  /** Takes a token if it is of this kind. */
  accept(kind: Kind): boolean {
    if (this.token.kind !== kind) return false;
    this.take();
    return true;
  }

  expect(kind: Kind): Token {
    if (this.token.kind !== kind) throw this.mismatch(kind);
    return this.take();
  }

  /** Takes several keywords. */
  expectAll(...kinds: Kind[]): void {
    for (const kind of kinds) this.expect(kind);
  }

  /** `IF EXISTS`, if it is there. */
  acceptIfExists(): boolean {
    if (!this.accept('IF')) return false;
    this.expect('EXISTS');
    return true;
  }

  /** `IF NOT EXISTS`, if it is there. */
  acceptIfNotExists(): boolean {
    if (!this.accept('IF')) return false;
    this.expectAll('NOT', 'EXISTS');
    return true;
  }

  /** Reads items until none follows, at least one. */
  list<Item>(item: (cursor: Cursor) => Item): Item[] {
    const items = [item(this)];
    while (this.accept(',')) items.push(item(this));
    return items;
  }

  /** Something that may contain itself: reads it one level deeper. */
  nested<Result>(read: (cursor: Cursor) => Result): Result {
    if (this.depth === 0) this.operations = 0;
    if (++this.depth > parserLimits.nestingMax) throw this.tooDeep();
    const result = read(this);
    this.depth--;
    return result;
  }

  /** Counts an operator, or an access to a field or element. */
  countOperation(): void {
    if (++this.operations > parserLimits.operationsMax) throw this.tooDeep();
  }

  /** Takes a bind marker: `?` or `:name`. */
  marker(): Marker {
    let name: string | undefined;
    if (!this.accept('QMARK')) {
      this.expect(':');
      if ((this.token.uses & uses.name) === 0) throw this.noAlternative();
      name = this.take().value;
    }
    this.markers.push(name);
    return { kind: 'marker', index: this.markers.length - 1, name };
  }

  /** Nothing that may stand here begins so. @param distance of the token that tells it */
  noAlternative(distance = 0): CqlSyntaxError {
    const token = distance === 0 ? this.token : this.peek(distance);
    return new CqlSyntaxError(noAlternativeMessage(this.text, this.token, token, this.last()));
  }

  /** @param expected undefined: one of several, which Cassandra does not name */
  mismatch(expected: Kind | undefined): CqlSyntaxError {
    return new CqlSyntaxError(mismatchMessage(this.text, this.token, expected, this.last()));
  }

  /** What was read is well formed, but may not be: no place is told. */
  refuse(message: string): CqlSyntaxError {
    return new CqlSyntaxError(message);
  }

  private last(): Token {
    return this.ahead.at(-1) ?? this.token;
  }

  private tooDeep(): CqlSyntaxError {
    return new CqlSyntaxError(`${lineAndColumn(this.text, this.token.start)} too deeply nested`);
  }
}
