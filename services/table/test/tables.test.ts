import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ConditionFailed,
  DomainNotEmpty,
  DomainUnknown,
  type TableDefinition,
  type TableDomain,
  TableMisuse,
  tableLimits,
} from '../index.ts';
import { type Harness, key, notes, openHarness, plain, text } from './support/harness.ts';

let harness: Harness;
let domain: TableDomain;
beforeEach(async () => {
  harness = await openHarness();
  domain = harness.tables.prepareDomain();
  await harness.tables.transact([{ kind: 'create-domain', domain }]);
});
afterEach(() => harness.close());

const put = (sort: string, row: string, condition?: { revision: number } | 'absent' | 'present') =>
  harness.tables.transact([
    {
      kind: 'put',
      domain,
      table: plain,
      key: key(sort),
      row,
      ...(condition === undefined ? {} : { condition }),
    },
  ]);
const remove = (sort: string, condition?: { revision: number } | 'present' | 'absent') =>
  harness.tables.transact([
    {
      kind: 'remove',
      domain,
      table: plain,
      key: key(sort),
      ...(condition === undefined ? {} : { condition }),
    },
  ]);
const sorts = async (options = {}) =>
  (await domain.scan(plain, Buffer.alloc(0), options)).map(({ sort }) => text(sort));

describe('records', () => {
  it('are read as they were written, with the revision of the write', async () => {
    const { revision, position, certificate } = await put('a', 'first');
    expect(certificate.position).toBe(position);
    expect(await domain.get(plain, key('a'))).toEqual({ row: 'first', revision });
    const second = await put('a', 'second');
    expect(second.revision).toBeGreaterThan(revision);
    expect((await domain.get(plain, key('a')))?.row).toBe('second');
    // What is known is not read again, and nothing older is taken for it.
    const known = (await domain.get(plain, key('a')))!;
    expect(await domain.get(plain, key('a'), known)).toBe(known);
    expect((await domain.get(plain, key('a'), { row: 'first', revision }))?.row).toBe('second');
    await remove('a');
    expect(await domain.get(plain, key('a'), known)).toBeUndefined();
    expect(await domain.get(plain, key('a'))).toBeUndefined();
    await put('a', 'third');
    expect((await domain.get(plain, key('a')))?.row).toBe('third');
  });

  it('of one table are found over all partitions, whatever bytes these have', async () => {
    const partitions = [[], [0], [0, 1], [0, 0xff], [1], [0xff, 0, 0]].map((list) => Buffer.from(list));
    const keys = partitions.flatMap((partition) =>
      [[], [0], [0, 1, 0]].map((list) => ({ partition, sort: Buffer.from(list) })),
    );
    const other = { ...plain, name: `${plain.name}.more` };
    await harness.tables.transact([
      ...keys.map((one) => ({ kind: 'put', domain, table: plain, key: one, row: 'x' }) as const),
      { kind: 'put', domain, table: other, key: key('k', 'p'), row: 'y' },
    ]);
    const hex = (all: readonly { readonly partition: Uint8Array; readonly sort: Uint8Array }[]) =>
      all.map((one) =>
        [one.partition, one.sort].map((bytes) => Buffer.from(bytes).toString('hex')).join('/'),
      );
    expect(hex(domain.keysOf?.(plain, 100) ?? []).sort()).toEqual(hex(keys).sort());
    expect(domain.keysOf?.(plain, 4)).toHaveLength(4);
    expect(hex(domain.keysOf?.(other, 4) ?? [])).toEqual(hex([key('k', 'p')]));
  });

  it('of different tables, partitions and domains do not meet', async () => {
    const other = harness.tables.prepareDomain();
    const otherTable = { ...plain, name: 'test.other' };
    await harness.tables.transact([
      { kind: 'create-domain', domain: other },
      { kind: 'put', domain, table: plain, key: key('k', 'p'), row: '1' },
      { kind: 'put', domain, table: plain, key: key('pk', ''), row: '2' },
      { kind: 'put', domain, table: plain, key: key('', 'pk'), row: '3' },
      { kind: 'put', domain, table: otherTable, key: key('k', 'p'), row: '4' },
      { kind: 'put', domain: other, table: plain, key: key('k', 'p'), row: '5' },
    ]);
    expect((await domain.get(plain, key('k', 'p')))?.row).toBe('1');
    expect((await domain.get(plain, key('pk', '')))?.row).toBe('2');
    expect((await domain.get(plain, key('', 'pk')))?.row).toBe('3');
    expect((await domain.get(otherTable, key('k', 'p')))?.row).toBe('4');
    expect((await other.get(plain, key('k', 'p')))?.row).toBe('5');
    expect((await domain.scan(plain, Buffer.from('p'), {})).map(({ sort }) => text(sort))).toEqual(['k']);
  });

  it('of old formats stay readable, only the newest is written', async () => {
    const newer: TableDefinition<string> = {
      ...plain,
      formats: [
        { version: 2, encode: (row) => Buffer.from(`2:${row}`), decode: (bytes) => text(bytes).slice(2) },
        plain.formats[0],
      ],
    };
    await put('old', 'old row');
    await harness.tables.transact([{ kind: 'put', domain, table: newer, key: key('new'), row: 'new row' }]);
    expect((await domain.get(newer, key('old')))?.row).toBe('old row');
    expect((await domain.get(newer, key('new')))?.row).toBe('new row');
    await expect(domain.get(plain, key('new'))).rejects.toThrow(TableMisuse);
  });

  it('have an empty key if they must, and keys of any bytes', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
    for (const [index, name] of [
      Buffer.alloc(0),
      bytes,
      Buffer.of(0),
      Buffer.of(0, 0),
      Buffer.of(0, 255),
    ].entries())
      await harness.tables.transact([
        { kind: 'put', domain, table: plain, key: { partition: name, sort: name }, row: String(index) },
      ]);
    expect((await domain.get(plain, { partition: bytes, sort: bytes }))?.row).toBe('1');
    const found = await domain.scan(plain, Buffer.of(0), {});
    expect(found.map(({ sort }) => [...sort])).toEqual([[0]]);
  });
});

