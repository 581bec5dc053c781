/** What stands on disks of events, queues and schedules stays readable: bytes, keys and indexes as they were when they were first written. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventsTable } from '../events/event-table.ts';
import { messagesTable } from '../queues/tables.ts';
import { type GoldenRow, goldenRows } from './support/golden-rows.ts';

interface Golden {
  readonly table: string;
  readonly version: number;
  readonly key: readonly [string, string];
  readonly bytes: string;
  readonly index: string;
  readonly secondary: readonly Readonly<Record<string, string>>[];
}

const goldens = JSON.parse(readFileSync(new URL('./golden/rows.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, Golden>
>;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function written({ table, key, row }: GoldenRow): Golden {
  const [format] = table.formats;
  return {
    table: table.name,
    version: format.version,
    key: [hex(key.partition), hex(key.sort)],
    bytes: hex(format.encode(row)),
    index: hex(table.index?.(row, key) ?? new Uint8Array()),
    secondary: (table.secondary?.(row, key) ?? []).map(({ index, partition, sort, projection }) => ({
      index,
      partition: hex(partition),
      sort: hex(sort),
      projection: hex(projection),
    })),
  };
}

test.each(goldenRows)('$name: these bytes are written for ever, and read', (one) => {
  const golden = goldens[one.name]!;
  expect(written(one)).toEqual(golden);
  const format = one.table.formats.find(({ version }) => version === golden.version)!;
  expect(format.decode(Buffer.from(golden.bytes, 'hex'))).toEqual(one.row);
});

test('nothing else is golden', () => {
  expect(Object.keys(goldens).sort()).toEqual(goldenRows.map(({ name }) => name).sort());
});

test.each([eventsTable, messagesTable])('$name: bytes that are cut are refused, never misread', (table) => {
  const { bytes } = Object.values(goldens).find((one) => one.table === table.name)!;
  const whole = Buffer.from(bytes, 'hex');
  fc.assert(
    fc.property(fc.nat({ max: whole.length - 1 }), (length) => {
      expect(() => table.formats[0].decode(whole.subarray(0, length))).toThrow();
    }),
  );
  expect(() => table.formats[0].decode(Buffer.concat([whole, Buffer.alloc(1)]))).toThrow();
});
