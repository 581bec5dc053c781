/**
 * Text to tokens, one at a time. Specification: lexical structure of the CQL 3.4.5 reference; where it is silent, Apache
 * Cassandra's lexer: a minus sign before a digit belongs to the number, `1W` is a duration, and a token is as long as it can be. Other
 * than there, a comment at the end needs no line break behind it.
 */
import { CqlSyntaxError, lineAndColumn, quoted } from './errors.ts';
import { keywords, uses } from './keywords.ts';
import { scanDuration, scanNumber, scanUuid } from './numbers.ts';
import type { Kind, Punctuation, Token } from './tokens.ts';

const letter = 1;
const digit = 2;
const space = 4;
const upper = 8;
const hex = 16;
const single = 32;

/** What a character is, by its code, for ASCII. */
const classes = new Uint8Array(128);
for (let code = 0; code < 26; code++) {
  classes[65 + code] = letter | upper | (code < 6 ? hex : 0);
  classes[97 + code] = letter | (code < 6 ? hex : 0);
}
for (let code = 48; code < 58; code++) classes[code] = digit | hex;
for (const code of [9, 10, 13, 32]) classes[code] = space;

const singles: Kind[] = [];
for (const mark of ['(', ')', '[', ']', '{', '}', ',', ';', ':', '=', '*', '%'] satisfies Punctuation[]) {
  classes[mark.charCodeAt(0)] = single;
  singles[mark.charCodeAt(0)] = mark;
}
classes[63] = single;
singles[63] = 'QMARK';

const underscore = 95;
const minus = 45;
const anyName = uses.name | uses.function | uses.type;

export class Lexer {
  readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** @returns the next token that means something; `EOF` again and again behind the last */
  next(): Token {
    for (;;) {
      const token = this.nextOfAll();
      if (token.kind !== 'HIDDEN') return token;
    }
  }

  /** The next token, white space and comments included. */
  nextOfAll(): Token {
    const { text, at } = this;
    if (at >= text.length) return { kind: 'EOF', uses: 0, start: at, end: at, value: '' };
    const code = text.charCodeAt(at);
    const kind = code < 128 ? classes[code]! : 0;
    if ((kind & single) !== 0) return this.take(singles[code]!, at + 1);
    if ((kind & space) !== 0) return this.space(at);
    if ((kind & hex) !== 0) {
      const uuid = scanUuid(text, at);
      if (uuid !== 0) return this.takeRaw('UUID_LITERAL', uuid);
    }
    if ((kind & letter) !== 0) return this.word(at);
    if ((kind & digit) !== 0) return this.number(at);
    return this.other(at, code);
  }

  private take(kind: Kind, end: number, value = '', uses = 0): Token {
    const start = this.at;
    this.at = end;
    return { kind, uses, start, end, value };
  }

  private takeRaw(kind: Kind, end: number): Token {
    return this.take(kind, end, this.text.slice(this.at, end));
  }

  private space(start: number): Token {
    const { text } = this;
    let at = start + 1;
    while (at < text.length && (classes[text.charCodeAt(at)]! & space) !== 0) at++;
    return this.take('HIDDEN', at);
  }

