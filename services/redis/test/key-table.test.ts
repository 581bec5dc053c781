import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Dict } from '../engine/dict.ts';
import { ExpiryTable } from '../engine/expiry-table.ts';
import { hashString } from '../engine/hash-string.ts';
import { KeyPart, KeyTable } from '../engine/key-table.ts';
import { seededRandom } from './support/engine-harness.ts';

type Step = readonly ['put' | 'delete', number, number];

const steps = (names: number, length: number) =>
  fc.array(fc.tuple(fc.constantFrom('put', 'put', 'delete'), fc.nat(names), fc.nat(1000)), {
    maxLength: length,
  }) as fc.Arbitrary<Step[]>;

test('a dictionary holds what a Map holds, while it grows and shrinks', () => {
  fc.assert(
    fc.property(steps(60, 400), (all) => {
      const dict = new Dict<number>();
      const model = new Map<string, number>();
      for (const [what, name, value] of all) {
        const key = `key${name}`;
        if (what === 'put') {
          expect(dict.set(key, value)).toBe(!model.has(key));
          model.set(key, value);
        } else expect(dict.delete(key)).toBe(model.delete(key));
      }
      expect(new Map(dict.keys.map((key, i) => [key, dict.values[i]!]))).toEqual(model);
      for (let name = 0; name <= 60; name++) expect(dict.get(`key${name}`)).toBe(model.get(`key${name}`));
    }),
    { numRuns: 300 },
  );
});

/** Names whose hashes end alike, so that they crowd around the end of an index and its beginning. */
function crowdedNames(count: number): string[] {
  const names: string[] = [];
  for (let i = 0; names.length < count; i++) {
    const low = hashString(`${i}`) & 0x1ff;
    if (low >= 0x1fd || low <= 1) names.push(`${i}`);
  }
  return names;
}

test('keys whose hashes collide are found after any deletions', () => {
  const names = crowdedNames(81);
  fc.assert(
    fc.property(steps(80, 300), (all) => {
      const part = new KeyPart();
      const model = new Map<string, number>();
      const hashOf = (name: number) => hashString(names[name]!);
      for (const [what, name, value] of all) {
        const key = names[name]!;
        if (what === 'put') {
          const position = part.place(key, hashOf(name));
          part.values[position] = String(value);
          part.access[position] = value;
          part.changedAt[position] = value + 0.5;
          part.record[position] = value % 2;
          model.set(key, value);
        } else {
          const position = part.find(key, hashOf(name));
          expect(position >= 0).toBe(model.delete(key));
          if (position >= 0) part.deleteAt(position);
        }
      }
      expect(part.size).toBe(model.size);
      for (let name = 0; name <= 80; name++) {
        const position = part.find(names[name]!, hashOf(name));
        const value = model.get(names[name]!);
        expect(position >= 0).toBe(value !== undefined);
        if (value === undefined) continue;
        expect(part.values[position]).toBe(String(value));
        expect(part.access[position]).toBe(value);
        expect(part.changedAt[position]).toBe(value + 0.5);
        expect(part.record[position]).toBe(value % 2);
      }
    }),
    { numRuns: 300 },
  );
});

test('a part gives back its columns when most keys are gone', () => {
  const part = new KeyPart();
  for (let i = 0; i < 10_000; i++) part.place(`key${i}`, hashString(`key${i}`));
  for (let i = 0; i < 9_990; i++) part.deleteAt(part.find(`key${i}`, hashString(`key${i}`)));
  expect(part.access.length).toBeLessThan(100);
  for (let i = 9_990; i < 10_000; i++) {
    expect(part.find(`key${i}`, hashString(`key${i}`))).toBeGreaterThanOrEqual(0);
  }
});

