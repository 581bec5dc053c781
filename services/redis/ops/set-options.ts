/** The options that SET and GETEX share, and times of expiry in arguments. */
import { invalidExpire, notInteger, syntaxError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';

export interface SetOptions {
  /** Set only if the key is missing (`nx`) or there (`xx`). */
  nx: boolean;
  xx: boolean;
  /** Answer the value that was there. */
  get: boolean;
  keepTtl: boolean;
  persist: boolean;
  /** The word that gave the expiry, or '' without one. */
  unit: '' | 'EX' | 'PX' | 'EXAT' | 'PXAT';
  /** The number behind that word. */
  time: string;
}

const integerMax = 2n ** 63n - 1n;

/**
 * Milliseconds since 1970 from a number of seconds or milliseconds.
 * @param base what the number is counted from, 0 when it is a date already
 * @throws RedisError not an integer, or not a time in 64 bits
 */
export function expiryTime(text: string, unitMs: 1 | 1000, base: number, command: string): number {
  const value = parseInteger(text);
  if (value === undefined) throw notInteger;
  if (value <= 0) throw invalidExpire(command);
  if (typeof value === 'number' && value < 2 ** 42) return value * unitMs + base;
  const exact = BigInt(value) * BigInt(unitMs) + BigInt(base);
  if (exact > integerMax) throw invalidExpire(command);
  return Number(exact);
}

/**
 * Words from `from` on. Of words that exclude each other the second is a syntax error, a repeated one is not.
 * @param forGet GETEX: expiry and PERSIST only
 * @throws RedisError
 */
export function parseSetOptions(args: readonly string[], from: number, forGet: boolean): SetOptions {
  const options: SetOptions = {
    nx: false,
    xx: false,
    get: false,
    keepTtl: false,
    persist: false,
    unit: '',
    time: '',
  };
  for (let i = from; i < args.length; i++) {
    const word = args[i]!.toUpperCase();
    const { unit } = options;
    if (word === 'EX' || word === 'PX' || word === 'EXAT' || word === 'PXAT') {
      if (options.keepTtl || options.persist || (unit !== '' && unit !== word) || i + 1 === args.length)
        throw syntaxError;
      options.unit = word;
      options.time = args[++i]!;
    } else if (forGet) {
      if (word !== 'PERSIST' || unit !== '') throw syntaxError;
      options.persist = true;
    } else if (word === 'NX' && !options.xx) options.nx = true;
    else if (word === 'XX' && !options.nx) options.xx = true;
    else if (word === 'GET') options.get = true;
    else if (word === 'KEEPTTL' && unit === '') options.keepTtl = true;
    else throw syntaxError;
  }
  return options;
}

/** Milliseconds since 1970, 0 without an expiry. @throws RedisError */
export function expiryOf({ unit, time }: SetOptions, now: number, command: string): number {
  if (unit === '') return 0;
  const relative = unit === 'EX' || unit === 'PX';
  return expiryTime(time, unit === 'EX' || unit === 'EXAT' ? 1000 : 1, relative ? now : 0, command);
}
