/** Months, days and nanoseconds, all of one sign: a month has no fixed number of days, nor a day of hours. */
import { MarshalError } from './marshal-error.ts';
import { foldSign, putUnsignedVint, signedVintAt, unsignedVintLength, vintLengthAt } from './vint.ts';

export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly nanoseconds: bigint;
}

export function encodeDuration({ months, days, nanoseconds }: Duration): Uint8Array {
  const parts = [foldSign(BigInt(months)), foldSign(BigInt(days)), foldSign(nanoseconds)];
  const bytes = new Uint8Array(parts.reduce((length, part) => length + unsignedVintLength(part), 0));
  let at = 0;
  for (const part of parts) at = putUnsignedVint(bytes, at, part);
  return bytes;
}

function isInt32(value: bigint): boolean {
  return BigInt.asIntN(32, value) === value;
}

/** Checks whatever can be wrong. */
export function decodeDuration(bytes: Uint8Array): Duration {
  if (bytes.length < 3) throw new MarshalError(`Expected at least 3 bytes for a duration (${bytes.length})`);
  const parts: bigint[] = [];
  let at = 0;
  while (parts.length < 3) {
    const part = signedVintAt(bytes, at, bytes.length);
    if (part === undefined) throw new MarshalError('Not enough bytes to read a duration');
    at += vintLengthAt(bytes, at);
    parts.push(part);
  }
  const [months, days, nanoseconds] = parts as [bigint, bigint, bigint];
  if (!isInt32(months))
    throw new MarshalError(`The duration months must be a 32 bits integer but was: ${months}`);
  if (!isInt32(days)) throw new MarshalError(`The duration days must be a 32 bits integer but was: ${days}`);
  const signs = parts.filter((part) => part !== 0n).map((part) => part < 0n);
  if (new Set(signs).size > 1)
    throw new MarshalError(
      `The duration months, days and nanoseconds must be all of the same sign (${months}, ${days}, ${nanoseconds})`,
    );
  return { months: Number(months), days: Number(days), nanoseconds };
}

const units = [
  [3_600_000_000_000n, 'h'],
  [60_000_000_000n, 'm'],
  [1_000_000_000n, 's'],
  [1_000_000n, 'ms'],
  [1_000n, 'us'],
  [1n, 'ns'],
] as const;

/** `1y2mo3d4h5m6s7ms8us9ns`, without what is zero. */
export function durationText({ months, days, nanoseconds }: Duration): string {
  let text = months < 0 || days < 0 || nanoseconds < 0n ? '-' : '';
  const years = Math.trunc(Math.abs(months) / 12);
  const rest = Math.abs(months) % 12;
  if (years > 0) text += `${years}y`;
  if (rest > 0) text += `${rest}mo`;
  if (days !== 0) text += `${Math.abs(days)}d`;
  let left = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  for (const [size, unit] of units) {
    if (left < size) continue;
    text += `${left / size}${unit}`;
    left %= size;
  }
  return text;
}