describe('conditions', () => {
  it('absent, present and revision hold or fail with the index of the write', async () => {
    await expect(put('a', 'x', 'present')).rejects.toThrow(new ConditionFailed(0));
    const { revision } = await put('a', 'x', 'absent');
    await expect(put('a', 'y', 'absent')).rejects.toThrow(new ConditionFailed(0));
    await expect(put('a', 'y', { revision: revision + 1 })).rejects.toThrow(new ConditionFailed(0));
    const next = await put('a', 'y', { revision });
    await expect(remove('a', { revision })).rejects.toThrow(new ConditionFailed(0));
    await put('a', 'z', 'present');
    await expect(remove('a', { revision: next.revision })).rejects.toThrow(ConditionFailed);
    await remove('a', 'present');
    await expect(remove('a', 'present')).rejects.toThrow(ConditionFailed);
    await remove('a');
    await remove('a', 'absent');
  });

  it('refuse the whole transaction', async () => {
    await put('a', 'x');
    const failing = harness.tables.transact([
      { kind: 'put', domain, table: plain, key: key('b'), row: 'y' },
      { kind: 'remove', domain, table: plain, key: key('a') },
      { kind: 'check', domain, table: plain, key: key('c'), condition: 'present' },
    ]);
    await expect(failing).rejects.toThrow(new ConditionFailed(2));
    expect(await sorts()).toEqual(['a']);
  });

  it('of checks are held although the record is not written', async () => {
    const { revision } = await put('guard', 'g');
    await harness.tables.transact([
      { kind: 'check', domain, table: plain, key: key('guard'), condition: { revision } },
      { kind: 'put', domain, table: plain, key: key('a'), row: 'x' },
    ]);
    // The other transaction bumps the guard between plan and order.
    const bump = put('guard', 'bumped');
    const guarded = harness.tables.transact([
      { kind: 'check', domain, table: plain, key: key('guard'), condition: { revision } },
      { kind: 'put', domain, table: plain, key: key('b'), row: 'x' },
    ]);
    await bump;
    await expect(guarded).rejects.toThrow(new ConditionFailed(0));
    expect(await sorts()).toEqual(['a', 'guard']);
  });

  it('absent has exactly one winner among concurrent writers', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 32 }, (_, index) => put('k', `${index}`, 'absent')),
    );
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ConditionFailed);
  });

  it('revision lets concurrent read-modify-write loops lose no update', async () => {
    await put('counter', '0');
    const increment = async () => {
      for (;;) {
        const { row, revision } = (await domain.get(plain, key('counter')))!;
        try {
          await put('counter', String(Number(row) + 1), { revision });
          return;
        } catch (error) {
          if (!(error instanceof ConditionFailed)) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: 24 }, increment));
    expect((await domain.get(plain, key('counter')))?.row).toBe('24');
  });

  it('any never fails, whatever others do to the record meanwhile', async () => {
    const work = Array.from({ length: 40 }, (_, index) =>
      index % 3 === 0 ? remove('k') : put('k', `${index}`),
    );
    await Promise.all(work);
    const record = await domain.get(plain, key('k'));
    expect(await sorts()).toEqual(record === undefined ? [] : ['k']);
  });
});

