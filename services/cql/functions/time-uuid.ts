/** Time UUIDs (RFC 4122, version 1): new ones, and the least and greatest of a millisecond. */
import { randomFillSync } from 'node:crypto';
import { putInt32 } from '../types/binary.ts';

/** Steps of 100 nanoseconds between the beginning of the Gregorian calendar and 1970. */
const gregorianSteps = 122_192_928_000_000_000n;
const stepsPerMillisecond = 10_000n;

function putSteps(bytes: Uint8Array, steps: bigint): void {
  putInt32(bytes, 0, Number(BigInt.asIntN(32, steps)));
  const high = Number(BigInt.asUintN(28, steps >> 32n));
  // Middle before high, and the version in front of it.
  putInt32(bytes, 4, ((high & 0xffff) << 16) | (high >>> 16) | 0x1000);
}

function atSteps(steps: bigint, rest: number): Uint8Array {
  const bytes = new Uint8Array(16).fill(rest, 8);
  putSteps(bytes, steps);
  return bytes;
}

function stepsOf(milliseconds: bigint): bigint {
  return milliseconds * stepsPerMillisecond + gregorianSteps;
}

/**
 * Before every time UUID of that millisecond. The bytes behind the time are compared with sign, so this is no valid UUID; it is
 * for comparisons alone.
 */
export function leastTimeUuid(milliseconds: bigint): Uint8Array {
  return atSteps(stepsOf(milliseconds), 0x80);
}

export function greatestTimeUuid(milliseconds: bigint): Uint8Array {
  return atSteps(stepsOf(milliseconds + 1n) - 1n, 0x7f);
}

/**
 * Never the same twice, and always later than the one before: by 100 nanoseconds where the clock stands still or goes back. Other
 * processes differ by a random node and clock sequence.
 */
export function newTimeUuids(now: () => number): () => Uint8Array {
  const place = randomFillSync(new Uint8Array(8));
  place[0] = (place[0]! & 0x3f) | 0x80;
  // A node that is no network card's has the multicast bit.
  place[2] = place[2]! | 1;
  let last = 0n;
  return () => {
    const steps = stepsOf(BigInt(Math.floor(now())));
    last = steps > last ? steps : last + 1n;
    const bytes = new Uint8Array(16);
    putSteps(bytes, last);
    bytes.set(place, 8);
    return bytes;
  };
}
