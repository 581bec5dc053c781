/** The timeout of commands that block: seconds with a fraction, at most 64 bits of milliseconds; 0 waits for ever. */
import { RedisError } from './errors.ts';
import { longDoubleThousandfold, parseLongDouble } from './long-double.ts';
import { parseInteger } from './numbers.ts';

const noTimeout = new RedisError('ERR timeout is not a float or out of range');
const negative = new RedisError('ERR timeout is negative');
const tooLong = new RedisError('ERR timeout is out of range');
const millisecondsMax = 2n ** 63n - 1n;

/**
 * @param now milliseconds since 1970
 * @returns when the time is over, in milliseconds since 1970, or 0 for never
 * @throws RedisError
 */
export function parseTimeout(seconds: string, now: number): number {
  const ms = millisecondsOf(seconds);
  if (ms > millisecondsMax - BigInt(now)) throw tooLong;
  if (ms < 0) throw negative;
  return ms > 0 ? now + Number(ms) : 0;
}

/** Parts of a millisecond count as a whole one. */
function millisecondsOf(seconds: string): number | bigint {
  const whole = parseInteger(seconds);
  if (typeof whole === 'number' && Math.abs(whole) < 2 ** 40) return whole * 1000;
  const value = parseLongDouble(seconds);
  if (value === undefined) throw noTimeout;
  if (typeof value === 'string') throw value === 'inf' ? tooLong : negative;
  return longDoubleThousandfold(value);
}