describe('domains', () => {
  it('are opened with their first records, by another table store too', async () => {
    const made = harness.tables.prepareDomain();
    await expect(harness.tables.openDomain(made.address)).rejects.toThrow(DomainUnknown);
    await harness.tables.transact([
      { kind: 'put', domain: made, table: plain, key: key('a'), row: 'x' },
      { kind: 'create-domain', domain: made },
    ]);
    const opened = await harness.tables.openDomain(made.address);
    expect((await opened.get(plain, key('a')))?.row).toBe('x');
    await harness.close();
    const again = await openHarness(harness.state, harness.indexStore);
    const reopened = await again.tables.openDomain(made.address);
    expect((await reopened.get(plain, key('a')))?.row).toBe('x');
    harness = again;
  });

  it('at a fixed address are created once', async () => {
    const address = Buffer.alloc(32, 7);
    const made = await Promise.all(Array.from({ length: 5 }, () => harness.tables.ensureDomain(address)));
    await harness.tables.transact([{ kind: 'put', domain: made[0]!, table: plain, key: key('a'), row: 'x' }]);
    for (const each of made) expect((await each.get(plain, key('a')))?.row).toBe('x');
  });

  it('are closed only when empty, and for ever', async () => {
    await put('a', 'x');
    await expect(harness.tables.transact([{ kind: 'remove-domain', domain }])).rejects.toThrow(
      DomainNotEmpty,
    );
    await harness.tables.transact([
      { kind: 'remove-domain', domain },
      { kind: 'remove', domain, table: plain, key: key('a') },
    ]);
    await expect(put('b', 'x')).rejects.toThrow(DomainUnknown);
    await expect(harness.tables.openDomain(domain.address)).rejects.toThrow(DomainUnknown);
    await expect(harness.tables.ensureDomain(domain.address)).rejects.toThrow(DomainUnknown);
    expect(await sorts()).toEqual([]);
  });

  it('of another keystore are unknown', async () => {
    const { createKeystore } = await import('@hypergate/node/crypto');
    const { openTables } = await import('../index.ts');
    const { RecordingStore } = await import('./support/recording-store.ts');
    const { random, writer } = await import('./support/harness.ts');
    await put('a', 'x');
    const strangers = await openTables(
      {},
      {
        node: harness.node,
        indexStore: new RecordingStore(),
        keys: createKeystore(Buffer.alloc(32, 0x99)),
        writerKey: writer.publicKey,
        random,
      },
    );
    await expect(strangers.openDomain(domain.address)).rejects.toThrow(DomainUnknown);
    await put('b', 'x');
    expect(strangers.status().unreadable).toBeGreaterThan(0);
    await strangers.close();
  });
});

