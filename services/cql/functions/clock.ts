/** The clock that functions see, of this machine. */
import { randomFillSync } from 'node:crypto';
import type { FunctionClock } from './api.ts';
import { newTimeUuids } from './time-uuid.ts';

/** RFC 4122, version 4. */
function randomUuid(): Uint8Array {
  const bytes = randomFillSync(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}

/** @param now milliseconds since 1970, an integer */
export function systemClock(now: () => number = Date.now): FunctionClock {
  return { now, timeUuid: newTimeUuids(now), randomUuid };
}
