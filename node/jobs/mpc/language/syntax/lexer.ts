/** Text to tokens. */
import { quote, type SourceText } from '../errors.ts';
import { languageLimits } from '../limits.ts';
import { keywords, signs, type Token, type TokenKind } from './tokens.ts';

/** @throws CompileError */
export function readTokens(source: SourceText): Token[] {
  return new Lexer(source).all();
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  0: '\0',
};

const signsByFirst = new Map<string, readonly string[]>(
  [...new Set(signs.map((sign) => sign[0]!))].map((first) => [
    first,
    signs.filter((sign) => sign.startsWith(first)),
  ]),
);

class Lexer {
  private readonly source: SourceText;
  private readonly text: string;
  private readonly tokens: Token[] = [];
  private at = 0;
  private onNewLine = true;

  constructor(source: SourceText) {
    this.source = source;
    this.text = source.text;
  }

  all(): Token[] {
    if (this.text.startsWith('\ufeff')) this.at = 1;
    for (;;) {
      this.skipBlanks();
      const start = this.at;
      if (start >= this.text.length) {
        this.add('end', '', start);
        return this.tokens;
      }
      this.readToken(start, this.text[start]!);
    }
  }

  private readToken(start: number, char: string): void {
    if (/[A-Za-z_$]/.test(char)) {
      this.at = endOf(this.text, start, /[A-Za-z0-9_$]*/y);
      const name = this.text.slice(start, this.at);
      this.add(keywords.has(name) ? 'keyword' : 'name', name, start);
    } else if (/[0-9]/.test(char)) this.readNumber(start);
    else if (char === "'" || char === '"') this.readString(start, char);
    else this.readSign(start, char);
  }

  private readSign(start: number, char: string): void {
    const sign = signsByFirst.get(char)?.find((each) => this.text.startsWith(each, start));
    if (sign === undefined) {
      const what =
        char === '`' ? 'templates are' : `${quote(String.fromCodePoint(this.text.codePointAt(start)!))} is`;
      throw this.error(start, start + 1, `${what} not part of the language`);
    }
    this.at = start + sign.length;
    this.add('sign', sign, start);
  }

  private readNumber(start: number): void {
    const end = endOf(this.text, start, /[0-9A-Za-z_$]*/y);
    const digits = this.text.slice(start, end);
    const isWhole =
      /^(?:0[xX][0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|0[bB][01]+(?:_[01]+)*|0[oO][0-7]+(?:_[0-7]+)*|0|[1-9][0-9]*(?:_[0-9]+)*)n?$/;
    if (digits.length > languageLimits.literalCharsMax) throw this.tooLong(start);
    if (/^\.[0-9]?/.test(this.text.slice(end, end + 2)) || /^[0-9][0-9_]*[eE]/.test(digits)) {
      throw this.error(
        start,
        end + 1,
        'numbers are whole: write fixed-point numbers as integers with a scale',
      );
    }
    if (!isWhole.test(digits)) throw this.error(start, end, `${quote(digits)} is no number`);
    this.at = end;
    this.add('number', digits, start);
  }

  private readString(start: number, quoteSign: string): void {
    let value = '';
    this.at++;
    for (;;) {
      const char = this.text[this.at];
      if (char === undefined || char === '\n' || char === '\r')
        throw this.error(start, this.at, 'the string does not end on its line');
      if (this.at - start > languageLimits.literalCharsMax) throw this.tooLong(start);
      this.at++;
      if (char === quoteSign) break;
      value += char === '\\' ? this.readEscape() : char;
    }
    this.add('string', value, start);
  }

  private readEscape(): string {
    const start = this.at - 1;
    const code = /x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}/y;
    code.lastIndex = this.at;
    const match = code.exec(this.text);
    const point = match === null ? Number.NaN : Number.parseInt(match[1] ?? match[2] ?? match[3]!, 16);
    if (match !== null && point <= 0x10ffff) {
      this.at = code.lastIndex;
      return String.fromCodePoint(point);
    }
    const char = this.text[this.at] ?? '';
    if (/[ux1-9\r\n]/.test(char) || char === '')
      throw this.error(start, this.at + 1, 'this escape means nothing');
    this.at++;
    return Object.hasOwn(escapes, char) ? escapes[char]! : char;
  }

  private skipBlanks(): void {
    this.onNewLine = this.tokens.length === 0;
    for (;;) {
      const start = this.at;
      this.at = endOf(this.text, start, /[\s]*/y);
      if (this.text.startsWith('//', this.at)) {
        this.at = endOf(this.text, this.at, /[^\n\r\u2028\u2029]*/y);
      } else if (this.text.startsWith('/*', this.at)) {
        const end = this.text.indexOf('*/', this.at + 2);
        if (end < 0) throw this.error(this.at, this.at + 2, 'the comment does not end');
        this.at = end + 2;
      }
      if (this.at === start) return;
      if (/[\n\r\u2028\u2029]/.test(this.text.slice(start, this.at))) this.onNewLine = true;
    }
  }

  private add(kind: TokenKind, text: string, start: number): void {
    this.tokens.push({ kind, text, start, end: this.at, onNewLine: this.onNewLine });
  }

  private error(start: number, end: number, text: string): Error {
    return this.source.error('syntax', { start, end: Math.min(end, this.text.length) }, text);
  }

  private tooLong(start: number): Error {
    const text = `numbers and strings have at most ${languageLimits.literalCharsMax} characters`;
    return this.source.error('limit', { start, end: start + 1 }, text);
  }
}

function endOf(text: string, from: number, pattern: RegExp): number {
  pattern.lastIndex = from;
  pattern.exec(text);
  return pattern.lastIndex;
}