describe('scans', () => {
  it('go through a partition in both directions, between bounds, with a limit and seeks', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `k${String(index).padStart(3, '0')}`);
    for (let at = 0; at < 300; at += 50)
      await harness.tables.transact(
        names
          .slice(at, at + 50)
          .map((name) => ({ kind: 'put', domain, table: plain, key: key(name), row: name })),
      );
    const bytes = (name: string) => Buffer.from(name);
    expect(await sorts()).toEqual(names);
    expect(await sorts({ reverse: true })).toEqual([...names].reverse());
    expect(await sorts({ gte: bytes('k100'), lt: bytes('k103') })).toEqual(['k100', 'k101', 'k102']);
    expect(await sorts({ gt: bytes('k100'), lt: bytes('k103') })).toEqual(['k101', 'k102']);
    expect(await sorts({ gt: bytes('k1'), limit: 2 })).toEqual(['k100', 'k101']);
    expect(await sorts({ lt: bytes('k1'), reverse: true, limit: 2 })).toEqual(['k099', 'k098']);
    expect(await sorts({ gte: bytes('k200'), lt: bytes('k100') })).toEqual([]);
    const cursor = domain.cursor(plain, Buffer.alloc(0), { gte: bytes('k010') });
    cursor.seek(bytes('k150'));
    expect(text((await cursor.next())!.sort)).toBe('k150');
    cursor.seek(bytes('a'));
    expect(text((await cursor.next())!.sort)).toBe('k010');
    const back = domain.cursor(plain, Buffer.alloc(0), { reverse: true });
    back.seek(bytes('k1505'));
    expect(text((await back.next())!.sort)).toBe('k150');
  });

  it('show a write as soon as it was acknowledged, with what the projection carries', async () => {
    for (let index = 0; index < 20; index += 1) {
      await put(`k${index}`, `row number ${index}`);
      const [entry] = await domain.scan(plain, Buffer.alloc(0), { gte: Buffer.from(`k${index}`), limit: 1 });
      expect(text(entry!.projection)).toBe(`row number ${index}`);
    }
  });

  it('of secondary entries follow updates and removals, also of records that are not shown themselves', async () => {
    const write = (sort: string, row: string, tags: string[]) =>
      harness.tables.transact([
        { kind: 'put', domain, table: notes, key: key(sort, 'p'), row: { text: row, tags } },
      ]);
    const byTag = async (options: Parameters<TableDomain['cursorSecondary']>[2] = {}) => {
      const cursor = domain.cursorSecondary('test.notes.by-tag', Buffer.from('p'), options);
      const found: string[] = [];
      for (let entry = await cursor.next(); entry; entry = await cursor.next())
        found.push(`${text(entry.sort)}=${text(entry.projection)}`);
      return found.sort();
    };
    await write('a', 'alpha', ['red', 'green']);
    await write('b', 'hidden', ['red', 'r\0d']);
    expect(await byTag()).toEqual(['green=a', 'red=a', 'red=b', 'r\0d=b'].sort());
    expect(await byTag({ gte: Buffer.from('red') })).toEqual(['red=a', 'red=b']);
    expect(await byTag({ gt: Buffer.from('green'), lt: Buffer.from('red') })).toEqual(['r\0d=b']);
    expect((await domain.scan(notes, Buffer.from('p'), {})).map(({ sort }) => text(sort))).toEqual(['a']);
    await write('a', 'alpha', ['blue', 'red']);
    expect(await byTag()).toEqual(['blue=a', 'red=a', 'red=b', 'r\0d=b'].sort());
    await harness.tables.transact([{ kind: 'remove', domain, table: notes, key: key('b', 'p') }]);
    expect(await byTag()).toEqual(['blue=a', 'red=a']);
    await write('a', 'hidden now', []);
    expect(await byTag()).toEqual([]);
    expect(await domain.scan(notes, Buffer.from('p'), {})).toEqual([]);
    expect(await harness.tables.compareIndex()).toMatchObject({ missing: 0, different: 0, superfluous: 0 });
  });
});

