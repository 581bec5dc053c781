/** What time it is, time UUIDs, and dates and timestamps of one another. Reference: CQL 3.4.5, "Datetime functions". */
import type { CqlType, NativeName, Value } from '../../types/api.ts';
import { bytesOfInt32, bytesOfInt64, int64At } from '../../types/binary.ts';
import { millisecondsPerDay } from '../../types/calendar.ts';
import { castOf } from '../../types/cast.ts';
import { timeOfUuid } from '../../types/uuid-text.ts';
import type { Argument, CqlFunction, FunctionClock } from '../api.ts';
import { greatestTimeUuid, leastTimeUuid } from '../time-uuid.ts';
import { native, scalar, scalarOfNulls } from './make.ts';

const epochDay = 2 ** 31;

/** The name of 5.0 besides that of before. */
function both(names: readonly [string, string], make: (name: string) => CqlFunction): CqlFunction[] {
  return names.map(make);
}

function current(names: readonly string[], type: NativeName, value: () => Value): CqlFunction[] {
  return names.map((name) =>
    scalarOfNulls({ name, argumentTypes: [], returnType: native(type) }, () => value(), false),
  );
}

function clockFunctions(clock: FunctionClock): CqlFunction[] {
  const timestamp = () => bytesOfInt64(BigInt(clock.now()));
  const date = () => bytesOfInt32(Math.floor(clock.now() / millisecondsPerDay) + epochDay);
  const time = () => bytesOfInt64(BigInt(clock.now() % millisecondsPerDay) * 1_000_000n);
  return [
    ...current(['now', 'currenttimeuuid', 'current_timeuuid'], 'timeuuid', () => clock.timeUuid()),
    ...current(['currenttimestamp', 'current_timestamp'], 'timestamp', timestamp),
    ...current(['currentdate', 'current_date'], 'date', date),
    ...current(['currenttime', 'current_time'], 'time', time),
    ...current(['uuid'], 'uuid', () => clock.randomUuid()),
  ];
}

/** An empty value has no time. */
function emptyIsNull(convert: (value: Value) => Argument): (value: Value) => Argument {
  return (value) => (value.length === 0 ? undefined : convert(value));
}

function boundary(names: readonly [string, string], uuid: (milliseconds: bigint) => Value): CqlFunction[] {
  return both(names, (name) =>
    scalar(
      { name, argumentTypes: [native('timestamp')], returnType: native('timeuuid') },
      emptyIsNull((value) => uuid(int64At(value, 0))),
    ),
  );
}

function conversion(
  names: readonly string[],
  from: NativeName,
  to: NativeName,
  convert: (value: Value) => Argument,
): CqlFunction[] {
  const argumentTypes: readonly CqlType[] = [native(from)];
  return names.map((name) => scalar({ name, argumentTypes, returnType: native(to) }, emptyIsNull(convert)));
}

const toDate = ['todate', 'to_date'];
const toTimestamp = ['totimestamp', 'to_timestamp'];
const toUnixTimestamp = ['tounixtimestamp', 'to_unix_timestamp'];

const timestampOfUuid = (value: Value) => bytesOfInt64(timeOfUuid(value));
const cast = (from: NativeName, to: NativeName) => castOf(native(from), native(to))!;

export function timeFunctions(clock: FunctionClock): CqlFunction[] {
  const timestampOfDate = cast('date', 'timestamp');
  return [
    ...clockFunctions(clock),
    ...boundary(['mintimeuuid', 'min_timeuuid'], leastTimeUuid),
    ...boundary(['maxtimeuuid', 'max_timeuuid'], greatestTimeUuid),
    ...conversion(['dateof'], 'timeuuid', 'timestamp', timestampOfUuid),
    ...conversion(['unixtimestampof'], 'timeuuid', 'bigint', timestampOfUuid),
    ...conversion(toDate, 'timeuuid', 'date', cast('timeuuid', 'date')),
    ...conversion(toDate, 'timestamp', 'date', cast('timestamp', 'date')),
    ...conversion(toTimestamp, 'timeuuid', 'timestamp', timestampOfUuid),
    ...conversion(toTimestamp, 'date', 'timestamp', timestampOfDate),
    ...conversion(toUnixTimestamp, 'timeuuid', 'bigint', timestampOfUuid),
    ...conversion(toUnixTimestamp, 'timestamp', 'bigint', (value) => value),
    ...conversion(toUnixTimestamp, 'date', 'bigint', timestampOfDate),
  ];
}