  private word(start: number): Token {
    const { text } = this;
    let at = start;
    let all = 0;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      const kind = code < 128 ? classes[code]! : 0;
      if ((kind & (letter | digit)) === 0 && code !== underscore) break;
      all |= kind;
    }
    if (text.charCodeAt(start) === 80) {
      const end = scanDuration(text, start);
      if (end >= at) return this.takeRaw('DURATION_LITERAL', end);
    }
    const raw = text.slice(start, at);
    if (raw === 'expr' && text.charCodeAt(at) === 40) return this.take('expr(', at + 1);
    const value = (all & upper) === 0 ? raw : raw.toLowerCase();
    const keyword = keywords.get(value);
    if (keyword === undefined) return this.take('IDENT', at, value, anyName);
    return this.take(keyword.kind, at, value, keyword.uses);
  }

  private number(start: number): Token {
    const { text } = this;
    const { kind, end } = scanNumber(text, start);
    return this.takeRaw(kind, end);
  }

  private other(at: number, code: number): Token {
    const next = this.text.charCodeAt(at + 1);
    switch (code) {
      case 39:
        return this.quotedText("'");
      case 34:
        return this.quotedText('"');
      case 36:
        return this.dollars();
      case minus:
        return this.afterMinus(next);
      case 46:
        return next === 46 ? this.take('RANGE', at + 2) : this.take('.', at + 1);
      case 43:
        return next === 61 ? this.take('+=', at + 2) : this.take('+', at + 1);
      case 60:
        return next === 61 ? this.take('<=', at + 2) : this.take('<', at + 1);
      case 62:
        return next === 61 ? this.take('>=', at + 2) : this.take('>', at + 1);
      case 33:
        if (next === 61) return this.take('!=', at + 2);
        throw this.mismatch(at + 1, "'='");
      case 47:
        if (next === 47) return this.lineComment();
        return next === 42 ? this.blockComment() : this.take('/', at + 1);
      default:
        throw this.error(at, `no viable alternative at character ${this.character(at)}`);
    }
  }

  private afterMinus(next: number): Token {
    const { text, at } = this;
    if (next === minus) return this.lineComment();
    if (next === 61) return this.take('-=', at + 2);
    const kind = next < 128 ? classes[next]! : 0;
    if ((kind & digit) !== 0) return this.number(at);
    if (next === 80) {
      const end = scanDuration(text, at);
      if (end !== 0) return this.takeRaw('DURATION_LITERAL', end);
    }
    // N, n, I, i
    if (next === 78 || next === 110 || next === 73 || next === 105) {
      const word = /^-(?:nan|infinity)(?![a-z0-9_])/i.exec(text.slice(at, at + 10))?.[0];
      if (word !== undefined) {
        return this.take(word.length === 4 ? 'NEGATIVE_NAN' : 'NEGATIVE_INFINITY', at + word.length);
      }
    }
    return this.take('-', at + 1);
  }

  /** Strings and quoted names: two quotes inside are one. */
  private quotedText(quote: "'" | '"'): Token {
    const { text } = this;
    const start = this.at + 1;
    let end = text.indexOf(quote, start);
    let doubled = false;
    while (end !== -1 && text[end + 1] === quote) {
      doubled = true;
      end = text.indexOf(quote, end + 2);
    }
    if (end === -1) throw this.mismatch(text.length, `'${quote}'`);
    const inside = text.slice(start, end);
    const value = doubled ? inside.replaceAll(quote + quote, quote) : inside;
    if (quote === "'") return this.take('STRING_LITERAL', end + 1, value);
    if (value === '') return this.take('EMPTY_QUOTED_NAME', end + 1);
    return this.take('QUOTED_NAME', end + 1, value, anyName);
  }

  private dollars(): Token {
    const { text, at } = this;
    if (text[at + 1] !== '$') throw this.mismatch(at + 1, "'$'");
    const end = text.indexOf('$$', at + 2);
    if (end === -1) throw this.mismatch(text.length, "'$'");
    return this.take('STRING_LITERAL', end + 2, text.slice(at + 2, end));
  }

  private lineComment(): Token {
    const { text } = this;
    let end = this.at + 2;
    while (end < text.length && text[end] !== '\n' && text[end] !== '\r') end++;
    return this.take('HIDDEN', Math.min(end + 1, text.length));
  }

  private blockComment(): Token {
    const end = this.text.indexOf('*/', this.at + 2);
    if (end === -1) throw this.mismatch(this.text.length, "'*'");
    return this.take('HIDDEN', end + 2);
  }

  private character(at: number): string {
    return at >= this.text.length ? "'<EOF>'" : quoted(String.fromCodePoint(this.text.codePointAt(at)!));
  }

  private mismatch(at: number, expected: string): CqlSyntaxError {
    return this.error(at, `mismatched character ${this.character(at)} expecting ${expected}`);
  }

  private error(at: number, what: string): CqlSyntaxError {
    return new CqlSyntaxError(`${lineAndColumn(this.text, at)} ${what}`);
  }
}
