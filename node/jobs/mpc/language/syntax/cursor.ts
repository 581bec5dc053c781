/** Where the parser is in the tokens, and what it says when they do not go on as they have to. */
import { type CompileError, type CompileErrorCode, quote, type SourceText, type Span } from '../errors.ts';
import { languageLimits } from '../limits.ts';
import type { NameNode } from './ast.ts';
import type { Token } from './tokens.ts';

export interface Mark {
  readonly index: number;
  readonly rest: Token | undefined;
  readonly depth: number;
}

export class Cursor {
  private readonly source: SourceText;
  private readonly tokens: readonly Token[];
  private index = 0;
  /** What is left of a sign of which a `>` was taken. */
  private rest: Token | undefined;
  private depth = 0;
  /** Tokens that were read and given back. */
  private guessed = 0;
  /** End of the token before. */
  private endBefore = 0;

  constructor(source: SourceText, tokens: readonly Token[]) {
    this.source = source;
    this.tokens = tokens;
  }

  get current(): Token {
    return this.rest ?? this.tokens[this.index]!;
  }

  /** The token after the current one; the end again at the end. */
  get following(): Token {
    return this.tokens[Math.min(this.index + 1, this.tokens.length - 1)]!;
  }

  mark(): Mark {
    return { index: this.index, rest: this.rest, depth: this.depth };
  }

  /** Goes back. */
  reset(mark: Mark): void {
    this.guessed += this.index - mark.index;
    if (this.guessed > languageLimits.guessedTokensMax) {
      throw this.error(
        'limit',
        this.current,
        'too many "<" after each other, each of which might begin type arguments',
      );
    }
    this.index = mark.index;
    this.rest = mark.rest;
    this.depth = mark.depth;
  }

  advance(): Token {
    const token = this.current;
    this.rest = undefined;
    this.endBefore = token.end;
    if (token.kind !== 'end') this.index++;
    return token;
  }

  /** Whether the current token is this sign or keyword. */
  is(text: string): boolean {
    const { kind, text: found } = this.current;
    return (kind === 'sign' || kind === 'keyword') && found === text;
  }

  /** Whether it is this name, which is a keyword in some places alone. */
  isWord(text: string): boolean {
    return this.current.kind === 'name' && this.current.text === text;
  }

  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.advance();
    return true;
  }

  expect(text: string, why = ''): Token {
    if (!this.is(text)) throw this.unexpected(`${quote(text)}${why}`);
    return this.advance();
  }

  /** A `>`, which may be the first character of a longer sign. */
  expectCloseAngle(): void {
    const token = this.current;
    if (token.kind !== 'sign' || !token.text.startsWith('>')) throw this.unexpected('">"');
    this.advance();
    if (token.text.length === 1) return;
    this.index--;
    this.rest = { ...token, text: token.text.slice(1), start: token.start + 1, onNewLine: false };
    this.endBefore = token.start + 1;
  }

  name(what = 'a name'): NameNode {
    const token = this.current;
    if (token.kind !== 'name') throw this.unexpected(what);
    if (token.text === '__proto__') {
      throw this.error(
        'syntax',
        token,
        '"__proto__" means something else in TypeScript and cannot be a name',
      );
    }
    this.advance();
    return { kind: 'name', name: token.text, start: token.start, end: token.end };
  }

  /** Name of a field, which may be a keyword or a string. */
  fieldName(): NameNode {
    const token = this.current;
    if (token.kind === 'keyword' || (token.kind === 'string' && token.text !== '__proto__')) {
      this.advance();
      return { kind: 'name', name: token.text, start: token.start, end: token.end };
    }
    return this.name('the name of a field');
  }

  /** The end of a statement: a semicolon, or where TypeScript puts one. */
  endStatement(): void {
    if (this.take(';') || this.is('}') || this.current.kind === 'end' || this.current.onNewLine) return;
    if (this.isWord('as') || this.isWord('satisfies')) {
      throw this.error(
        'unsupported',
        this.current,
        'there is no type assertion: convert with u32(x) and the like',
      );
    }
    throw this.unexpected('";"');
  }

  /** From a token or a node to the last token that was taken. */
  spanFrom(start: Span): Span {
    return { start: start.start, end: this.endBefore };
  }

  /** Runs a part of the parser one level deeper. */
  nested<T>(parse: () => T): T {
    if (++this.depth > languageLimits.nestingMax) throw this.tooDeep(this.current);
    const parsed = parse();
    this.depth--;
    return parsed;
  }

  tooDeep(span: Span): CompileError {
    return this.error('limit', span, `more than ${languageLimits.nestingMax} levels are within each other`);
  }

  unexpected(expected: string): CompileError {
    const { kind, text } = this.current;
    const found = kind === 'end' ? 'the end of the source' : quote(text);
    return this.error('syntax', this.current, `expected ${expected}, found ${found}`);
  }

  error(code: CompileErrorCode, span: Span, text: string): CompileError {
    return this.source.error(code, span, text);
  }
}
