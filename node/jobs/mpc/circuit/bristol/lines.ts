/** Text that comes in pieces, as lines of words. */
import { CircuitError } from '../../errors.ts';
import { mpcLimits } from '../../limits.ts';

/** Lines with their numbers from 1; those without words are left out. */
export class LineReader {
  private rest = '';
  private number = 0;
  private readonly take: (words: readonly string[], line: number) => void;

  /** @param take throws what ends the reading */
  constructor(take: (words: readonly string[], line: number) => void) {
    this.take = take;
  }

  /** @throws CircuitError for a line that is too long */
  push(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.line(this.rest + text.slice(from, end));
      this.rest = '';
      from = end + 1;
    }
    this.rest += text.slice(from);
    this.checkLength(this.rest);
  }

  end(): void {
    this.line(this.rest);
    this.rest = '';
  }

  private line(text: string): void {
    this.number++;
    this.checkLength(text);
    const trimmed = text.trim();
    if (trimmed !== '') this.take(trimmed.split(/[ \t]+/), this.number);
  }

  private checkLength(text: string): void {
    if (text.length > mpcLimits.bristolLineCharsMax) {
      throw new CircuitError(`line ${this.number}: longer than ${mpcLimits.bristolLineCharsMax} characters`);
    }
  }
}

/**
 * A whole number up to `max`.
 * @throws CircuitError
 */
export function wholeNumber(word: string | undefined, max: number, line: number): number {
  // Ten digits are more than any limit here.
  if (word === undefined || !/^\d{1,10}$/.test(word)) {
    throw new CircuitError(`line ${line}: ${JSON.stringify((word ?? '').slice(0, 20))} is no whole number`);
  }
  const value = Number(word);
  if (value > max) throw new CircuitError(`line ${line}: ${value} is more than ${max}`);
  return value;
}
