/** Reads a filter pattern from left to right. */
import { invalidParameter } from '../errors.ts';

const space = /\s/;

export class Scanner {
  readonly text: string;
  at: number;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  get next(): string {
    return this.text[this.at] ?? '';
  }

  skipSpaces(): void {
    while (!this.done && space.test(this.next)) this.at += 1;
  }

  /** Passes over spaces and then this, if it comes next. */
  takes(token: string): boolean {
    this.skipSpaces();
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** The same of a word that must end there. */
  takesWord(word: string): boolean {
    this.skipSpaces();
    const part = this.text.slice(this.at, this.at + word.length);
    const after = this.text[this.at + word.length] ?? ' ';
    if (part.toUpperCase() !== word || /\w/.test(after)) return false;
    this.at += word.length;
    return true;
  }

  /** All characters from here on that the expression matches. */
  takeWhile(pattern: RegExp): string {
    const begin = this.at;
    while (!this.done && pattern.test(this.next)) this.at += 1;
    return this.text.slice(begin, this.at);
  }

  /** What stands between double quotes, of which the first comes next; a backslash keeps a quote in it. */
  quoted(): string {
    let text = '';
    for (this.at += 1; !this.done; this.at += 1) {
      if (this.next === '\\' && /["\\]/.test(this.text[this.at + 1] ?? '')) this.at += 1;
      else if (this.next === '"') {
        this.at += 1;
        return text;
      }
      text += this.next;
    }
    throw this.fault();
  }

  fault(): Error {
    return invalidParameter(`Invalid filter pattern: unexpected input at character ${this.at + 1}.`);
  }
}

/** Regular expressions (`%…%`) are not built: an unlimited search over foreign text must not depend on a caller's expression. */
export const noExpressions = (): Error =>
  invalidParameter('Invalid filter pattern: regular expressions are not supported.');
