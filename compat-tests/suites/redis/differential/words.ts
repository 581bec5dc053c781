/**
 * Random words of commands. Keys come from a small pool, by type, so that commands meet; now and then the key is of another
 * type or missing, the number is at a boundary or none at all, and the option is in other letters.
 */
import { SeededRandom } from '../../../lib/random.ts';

/** Strings, numbers, bitmaps, lists, sets, hashes, sorted sets, those of one score, places, streams, HyperLogLogs. */
const kinds = ['s', 'n', 'b', 'l', 'e', 'h', 'z', 'y', 'g', 'x', 'p'] as const;
/** First letters of keys: what a key of the pool usually holds. */
export type KeyKind = (typeof kinds)[number];
const mixedKinds = kinds.filter((kind) => kind !== 'y');
const keysOfKind = 5;

const boundaries = [
  '0',
  '1',
  '-1',
  '2147483647',
  '-2147483648',
  '4294967296',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
];
const notIntegers = ['', ' 1', '1 ', '+1', '01', '-0', '1.5', 'abc', '9223372036854775808', '0x10', '1e3'];
const floats = ['0', '-0', '1.5', '-1.5', '3.0', '1e10', '0.1', '-7.25', '100', '1e-5', '123456789.125'];
const notFloats = ['', 'abc', '1,5', 'nan', ' 1', '1 ', '1e400', '--1'];
const specialScores = ['inf', '-inf', '+inf', '1e308', '-1e308', '5e-324', '17179869184.5'];

export class RandomWords extends SeededRandom {
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** Some or none of these words. */
  maybe(share: number, make: () => string[]): string[] {
    return this.chance(share) ? make() : [];
  }

  times<T>(low: number, high: number, make: () => T): T[] {
    return Array.from({ length: this.between(low, high) }, make);
  }

  key(kind: KeyKind): string {
    // Ranges by name are nobody's once scores differ: these keys get no others.
    if (kind === 'y') return `y${this.between(0, keysOfKind - 1)}`;
    if (this.chance(0.03)) return this.anyKey();
    if (this.chance(0.02)) return 'other';
    return `${kind}${this.between(0, keysOfKind - 1)}`;
  }

  anyKey(): string {
    return `${this.pick(mixedKinds)}${this.between(0, keysOfKind - 1)}`;
  }

  keys(kind: KeyKind, low = 1, high = 3): string[] {
    return this.times(low, high, () => this.key(kind));
  }

  /** A word in other letters now and then. */
  option(word: string): string {
    return this.chance(0.3) ? word.toUpperCase() : word;
  }

  /** Bytes of all values. */
  bytes(lengthMax: number): string {
    return this.times(0, lengthMax, () => String.fromCharCode(this.between(0, 255))).join('');
  }

  value(): string {
    const kind = this.between(0, 19);
    if (kind < 8) return `v${this.between(0, 30)}`;
    if (kind < 11) return String(this.between(-100, 100));
    if (kind < 13) return this.bytes(12);
    if (kind < 14) return this.pick(boundaries);
    if (kind < 15) return this.pick(floats);
    if (kind < 16) return this.pick(notIntegers);
    if (kind < 17) return 'x'.repeat(this.between(40, 80));
    return this.pick(['', 'hello world', 'a\0b', '\r\n', '\xff\xfe']);
  }

  /** Of a small set, so that they are met again. */
  member(): string {
    return this.chance(0.05)
      ? this.value()
      : this.pick(['a', 'b', 'c', 'd', 'e', '1', '2', '3', '10', '\xff']);
  }

  integer(): string {
    const kind = this.between(0, 19);
    if (kind === 0) return this.pick(notIntegers);
    if (kind < 3) return this.pick(boundaries);
    return String(this.between(-20, 20));
  }

  /** A position in a list or string. */
  index(): string {
    return this.chance(0.06) ? this.integer() : String(this.between(-8, 8));
  }

  /** At least 1, or now and then anything. */
  count(): string {
    return this.chance(0.08) ? this.integer() : String(this.between(1, 5));
  }

  /** As `count`, where a negative or huge number would make a huge answer. */
  smallCount(): string {
    return this.chance(0.05) ? this.pick(['abc', '', '1.5', '0']) : String(this.between(1, 5));
  }

  float(): string {
    const kind = this.between(0, 14);
    if (kind === 0) return this.pick(notFloats);
    if (kind < 6) return this.pick(floats);
    return String(this.between(-1000, 1000) / this.pick([1, 1, 2, 4, 8, 10]));
  }

  score(): string {
    return this.chance(0.07) ? this.pick(specialScores) : this.float();
  }

  pattern(): string {
    return this.pick([
      '*',
      '*',
      's*',
      '*1',
      '[a-m]?',
      '[^s]*',
      'l[0-2]',
      '\\s1',
      '?',
      '??',
      'nothing',
      '[',
      '*[13]',
      'z?*',
      '',
    ]);
  }
}