describe('limits and misuse', () => {
  it('are refused before anything is written', async () => {
    const long = 'x'.repeat(tableLimits.keyBytesMax + 1);
    await expect(put(long, '')).rejects.toThrow(TableMisuse);
    await expect(domain.get(plain, key(long))).rejects.toThrow(TableMisuse);
    const wide = { ...plain, index: () => Buffer.alloc(tableLimits.projectionBytesMax + 1) };
    const writes = [
      { table: wide, key: key('a') },
      { table: { ...plain, name: 'a\0b' }, key: key('a') },
      { table: { ...plain, name: '' }, key: key('a') },
    ];
    for (const write of writes)
      await expect(harness.tables.transact([{ kind: 'put', domain, row: '', ...write }])).rejects.toThrow(
        TableMisuse,
      );
    const twice = { kind: 'put', domain, table: plain, key: key('a'), row: '' } as const;
    await expect(harness.tables.transact([twice, twice])).rejects.toThrow(TableMisuse);
    await put('x'.repeat(tableLimits.keyBytesMax), 'row');
    expect((await sorts()).length).toBe(1);
  });

  it('allow what is just within them, with keys of zeros, which take most room', async () => {
    const half = tableLimits.keyBytesMax / 2;
    const zeros = { partition: Buffer.alloc(half), sort: Buffer.alloc(half) };
    const entries = tableLimits.secondaryEntriesMax;
    const each = Math.floor(tableLimits.secondaryBytesMax / entries);
    const heavy: TableDefinition<string> = {
      ...plain,
      name: 'n'.repeat(tableLimits.tableNameBytesMax),
      index: () => Buffer.alloc(tableLimits.projectionBytesMax),
      secondary: () =>
        Array.from({ length: entries }, (_, index) => ({
          index: `${index}`.padEnd(tableLimits.tableNameBytesMax, 'i'),
          partition: Buffer.alloc(Math.floor(each / 2)),
          sort: Buffer.alloc(each - Math.floor(each / 2)),
          projection: Buffer.alloc(0),
        })),
    };
    for (const row of ['one', 'two'])
      await harness.tables.transact([{ kind: 'put', domain, table: heavy, key: zeros, row }]);
    expect((await domain.scan(heavy, zeros.partition, {})).length).toBe(1);
    expect(await harness.tables.compareIndex()).toMatchObject({ entries: 65, missing: 0, superfluous: 0 });
    await harness.tables.transact([{ kind: 'remove', domain, table: heavy, key: zeros }]);
    expect(await harness.tables.compareIndex()).toMatchObject({ entries: 0, missing: 0, superfluous: 0 });
  });

  it('keep names, keys and rows out of the node and of the index store', async () => {
    await put('very-secret-name', 'very-secret-row');
    await remove('very-secret-name');
    await put('very-secret-name', 'very-secret-row');
    await harness.tables.flush();
    await harness.node.checkpoint();
    const stored = [
      ...harness.state.records,
      ...[...harness.state.entries].flatMap(([name, value]) => [Buffer.from(name, 'latin1'), value]),
      ...[...harness.indexStore.map].flatMap(([name, value]) => [Buffer.from(name, 'hex'), value]),
    ];
    expect(stored.length).toBeGreaterThan(10);
    for (const bytes of stored) {
      expect(bytes.includes('very-secret')).toBe(false);
      expect(bytes.includes('test.plain')).toBe(false);
    }
  });
});
