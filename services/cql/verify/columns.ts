/**
 * What a row's columns hold at a time: values of several cells as one, when they were written, and what happened to those that hold
 * nothing. Runs in browsers.
 */
import { ProofRefused } from '@hypergate/node/verifier';
import { isCellLive } from '../engine/liveness.ts';
import type { Cell, ColumnData, PathCell, Row } from '../engine/model.ts';
import type { CqlType, Value } from '../types/api.ts';
import { bytesOfInt64 } from '../types/binary.ts';
import { encodeList, encodeMap, encodeTuple } from '../types/collections.ts';
import { isMultiCell } from '../types/type-shape.ts';
import { typeText } from '../types/type-text.ts';
import type { TableColumn } from './table.ts';
import { nameText, secondsText, shown, valueText, writeTimeText } from './texts.ts';
import { orRefused, validate } from './values.ts';

export interface ColumnState {
  readonly column: TableColumn;
  /** Undefined: it holds nothing. */
  readonly value: Value | undefined;
  /** What the value is made of; of what holds nothing what took it away, newest last. */
  readonly stamps: readonly Stamp[];
  /** Whether what is claimed of it depends on what time it is. */
  readonly isTimed: boolean;
}

interface Stamp {
  readonly timestamp: bigint;
  /** 0: does not expire, or was deleted. */
  readonly ttl: number;
  readonly localTime: number;
}

/** @param now seconds since 1970. @throws ProofRefused */
export function columnStates(columns: readonly TableColumn[], row: Row, now: number): ColumnState[] {
  return columns.map((column) => {
    const data = row.columns.get(column.id);
    if (data === undefined) return { column, value: undefined, stamps: [], isTimed: false };
    const state = stateOf(column, data, now);
    const { value } = state;
    if (value !== undefined)
      orRefused(`the value of column ${nameText(column.name)}`, () => validate(column.type, value));
    return state;
  });
}

function stateOf(column: TableColumn, data: ColumnData, now: number): ColumnState {
  const { type } = column;
  const isCounter = type.kind === 'native' && type.name === 'counter';
  if (data.kind !== (isCounter ? 'counter' : isMultiCell(type) ? 'complex' : 'cell'))
    throw new ProofRefused(`column ${nameText(column.name)} is stored as one of another type`);
  switch (data.kind) {
    case 'counter': {
      const { timestamp, count } = data.counter;
      return {
        column,
        value: bytesOfInt64(count),
        stamps: [{ timestamp, ttl: 0, localTime: 0 }],
        isTimed: false,
      };
    }
    case 'cell': {
      const { cell } = data;
      const value = isCellLive(cell, now) ? cell.value : undefined;
      return { column, value, stamps: [cell], isTimed: cell.ttl > 0 };
    }
    case 'complex': {
      const { cells, deletion } = data.complex;
      const live = cells.filter((cell) => isCellLive(cell, now));
      const isTimed = cells.some(({ ttl }) => ttl > 0);
      if (live.length > 0) return { column, value: joined(type, live), stamps: live, isTimed };
      const gone: Stamp[] = deletion === undefined ? [...cells] : [{ ...deletion, ttl: 0 }, ...cells];
      return { column, value: undefined, stamps: gone.sort(byTime), isTimed };
    }
  }
}

function byTime(left: Stamp, right: Stamp): number {
  return left.timestamp < right.timestamp ? -1 : left.timestamp > right.timestamp ? 1 : 0;
}

function joined(type: CqlType, cells: readonly PathCell[]): Value {
  switch (type.kind) {
    case 'list':
      return encodeList(cells.map(liveValue));
    case 'set':
      return encodeList(cells.map(({ path }) => path));
    case 'map':
      return encodeMap(cells.flatMap((cell) => [cell.path, liveValue(cell)]));
    case 'udt': {
      const values = type.fields.map((): Value | undefined => undefined);
      for (const cell of cells) {
        const [high, low, ...more] = cell.path;
        const index = (high! << 8) | low!;
        if (low === undefined || more.length > 0 || index >= values.length)
          throw new ProofRefused('a field of a user type is stored that it does not have');
        values[index] = liveValue(cell);
      }
      return encodeTuple(values);
    }
    default:
      throw new ProofRefused('a value of one cell is stored as one of several');
  }
}

function liveValue({ value }: Cell): Value {
  if (value === undefined) throw new ProofRefused('a cell is alive that was deleted');
  return value;
}

/** Its value, when it was written and when it expires; of what holds nothing what took it away. */
export function columnFacts({ column, value, stamps }: ColumnState): [string, string][] {
  const { name, type, kind } = column;
  const label = `${kind === 'static' ? 'static ' : ''}column ${nameText(name)}`;
  const typed = `${label} (${shown(typeText(type))})`;
  const last = stamps.at(-1);
  if (value === undefined) {
    const none: [string, string] = [typed, 'null'];
    if (last === undefined) return [none];
    return [
      none,
      last.ttl > 0 ? [`${label} expired`, expiryText(last)] : [`${label} deleted`, deletedText(last)],
    ];
  }
  const facts: [string, string][] = [
    [typed, valueText(type, value)],
    [`${label} written`, writtenText(stamps)],
  ];
  const expiring = stamps.filter(({ ttl }) => ttl > 0);
  if (expiring.length > 0) facts.push([`${label} expires`, expiriesText(expiring, stamps.length)]);
  return facts;
}

function writtenText(stamps: readonly Stamp[]): string {
  const sorted = stamps.toSorted(byTime);
  const first = writeTimeText(sorted[0]!.timestamp);
  const last = writeTimeText(sorted.at(-1)!.timestamp);
  return first === last ? first : `from ${first} to ${last}`;
}

export function expiryText({ localTime, ttl }: Stamp): string {
  return `${secondsText(localTime)}, TTL ${ttl}`;
}

function deletedText({ timestamp, localTime }: Stamp): string {
  return `${secondsText(localTime)}, what was written up to ${writeTimeText(timestamp)}`;
}

function expiriesText(expiring: readonly Stamp[], parts: number): string {
  const sorted = expiring.toSorted((left, right) => left.localTime - right.localTime);
  const first = expiryText(sorted[0]!);
  const last = expiryText(sorted.at(-1)!);
  if (expiring.length === parts && first === last) return first;
  return `${expiring.length} of its ${parts} parts, from ${first} to ${last}`;
}