test('the expiry table holds what a Map holds', () => {
  fc.assert(
    fc.property(steps(300, 600), (all) => {
      const table = new ExpiryTable();
      const model = new Map<string, number>();
      for (const [what, name, value] of all) {
        const key = `key${name}`;
        if (what === 'put') {
          table.set(key, value + 1);
          model.set(key, value + 1);
        } else expect(table.delete(key)).toBe(model.delete(key));
      }
      expect(table.size).toBe(model.size);
      for (let name = 0; name <= 300; name++)
        expect(table.get(`key${name}`)).toBe(model.get(`key${name}`) ?? 0);
    }),
    { numRuns: 100 },
  );
});

function put(table: KeyTable, key: string): void {
  const hash = hashString(key);
  const part = table.part(hash);
  const before = part.size;
  part.place(key, hash);
  table.size += part.size - before;
}

function remove(table: KeyTable, key: string): void {
  const hash = hashString(key);
  const part = table.part(hash);
  const position = part.find(key, hash);
  if (position < 0) return;
  part.deleteAt(position);
  table.size--;
}

describe('SCAN', () => {
  test('visits every key that stays, whatever comes and goes meanwhile', () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 31),
        fc.integer({ min: 0, max: 3000 }),
        fc.integer({ min: 1, max: 60 }),
        runOne,
      ),
      { numRuns: 150 },
    );
  });

  function runOne(seed: number, size: number, count: number): void {
    const random = seededRandom(seed);
    const table = new KeyTable();
    for (let i = 0; i < size; i++) put(table, `stays${i}`);
    for (let i = 0; i < size; i++) put(table, `goes${i}`);
    const seen = new Set<string>();
    let cursor = 0;
    let calls = 0;
    do {
      cursor = table.scan(cursor, count, (key) => seen.add(key));
      expect(Number.isSafeInteger(cursor) && cursor >= 0).toBe(true);
      for (let i = Math.floor(random() * 40); i > 0; i--) {
        const name = Math.floor(random() * (size + 50));
        if (random() < 0.5) put(table, `goes${name}`);
        else remove(table, `goes${name}`);
      }
      calls++;
    } while (cursor !== 0 && calls < 100_000);
    expect(cursor).toBe(0);
    for (let i = 0; i < size; i++) expect(seen.has(`stays${i}`)).toBe(true);
  }

  test('visits each key once when nothing changes', () => {
    const table = new KeyTable();
    for (let i = 0; i < 2000; i++) put(table, `key${i}`);
    const seen: string[] = [];
    let cursor = 0;
    do cursor = table.scan(cursor, 7, (key) => seen.push(key));
    while (cursor !== 0);
    expect(seen).toHaveLength(2000);
    expect(new Set(seen).size).toBe(2000);
  });

  test('takes any number as a cursor', () => {
    const table = new KeyTable();
    for (let i = 0; i < 100; i++) put(table, `key${i}`);
    for (const cursor of [1, 255, 256, 12_345, Number.MAX_SAFE_INTEGER, 2 ** 48]) {
      let at = cursor;
      for (let calls = 0; at !== 0 || calls === 0; calls++) {
        expect(calls).toBeLessThan(1000);
        at = table.scan(at, 10, () => undefined);
      }
    }
  });
});

test('random picks are even', () => {
  const table = new KeyTable();
  const expiries = new ExpiryTable();
  for (let i = 0; i < 100; i++) {
    put(table, `key${i}`);
    expiries.set(`key${i}`, 5);
  }
  const random = seededRandom(7);
  const counts = new Map<string, number>();
  const count = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (let i = 0; i < 20_000; i++) {
    const { part, position } = table.pick(random())!;
    count(part.keys[position]!);
    count(expiries.pick(random())!.key);
  }
  expect(counts.size).toBe(100);
  for (const times of counts.values()) {
    expect(times).toBeGreaterThan(300);
    expect(times).toBeLessThan(500);
  }
  expect(new KeyTable().pick(0.5)).toBeUndefined();
  expect(new ExpiryTable().pick(0.5)).toBeUndefined();
});
