import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PhaseSet, phaseSet } from '../../hypergraph/index.ts';
import { Replica } from '../../hypergraph/test/replica.ts';
import { config, domains, fresh, operation, writers } from '../../hypergraph/test/universe.ts';
import type { KvRange } from '../../store/kv.ts';
import { ChangeFeed } from '../changes/change-feed.ts';
import { DirtyEntries } from '../changes/dirty-entries.ts';
import { SlabWriter, slabBytes } from '../changes/slab.ts';
import { phaseCodes } from '../format/v1/shard.ts';

const key = (byte: number) => Buffer.concat([Buffer.of(0x72), Buffer.alloc(64, byte)]);

describe('the feed of changes', () => {
  test('entries arrive in order, also those larger than a buffer', () => {
    const got: [number, number | undefined][] = [];
    const feed = new ChangeFeed({
      slab(buffer, length) {
        const dirty = new SlabWriter(buffer);
        expect(dirty.buffer.byteLength).toBeGreaterThanOrEqual(length);
        got.push([buffer.byteLength, length]);
      },
    });
    feed.put(key(1), Buffer.alloc(slabBytes - 100));
    feed.put(key(2), Buffer.alloc(3 * slabBytes));
    feed.put(key(3), undefined);
    feed.flush();
    feed.flush();
    expect(got).toHaveLength(3);
    expect(got.map(([size]) => size)).toEqual([slabBytes, 3 * slabBytes + 70, slabBytes]);
    expect(feed.outstandingBytes).toBe(5 * slabBytes + 70);
    feed.returned(new ArrayBuffer(slabBytes));
    expect(feed.outstandingBytes).toBe(4 * slabBytes + 70);
  });

  test('the prover reads what was written, and the latest of a key stays', () => {
    const dirty = new DirtyEntries();
    const feed = new ChangeFeed({ slab: (buffer, length) => dirty.addSlab(buffer, length) });
    feed.write([
      { type: 'del', key: key(1), text: '' },
      { type: 'del', key: key(1), text: '' },
      { type: 'put', key: Buffer.of(0x75), value: Buffer.of(1), text: '' },
    ]);
    feed.flush();
    expect([...dirty.trees()]).toHaveLength(4);
    expect(dirty.count).toBe(4);
  });
});

/** Text of every entry of every set, from what the prover was told. */
class ToldSets {
  readonly sets = new Map<string, Map<string, string>>();

  take(dirty: DirtyEntries): void {
    for (const { domain, set, entries } of dirty.trees()) {
      const name = `${domain.toString('hex')} ${set}`;
      const told = this.sets.get(name) ?? new Map<string, string>();
      this.sets.set(name, told);
      for (const [key, value] of entries) {
        const text = Buffer.from(key, 'latin1').toString('hex');
        if (value === undefined) told.delete(text);
        else told.set(text, `${value.revision} ${Buffer.from(value.dataHash).toString('hex')}`);
      }
    }
  }

  of(domain: Uint8Array, set: PhaseSet): string[] {
    const told = this.sets.get(`${Buffer.from(domain).toString('hex')} ${phaseCodes[set]}`);
    return [...(told ?? [])].map(([key, value]) => `${key} ${value}`).sort();
  }
}

async function stateSet(replica: Replica, domain: Uint8Array, set: PhaseSet): Promise<string[]> {
  async function* entries(range: KvRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    const all = [...replica.values].map(([text, value]) => [Buffer.from(text, 'latin1'), value] as const);
    all.sort(([left], [right]) => Buffer.compare(left, right));
    for (const [key, value] of all) {
      const low = range.gte === undefined || Buffer.compare(key, range.gte) >= 0;
      const high = range.lt === undefined || Buffer.compare(key, range.lt) < 0;
      if (low && high && (range.lte === undefined || Buffer.compare(key, range.lte) <= 0)) yield [key, value];
    }
  }
  const found: string[] = [];
  for await (const { id, revision, dataHash } of phaseSet(entries, domain, set)) {
    found.push(
      `${Buffer.from(id.subarray(32)).toString('hex')} ${revision} ${Buffer.from(dataHash).toString('hex')}`,
    );
  }
  return found.sort();
}

describe('what the prover is told is what the state holds', () => {
  test('after random batches, told in random portions, and after removals are forgotten', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.array(fc.array(operation, { maxLength: 3 }), { minLength: 1, maxLength: 6 }),
            fc.boolean(),
          ),
          {
            maxLength: 40,
          },
        ),
        fc.boolean(),
        async (batches, forget) => {
          const replica = new Replica();
          const told = new ToldSets();
          let dirty = new DirtyEntries();
          const tell = (writes: ReturnType<Replica['apply']>['writes']) => {
            const feed = new ChangeFeed({ slab: (buffer, length) => dirty.addSlab(buffer, length) });
            feed.write(writes);
            feed.flush();
          };
          const writer = writers[0] as Uint8Array;
          const opening = domains.map((domain) => [
            { kind: 'create-domain' as const, domain, config: config(0, [0, 1]) },
          ]);
          for (const [lists, cut] of [[opening, false] as const, ...batches]) {
            const transactions = lists.map((operations) => fresh(operations, replica.position + 1));
            tell(replica.apply(writer, transactions).writes);
            if (!cut) continue;
            told.take(dirty);
            dirty = new DirtyEntries();
          }
          // Removals are forgotten 4,096 positions later.
          if (forget)
            for (let index = 0; index < 4100; index++) {
              tell(replica.apply(writer, [fresh([], replica.position + 1)]).writes);
            }
          told.take(dirty);
          for (const domain of domains) {
            for (const set of Object.keys(phaseCodes) as PhaseSet[]) {
              expect(told.of(domain, set)).toEqual(await stateSet(replica, domain, set));
            }
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
