/** `CAST(x AS type)`: which type may become which, and how. Reference: CQL 3.4.5, "Cast". */
import type { CqlType, NativeName, Value } from './api.ts';
import { bytesOfInt32, bytesOfInt64, bytesOfText, int32At, int64At } from './binary.ts';
import { millisecondsPerDay, splitDays } from './calendar.ts';
import { decodeNumber, encodeNumber, isNumber } from './numbers.ts';
import { nativeText } from './to-text.ts';
import { sameType } from './type-text.ts';
import { timeOfUuid } from './uuid-text.ts';

const epochDay = 2 ** 31;

const intoText: ReadonlySet<NativeName> = new Set([
  'boolean',
  'date',
  'inet',
  'time',
  'timestamp',
  'timeuuid',
  'uuid',
]);

function dateOf(milliseconds: bigint): Value {
  return bytesOfInt32(splitDays(milliseconds).days + epochDay);
}

function temporal(from: NativeName, to: NativeName): ((value: Value) => Value) | undefined {
  switch (`${from} ${to}`) {
    case 'timeuuid date':
      return (value) => dateOf(timeOfUuid(value));
    case 'timeuuid timestamp':
      return (value) => bytesOfInt64(timeOfUuid(value));
    case 'timestamp date':
      return (value) => dateOf(int64At(value, 0));
    case 'date timestamp':
      return (value) =>
        bytesOfInt64(BigInt((int32At(value, 0) >>> 0) - epochDay) * BigInt(millisecondsPerDay));
    default:
      return undefined;
  }
}

export type Cast = (value: Value) => Value | undefined;

/** `undefined` where the type cannot become the other; to itself it is left alone. An empty value becomes null. */
export function castOf(from: CqlType, to: CqlType): Cast | undefined {
  if (sameType(from, to)) return (value) => value;
  if (from.kind !== 'native' || to.kind !== 'native') return undefined;
  const { name: source } = from;
  const { name: target } = to;
  const cast = nativeCast(source, target);
  return cast && ((value) => (value.length === 0 && source !== 'ascii' ? undefined : cast(value)));
}

function nativeCast(from: NativeName, to: NativeName): Cast | undefined {
  if (to === 'text' || to === 'ascii') {
    if (from === 'ascii') return (value) => value;
    return isNumber(from) || intoText.has(from) ? (value) => bytesOfText(nativeText(from, value)) : undefined;
  }
  // Nothing becomes a counter.
  if (isNumber(from) && isNumber(to) && to !== 'counter')
    return (value) => encodeNumber(to, decodeNumber(from, value));
  return temporal(from, to);
}
