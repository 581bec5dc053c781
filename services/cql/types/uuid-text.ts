/** UUIDs as text, and the time of those of version 1. RFC 4122. */
import type { Value } from './api.ts';
import { bytesOfHex, hexOf, int32At } from './binary.ts';

const pattern = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

export function parseUuid(text: string): Value | undefined {
  return pattern.test(text) ? bytesOfHex(text.replaceAll('-', '')) : undefined;
}

export function uuidText(bytes: Value): string {
  const hex = hexOf(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function uuidVersion(bytes: Value): number {
  return bytes[6]! >> 4;
}

/** Steps of 100 nanoseconds between the beginning of the Gregorian calendar and 1970. */
const gregorianSteps = 122_192_928_000_000_000n;

/** Milliseconds since 1970, of version 1. */
export function timeOfUuid(bytes: Value): bigint {
  const low = BigInt(int32At(bytes, 0) >>> 0);
  const upper = int32At(bytes, 4) >>> 0;
  const middle = BigInt(upper >>> 16);
  const high = BigInt(upper & 0xfff);
  const steps = ((high << 48n) | (middle << 32n) | low) - gregorianSteps;
  // Towards the past, also before 1970.
  return steps >= 0n ? steps / 10_000n : (steps - 9_999n) / 10_000n;
}
