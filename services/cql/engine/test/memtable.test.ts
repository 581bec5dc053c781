import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Memtable } from '../memtable.ts';
import type { Mutation } from '../model.ts';
import { anyHistory } from './support/histories.ts';
import { hex } from './support/model.ts';
import { byte, columnIds, modules, table } from './support/table.ts';

const insert = (key: number, first: number, bytes = 1, timestamp = 1n): Mutation => ({
  table: table.id,
  key: byte(key),
  deletion: undefined,
  statics: undefined,
  rows: [
    {
      clustering: [byte(first), byte(0)],
      marker: { timestamp, ttl: 0, expiresAt: 0 },
      deletion: undefined,
      columns: new Map([
        [
          columnIds.first,
          { kind: 'cell', cell: { timestamp, value: new Uint8Array(bytes), ttl: 0, localTime: 0 } },
        ],
      ]),
    },
  ],
  tombstones: [],
});

const dirtyRows = (memtable: Memtable, upTo = memtable.sequence) =>
  [...memtable.dirty(upTo)].map(
    ({ partition, row }) => `${hex([partition.key])}/${hex(row?.clustering ?? [])}`,
  );

function releaseAll(memtable: Memtable): void {
  while (memtable.release(3));
}

test('what is settled is dropped, what was touched later stays', () => {
  const memtable = new Memtable(modules);
  memtable.apply(insert(0, 0), 1);
  memtable.apply(insert(0, 1), 2);
  memtable.apply(insert(1, 0), 3);
  memtable.apply(insert(0, 0), 4);
  expect(dirtyRows(memtable, 3)).toEqual(['00/00.00', '00/01.00', '01/00.00'].sort(byToken));
  memtable.settled(3);
  releaseAll(memtable);
  expect(dirtyRows(memtable)).toEqual(['00/00.00']);
  expect(memtable.partition(table.id, byte(1))).toBeUndefined();
  expect(memtable.partition(table.id, byte(0))?.rows.size).toBe(1);
});

function byToken(left: string, right: string): number {
  const tokenOf = (text: string) => modules.tokenOf(Buffer.from(text.slice(0, 2), 'hex'));
  const [one, other] = [tokenOf(left), tokenOf(right)];
  return one === other ? (left < right ? -1 : 1) : one < other ? -1 : 1;
}

test('what came after the snapshot is not dirty for it, what is settled and not released yet is dirty for none', () => {
  const memtable = new Memtable(modules);
  memtable.apply(insert(0, 0), 1);
  memtable.apply(insert(0, 1), 2);
  memtable.apply(insert(0, 2), 3);
  expect([...memtable.dirty(1)].map(({ row }) => hex(row!.clustering))).toEqual(['00.00']);
  memtable.settled(2);
  expect(dirtyRows(memtable)).toEqual(['00/02.00']);
  memtable.apply(insert(0, 0), 4);
  expect(dirtyRows(memtable, 3)).toEqual(['00/02.00']);
  expect(dirtyRows(memtable, 4)).toEqual(['00/00.00', '00/02.00']);
});

test('a snapshot gives all that was dirty while rows are written around it', () => {
  const memtable = new Memtable(modules);
  for (let key = 0; key < 200; key++)
    for (let row = 0; row < 5; row++) memtable.apply(insert(key, 2 * row), 1);
  const seen = new Set<string>();
  let sequence = 1;
  for (const { partition, row } of memtable.dirty(1)) {
    seen.add(hex([partition.key, ...row!.clustering]));
    sequence++;
    memtable.apply(insert(partition.key[0]!, 1), sequence);
    memtable.apply(insert((partition.key[0]! + 7) % 256, 3), sequence);
    memtable.apply(insert((sequence * 31) % 256, 4), sequence);
  }
  for (let key = 0; key < 200; key++) {
    for (let row = 0; row < 5; row++) expect(seen).toContain(hex([byte(key), byte(2 * row), byte(0)]));
  }
});

test('bytes grow with what is kept, not with what is overwritten, and end at nothing', () => {
  const memtable = new Memtable(modules);
  memtable.apply(insert(0, 0, 1000), 1);
  const once = memtable.bytes;
  expect(once).toBeGreaterThan(1000);
  for (let time = 2; time < 500; time++) memtable.apply(insert(0, 0, 1000, BigInt(time)), time);
  expect(memtable.bytes).toBeLessThan(4 * once);
  memtable.apply(insert(0, 1, 50_000), 500);
  expect(memtable.bytes).toBeGreaterThan(50_000);
  memtable.settled(500);
  releaseAll(memtable);
  expect(memtable.bytes).toBe(0);
});

