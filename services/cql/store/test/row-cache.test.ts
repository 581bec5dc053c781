import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RowCache, unknown } from '../row-cache.ts';

const anyName = fc.constantFrom('a', 'b', 'c', 'd');
const anyBody = fc.option(
  fc.nat(400).map((length) => Buffer.alloc(length, length)),
  { nil: undefined },
);
const anyStep = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), name: anyName, body: anyBody }),
  // What it says of the record is put in only when the reading ends.
  fc.record({ kind: fc.constant('begin reading' as const), name: anyName }),
  fc.record({ kind: fc.constant('end reading' as const) }),
  fc.record({ kind: fc.constant('write elsewhere' as const), name: anyName, body: anyBody }),
  fc.record({ kind: fc.constant('get' as const), name: anyName }),
);

describe('a cache of records', () => {
  test('knows nothing that is not so, whatever is written while others read', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), fc.nat(3000), (steps, bytesMax) => {
        const cache = new RowCache(bytesMax);
        const records = new Map<string, Buffer>();
        const reading: { name: string; body: Buffer | undefined; revision: number }[] = [];
        const write = (name: string, body: Buffer | undefined) => {
          if (body === undefined) records.delete(name);
          else records.set(name, body);
        };
        for (const step of steps) {
          switch (step.kind) {
            case 'write':
              write(step.name, step.body);
              cache.wrote(step.name, step.body);
              break;
            case 'write elsewhere':
              write(step.name, step.body);
              if (step.name < 'c') cache.forget(step.name);
              else cache.clear();
              break;
            case 'begin reading':
              reading.push({ name: step.name, body: records.get(step.name), revision: cache.revision });
              break;
            case 'end reading': {
              const read = reading.pop();
              if (read !== undefined) cache.read(read.name, read.body, read.revision);
              break;
            }
            case 'get': {
              const cached = cache.get(step.name);
              if (cached !== unknown) expect(cached).toEqual(records.get(step.name));
            }
          }
        }
      }),
    );
  });

  test('keeps what is asked for while others come and go, and no more than it may', () => {
    const cache = new RowCache(100_000);
    const body = Buffer.alloc(100);
    cache.wrote('asked for', body);
    for (let index = 0; index < 10_000; index++) {
      cache.wrote(`row ${index}`, body);
      expect(cache.get('asked for')).toEqual(body);
    }
    const kept = Array.from({ length: 10_000 }, (_, index) => cache.get(`row ${index}`)).filter(
      (each) => each !== unknown,
    );
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.length).toBeLessThan(100_000 / 260);
  });

  test('remembers that there is no record', () => {
    const cache = new RowCache(1000);
    cache.read('none', undefined, cache.revision);
    expect(cache.get('none')).toBe(undefined);
    expect(cache.get('other')).toBe(unknown);
  });
});
