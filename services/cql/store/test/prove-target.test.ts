/** Proofs of rows through the store: what they say, of which records they are made, and which are refused. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropTable } from '../../schema/changes/index.ts';
import { withTable, withType } from '../../schema/test/support.ts';
import { ProofWorld, writtenAt } from '../../test/support/proof-world.ts';
import { proveTarget } from '../prove-target.ts';

let world: ProofWorld;
const frameSeconds = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;

beforeAll(async () => {
  world = await ProofWorld.open();
  await world.change((schema) => {
    let next = withType(schema, 'pair', 'left int; right text');
    next = withTable(
      next,
      'wide',
      'a int; b text; c int; d map<text, int>; e set<int>; f list<text>; g frozen<pair>; h blob; i pair',
      'a / b',
    );
    next = withTable(next, 'plain', 'k text; v int', 'k');
    next = withTable(next, 'counts', 'k text; n counter', 'k');
    next = withTable(next, 'shared', 'p int; q int; r int; s text static; v int', 'p / q, r', {
      clusteringOrder: [
        { column: 'q', descending: true },
        { column: 'r', descending: false },
      ],
    });
    return next;
  });
});

afterAll(() => world.close());

describe('a row', () => {
  test('is shown with its values, as CQL writes them, and when they were written', async () => {
    await world.write('wide', {
      key: ['1', 'x'],
      columns: {
        c: '5',
        d: "{'y': 2, 'x': 1}",
        e: '{3, 1}',
        f: "['it''s', 'b']",
        g: "{left: 4, right: 'r'}",
      },
      isInsert: true,
    });
    const { statement, subject, told, document } = await world.claim('cql://ks/wide/1/x');
    expect(subject).toBe('cql://ks/wide/1/x');
    expect(statement).toBe(
      "row (a = 1, b = 'x') of table ks.wide holds: c = 5, d = {'x': 1, 'y': 2}, e = {1, 3}, f = ['it''s', 'b'], " +
        "g = {left: 4, right: 'r'}",
    );
    const written = '1767300000000000 (2026-01-01T20:40:00.000000Z)';
    expect(told).toMatchObject({
      'row inserted': written,
      'column c (int)': '5',
      'column c written': written,
      'column d (map<text, int>)': "{'x': 1, 'y': 2}",
      'column g (frozen<pair>)': "{left: 4, right: 'r'}",
      'column h (blob)': 'null',
      'domain of its keyspace': expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(told).not.toHaveProperty('column c expires');
    expect(told.table).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}, generation \d+$/,
    );
    expect(document.records.map(({ table }) => table).sort()).toEqual([
      'cql.domains',
      'cql.keyspaces',
      'cql.rows',
      'cql.tables',
    ]);
    expect(document.addresses).toEqual([]);
    expect(document.namesBound).toBe(false);
  });

  test('is bound to its key when address keys may be disclosed', async () => {
    await world.write('wide', { key: ['2', 'x'], isInsert: true });
    const { statement, document } = await world.claim('cql://ks/wide/2/x', true);
    expect(statement).toBe("row (a = 2, b = 'x') of table ks.wide is there, without values");
    expect(document.namesBound).toBe(true);
  });

  test('is as it was answered last', async () => {
    for (let turn = 1; turn <= 4; turn++) {
      await world.write('plain', { key: ['k'], columns: { v: String(turn) }, timestamp: BigInt(turn) });
      const { statement, told } = await world.claim('cql://ks/plain/k');
      expect(statement).toBe(`row (k = 'k') of table ks.plain holds: v = ${turn}`);
      expect(told['column v written']).toBe(`${turn} (1970-01-01T00:00:00.00000${turn}Z)`);
    }
  });

  test('that never was is shown not to be, if address keys may be disclosed', async () => {
    const { statement, document } = await world.claim('cql://ks/wide/1/none', true);
    expect(statement).toBe("there is no row (a = 1, b = 'none') of table ks.wide");
    expect(document.absences).toHaveLength(1);
    expect(await world.refusal('cql://ks/wide/1/none')).toMatch(/^409: /);
  });

  test('that was deleted is shown not to be, and since when', async () => {
    await world.write('wide', { key: ['3', 'x'], columns: { c: '5' }, isInsert: true });
    await world.write('wide', { key: ['3', 'x'], isDeletion: true, timestamp: 2n ** 60n });
    const { statement, told } = await world.claim('cql://ks/wide/3/x');
    expect(statement).toBe(
      "there is no row (a = 3, b = 'x') of table ks.wide: it was deleted at 2026-01-01T20:40:00Z",
    );
    expect(told['row deleted']).toBe(`what was written up to ${2n ** 60n}`);
  });

  test('whose values were deleted one by one is not there; with another value it is', async () => {
    await world.write('wide', { key: ['4', 'x'], columns: { c: null, d: null } });
    const { statement } = await world.claim('cql://ks/wide/4/x');
    expect(statement).toContain('there is no row');
    expect(statement).toContain(': it was deleted at 2026-01-01T20:40:00Z');
    await world.write('wide', { key: ['4', 'x'], columns: { h: '0x00ff' } });
    const { statement: after, told } = await world.claim('cql://ks/wide/4/x');
    expect(after).toBe("row (a = 4, b = 'x') of table ks.wide holds: h = 0x00ff");
    expect(told['column c (int)']).toBe('null');
    expect(told['column d deleted']).toContain('2026-01-01T20:40:00Z');
  });

  test('that expires is judged at the time of the frame, which the statement names', async () => {
    const expiresAt = frameSeconds + 1;
    await world.write('plain', { key: ['t'], columns: { v: '1' }, expiresAt, isInsert: true });
    const { statement, told } = await world.claim('cql://ks/plain/t');
    expect(statement).toBe("at 2026-01-02T03:04:05Z, row (k = 't') of table ks.plain holds: v = 1");
    expect(told).toMatchObject({
      'row expires': '2026-01-02T03:04:06Z, TTL 100',
      'column v expires': '2026-01-02T03:04:06Z, TTL 100',
    });
    world.prover.timeMs += 1000;
    const { statement: after, told: then } = await world.claim('cql://ks/plain/t');
    world.prover.timeMs -= 1000;
    expect(after).toBe(
      "at 2026-01-02T03:04:06Z, there is no row (k = 't') of table ks.plain: it expired at 2026-01-02T03:04:06Z",
    );
    expect(then).toMatchObject({ 'column v (int)': 'null', 'row expired': '2026-01-02T03:04:06Z, TTL 100' });
  });

  test('of which an element expired has the others', async () => {
    await world.write('wide', { key: ['5', 'x'], columns: { e: '{1}' } });
    await world.write('wide', { key: ['5', 'x'], columns: { e: '{2}' }, expiresAt: frameSeconds });
    const { statement } = await world.claim('cql://ks/wide/5/x');
    expect(statement).toBe("at 2026-01-02T03:04:05Z, row (a = 5, b = 'x') of table ks.wide holds: e = {1}");
  });

  test('whose user type is of several cells is shown with the fields that it has', async () => {
    await world.write('wide', { key: ['8', 'x'], columns: { i: "{right: 'r'}" } });
    const { statement, told } = await world.claim('cql://ks/wide/8/x');
    expect(statement).toBe("row (a = 8, b = 'x') of table ks.wide holds: i = {left: null, right: 'r'}");
    expect(told['column i (pair)']).toBe("{left: null, right: 'r'}");
  });

  test('of counters is shown with what they count', async () => {
    for (const n of ['40', '2']) await world.write('counts', { key: ['k'], columns: { n } });
    expect((await world.claim('cql://ks/counts/k')).statement).toBe(
      "row (k = 'k') of table ks.counts holds: n = 42",
    );
  });

  test('with long values is shown with their hashes', async () => {
    const bytes = Buffer.alloc(100_000, 7);
    await world.write('wide', { key: ['6', 'x'], columns: { h: `0x${bytes.toString('hex')}` } });
    const { statement, told } = await world.claim('cql://ks/wide/6/x');
    expect(statement).toContain('holds: h = (100000 bytes)');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(told['column h (blob)']).toBe(`100000 bytes, sha256 ${sha256}`);
  });

  test('that is too large is refused in words', async () => {
    await world.write('wide', { key: ['7', 'x'], columns: { h: `0x${'ab'.repeat(300_000)}` } });
    expect(await world.refusal('cql://ks/wide/7/x')).toMatch(
      /^400: the row cannot be part of a proof: it takes 3\d{5} bytes, and 196608 are the most$/,
    );
  });

  test('has any name, with bytes that are escaped', async () => {
    const name = 'ä/%\u202e\n';
    await world.write('plain', { key: [name], columns: { v: '1' } });
    const { subject, statement } = await world.claim(`cql://ks/%70lain/${encodeURIComponent(name)}`);
    expect(subject).toBe('cql://ks/plain/%C3%A4%2F%25%E2%80%AE%0A');
    expect(statement).toBe(`row (k = "'ä/%\\u{202e}\\u{a}'") of table ks.plain holds: v = 1`);
  });

  test('has a key that is longer than keys of records', async () => {
    const long = 'l'.repeat(30_000);
    await world.write('wide', { key: ['1', long], columns: { c: '1' } });
    const { statement, document } = await world.claim(`cql://ks/wide/1/${long}`, true);
    expect(statement).toBe('row (a = 1, b = (30000 bytes)) of table ks.wide holds: c = 1');
    expect(document.namesBound).toBe(true);
    const other = await world.claim(`cql://ks/wide/1/${long.slice(1)}k`, true);
    expect(other.statement).toContain('there is no row');
  });
});

describe('a partition', () => {
  test('shows its static columns with each row', async () => {
    await world.write('shared', { key: ['1', '2', '3'], columns: { v: '4' }, statics: { s: 'all' } });
    const { statement, told } = await world.claim('cql://ks/shared/1/2/3');
    expect(statement).toBe(
      "row (p = 1, q = 2, r = 3) of table ks.shared holds: v = 4, and its partition holds: s = 'all'",
    );
    expect(told['static column s (text)']).toBe("'all'");
    const absent = await world.claim('cql://ks/shared/1/2/4', true);
    expect(absent.statement).toBe('there is no row (p = 1, q = 2, r = 4) of table ks.shared');
    expect(absent.told['static column s (text)']).toBe("'all'");
  });

  test('without static values is shown so only where address keys may be disclosed', async () => {
    await world.write('shared', { key: ['2', '2', '3'], columns: { v: '4' } });
    const target = 'cql://ks/shared/2/2/3';
    expect((await world.claim(target)).told['static columns']).toBe('not part of this proof');
    expect((await world.claim(target, true)).told['static columns']).toBe('null');
  });

  test('is proven without its rows, when only its key is given', async () => {
    await world.write('shared', { key: ['3', '1', '1'], statics: { s: 'x' }, columns: { v: '1' } });
    const deletion = { timestamp: 5n, localTime: writtenAt };
    const bound = (q: number, r: number[], side: 'before' | 'after') => ({
      prefix: [q, ...r].map((value) => Uint8Array.of(0, 0, 0, value)),
      side,
    });
    const base = world.mutation('shared', { key: ['3'] });
    await world.store.write([
      {
        ...base,
        deletion: { timestamp: 4n, localTime: writtenAt },
        tombstones: [{ start: bound(9, [], 'before'), end: bound(7, [5], 'after'), deletion }],
      },
    ]);
    const { statement, told, facts } = await world.claim('cql://ks/shared/3');
    expect(statement).toBe(
      "the partition (p = 3) of table ks.shared, its rows apart, holds: s = 'x', was deleted at 2026-01-01T20:40:00Z, " +
        'has 1 deleted range of rows',
    );
    expect(told['partition deleted']).toBe(
      '2026-01-01T20:40:00Z, what was written up to 4 (1970-01-01T00:00:00.000004Z)',
    );
    expect(facts.find(([name]) => name === 'rows deleted')?.[1]).toMatch(
      /^from \(q = 9\) up to \(q = 7, r = 5\): /,
    );
    expect((await world.claim('cql://ks/shared/4', true)).statement).toBe(
      'the partition (p = 4) of table ks.shared, its rows apart, holds nothing: no static columns, and no deletions that are remembered',
    );
  });
});

describe('a table', () => {
  test('that was truncated has the rows of its generation alone', async () => {
    await world.change((schema) => withTable(schema, 'cut', 'k int; v int', 'k'));
    await world.write('cut', { key: ['1'], columns: { v: '1' } });
    const before = await world.claim('cql://ks/cut/1');
    await world.store.truncate(world.table('cut'));
    const { statement, told } = await world.claim('cql://ks/cut/1', true);
    expect(statement).toBe('there is no row (k = 1) of table ks.cut');
    expect(told.table).not.toBe(before.told.table);
    await world.write('cut', { key: ['1'], columns: { v: '2' } });
    expect((await world.claim('cql://ks/cut/1')).statement).toContain('v = 2');
  });

  test('that was made again has other rows and another id', async () => {
    await world.change((schema) => withTable(schema, 'again', 'k int; v int', 'k'));
    await world.write('again', { key: ['1'], columns: { v: '1' } });
    const before = await world.claim('cql://ks/again/1');
    await world.change((schema) => {
      const dropped = dropTable(schema, { keyspace: 'ks', name: 'again', ifExists: false }).schema;
      return withTable(dropped, 'again', 'k int; v text', 'k');
    });
    const after = await world.claim('cql://ks/again/1', true);
    expect(after.statement).toContain('there is no row');
    expect(after.told.table).not.toBe(before.told.table);
  });

  test('that is truncated while the frame is cut is proven as it is then', async () => {
    let truncate: (() => Promise<void>) | undefined;
    await using own = await ProofWorld.open({
      beforeFrame: async () => {
        const once = truncate;
        truncate = undefined;
        await once?.();
      },
    });
    await own.change((schema) => withTable(schema, 'cut', 'k int; v int', 'k'));
    await own.write('cut', { key: ['1'], columns: { v: '1' } });
    truncate = async () => {
      await own.store.truncate(own.table('cut'));
      await own.store.settle();
    };
    const { statement, told } = await own.claim('cql://ks/cut/1', true);
    expect(statement).toContain('there is no row');
    expect(told.table).toMatch(/, generation \d+$/);
  });

  test('of a keyspace without any rows is shown to be empty', async () => {
    await using own = await ProofWorld.open();
    await own.change((schema) => withTable(schema, 'empty', 'k int; v int', 'k'));
    const { statement } = await own.claim('cql://ks/empty/1', true);
    expect(statement).toBe('there is no row (k = 1) of table ks.empty');
    expect(await own.refusal('cql://ks/empty/1')).toMatch(/^409: /);
  });
});

describe('a target is refused', () => {
  test.each([
    ['cql://ks/plain', /^400: cql:\/\/ks\/plain is not of the form cql:\/\/keyspace\/table\/key, in UTF-8$/],
    ['redis://0/k', /^400: .* is not of the form/],
    ['cql://ks/plain/%FF', /^400: .* is not of the form/],
    ['cql://ks/nothing/1', /^404: there is no table "nothing" in a keyspace "ks"$/],
    ['cql://other/plain/1', /^404: /],
    ['cql://system_auth/roles/cassandra', /^400: tables of the system are not proven$/],
    ['cql://ks/wide/x/1', /^400: the value of "a": Unable to make int from 'x'$/],
    [
      'cql://ks/wide/1/2/3',
      /^400: a row of the table is named by "a", "b", and what a partition has .* "a" alone; 3 values/,
    ],
    ['cql://ks/shared/1/2', /^400: a row of the table is named by "p", "q", "r", .*; 2 values were given$/],
    ['cql://ks/plain/', /^400: Key may not be empty$/],
  ])('%s', async (target, refusal) => expect(await world.refusal(target)).toMatch(refusal));

  test('with a key that is too long', async () => {
    expect(await world.refusal(`cql://ks/plain/${'k'.repeat(70_000)}`)).toBe(
      '400: Key length of 70000 is longer than maximum of 65535',
    );
  });

  test('with a version', async () => {
    const { store, tables, domain } = world;
    const query = { target: 'cql://ks/plain/k', versionId: '1', discloseAddressKeys: false, delay: false };
    await expect(proveTarget(query, { store, tables, domain })).rejects.toThrow(
      'rows of CQL have no versions',
    );
  });
});