test('after any history and any settling nothing is left of what is settled', () => {
  fc.assert(
    fc.property(anyHistory, fc.array(fc.nat({ max: 3 })), (history, drops) => {
      const memtable = new Memtable(modules);
      for (const [index, mutation] of history.entries()) {
        memtable.apply(mutation, index + 1);
        const drop = drops[index] ?? 3;
        if (drop === 0) memtable.settled(index - 1);
        if (drop <= 1) memtable.release(2);
        if (drop === 2 && index % 5 === 0) memtable.truncate(table.id);
      }
      expect(memtable.bytes === 0).toBe(memtable.table(table.id) === undefined);
      memtable.settled(history.length);
      releaseAll(memtable);
      expect(memtable.bytes).toBe(0);
      expect(memtable.table(table.id)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

test('whatever was touched in between and is not settled is dirty, and nothing that is settled', () => {
  const anyStep = fc.oneof(
    { weight: 4, arbitrary: fc.record({ key: fc.nat(2), row: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ settled: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ released: fc.nat(4) }) },
  );
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60 }), fc.nat(5), (steps, ago) => {
      const memtable = new Memtable(modules);
      const touches: { readonly name: string; readonly sequence: number }[] = [];
      let sequence = 0;
      let settled = 0;
      for (const step of steps) {
        if ('key' in step) {
          sequence++;
          memtable.apply(insert(step.key, step.row), sequence);
          touches.push({ name: `${hex([byte(step.key)])}/${hex([byte(step.row), byte(0)])}`, sequence });
        } else if ('settled' in step) {
          settled = Math.max(settled, sequence - step.settled);
          memtable.settled(settled);
        } else memtable.release(step.released);
        const upTo = sequence - ago;
        const unsettled = touches.filter((touch) => touch.sequence > settled);
        const found = new Set(dirtyRows(memtable, upTo));
        for (const { name, sequence } of unsettled) if (sequence <= upTo) expect(found).toContain(name);
        for (const name of found) expect(unsettled.map((touch) => touch.name)).toContain(name);
      }
      memtable.settled(sequence);
      releaseAll(memtable);
      expect(memtable.bytes).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('truncating forgets a table at once, and what comes after is kept', () => {
  const memtable = new Memtable(modules);
  memtable.apply(insert(0, 0), 1);
  const { epoch } = memtable;
  memtable.truncate(table.id);
  expect(memtable.bytes).toBe(0);
  expect(memtable.epoch).toBeGreaterThan(epoch);
  memtable.apply(insert(0, 1), 2);
  memtable.settled(1);
  releaseAll(memtable);
  expect(dirtyRows(memtable)).toEqual(['00/01.00']);
});

test('writes to a table that is not there have no effect, and the journal only goes forward', () => {
  const memtable = new Memtable(modules);
  memtable.apply({ ...insert(0, 0), table: 'f'.repeat(32) }, 2);
  expect(memtable.bytes).toBe(0);
  expect(() => memtable.apply(insert(0, 0), 1)).toThrow(/too late/);
});

test('what a deletion hid stays hidden when the deletion leaves and the row does not', () => {
  const whole = { start: { prefix: [], side: 'before' }, end: { prefix: [byte(0)], side: 'after' } } as const;
  const deletion = { timestamp: 10n, localTime: 100 };
  const none = { ...insert(0, 0), rows: [] };
  for (const deleting of [
    { ...none, deletion },
    { ...none, tombstones: [{ ...whole, deletion }] },
  ]) {
    const memtable = new Memtable(modules);
    memtable.apply(insert(0, 0), 1);
    memtable.apply(deleting, 2);
    const again = insert(0, 0, 1, 20n);
    const [row] = again.rows;
    const column = row!.columns.get(columnIds.first)!;
    memtable.apply({ ...again, rows: [{ ...row!, columns: new Map([[columnIds.second, column]]) }] }, 3);
    memtable.settled(2);
    releaseAll(memtable);
    const partition = memtable.partition(table.id, byte(0))!;
    expect(partition.hasHead).toBe(false);
    const left = partition.row([byte(0), byte(0)])!.row;
    expect([...left!.columns.keys()]).toEqual([columnIds.second]);
  }
});
