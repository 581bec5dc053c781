import { expect, test, vi } from 'vitest';
import { bytesOfInt32 } from '../../../types/binary.ts';
import { selectLimits } from '../limits.ts';
import { shown, TestTables } from './support/tables.ts';

const columns = 'p int; c int; s int static; v text';

async function filled(partitions: number, rows: number): Promise<TestTables> {
  const tables = new TestTables().table('t', columns, 'p / c');
  for (let p = 0; p < partitions; p += 1) {
    await tables.write('t', { p: `${p}`, s: '1' });
    for (let c = 0; c < rows; c += 1) await tables.write('t', { p: `${p}`, c: `${c}`, v: "'v'" });
  }
  return tables;
}

test.each([
  'SELECT * FROM t',
  'SELECT * FROM t LIMIT 7',
  'SELECT * FROM t PER PARTITION LIMIT 2',
  'SELECT DISTINCT p, s FROM t',
  'SELECT c FROM t WHERE p = 1',
  'SELECT c FROM t WHERE p = 1 ORDER BY c DESC',
  'SELECT c FROM t WHERE p = 1 AND c IN (3, 0, 2) ORDER BY c DESC',
  'SELECT p, c FROM t WHERE p IN (3, 1, 2, 8) AND c > 0',
  'SELECT p, c FROM t WHERE token(p) > 0 AND c >= 2 ALLOW FILTERING',
  'SELECT p, c FROM t WHERE c = 2 ALLOW FILTERING',
  'SELECT p, s FROM t WHERE s = 1 LIMIT 9 ALLOW FILTERING',
])('pages of %s together are the whole', async (text) => {
  const tables = await filled(5, 4);
  for (const p of ['6', '7']) await tables.write('t', { p, s: '1' });
  const whole = await tables.rows(text);
  for (const size of [1, 2, 3, 4, 100]) {
    const pages = await tables.pages(text, size);
    expect(pages.flat()).toEqual(whole);
    expect(pages.slice(0, -1).map(({ length }) => length)).toEqual(pages.slice(0, -1).map(() => size));
  }
});

test('rows that were there all the time are on one page each, whoever writes meanwhile', async () => {
  const tables = await filled(3, 6);
  const prepared = tables.prepare('SELECT p, c FROM t');
  const before = await tables.rows('SELECT p, c FROM t');
  const seen: string[] = [];
  let pagingState: Uint8Array | undefined;
  do {
    const result = await tables.execute(prepared, [], { pageSize: 2, pagingState });
    seen.push(...shown(result));
    pagingState = result.pagingState;
    // The row that the page ended with goes, others come before and behind it.
    const [p, c] = seen.at(-1)!.split(' ');
    await tables.write('t', { p: p!, c: c! }, { isDeletion: true });
    for (const other of ['-1', '100']) await tables.write('t', { p: p!, c: other, v: "'new'" });
  } while (pagingState !== undefined);
  expect(seen.filter((row) => before.includes(row))).toEqual(before);
  expect(new Set(seen).size).toBe(seen.length);
});

test('a partition whose last rows were deleted between pages does not show its statics again', async () => {
  const tables = await filled(1, 2);
  const prepared = tables.prepare('SELECT p, c, s FROM t');
  const first = await tables.execute(prepared, [], { pageSize: 1 });
  for (const c of ['0', '1']) await tables.write('t', { p: '0', c }, { isDeletion: true });
  const second = await tables.execute(prepared, [], { pageSize: 1, pagingState: first.pagingState });
  expect(second.rows).toEqual([]);
  expect(shown(await tables.execute(prepared))).toEqual(['0 null 1']);
});

test('the place of a partition that is gone is where the next one begins', async () => {
  const tables = await filled(4, 2);
  const prepared = tables.prepare('SELECT p, c FROM t PER PARTITION LIMIT 2');
  const whole = await tables.rows('SELECT p, c FROM t');
  const first = await tables.execute(prepared, [], { pageSize: 1 });
  const [p] = whole[0]!.split(' ');
  for (const c of ['0', '1']) await tables.write('t', { p: p!, c }, { isDeletion: true });
  const rest = await tables.execute(prepared, [], { pagingState: first.pagingState });
  expect(shown(rest)).toEqual(whole.slice(2));
});

test.each([
  ['p IN (0, ?)', 1, 2],
  ['p = ?', 1, 2],
  ["p = ? AND v = 'v'", 1, 2],
  ['token(p) = token(?)', 1, 2],
])('the state of a page of other partitions is refused: %s', async (where, value, other) => {
  const tables = await filled(3, 4);
  tables.index('t', 'v');
  const text = `SELECT p, c FROM t WHERE ${where}`;
  const { pagingState } = await tables.run(text, [bytesOfInt32(value)], {
    pageSize: where.includes('IN') ? 6 : 2,
  });
  const more = { pageSize: 2, pagingState: pagingState! };
  expect(await tables.rows(text, [bytesOfInt32(value)], more)).toEqual(['1 2', '1 3']);
  expect(await tables.problem(text, [bytesOfInt32(other)], more)).toBe('Invalid value for the paging state');
});

test('large rows make a page end early', async () => {
  const tables = new TestTables().table('t', columns, 'p / c');
  const large = `'${'x'.repeat(selectLimits.pageBytes / 4)}'`;
  for (let c = 0; c < 10; c += 1) await tables.write('t', { p: '1', c: `${c}`, v: large });
  const pages = await tables.pages('SELECT c, v FROM t', 5000);
  expect(pages.map(({ length }) => length)).toEqual([4, 4, 2]);
});

test('a state of another statement, or one that was changed, is refused', async () => {
  const tables = await filled(2, 2);
  const { pagingState } = await tables.run('SELECT * FROM t', [], { pageSize: 1 });
  const message = 'Invalid value for the paging state';
  const problem = (state: Uint8Array, text = 'SELECT * FROM t') =>
    tables.problem(text, [], { pageSize: 1, pagingState: state });
  expect(await problem(pagingState!, 'SELECT p FROM t')).toBe(message);
  expect(await problem(pagingState!.subarray(0, 20))).toBe(message);
  expect(await problem(new Uint8Array(0))).toBe(message);
  expect(await problem(Buffer.concat([pagingState!, Buffer.of(0)]))).toBe(message);
});

test('a long read lets others have their turn', async () => {
  const tables = await filled(1, 3);
  let turns = 0;
  const beat = () => {
    turns += 1;
    if (turns < 1000) ticking = setImmediate(beat);
  };
  let ticking = setImmediate(beat);
  const { storage } = tables;
  const rows = selectLimits.rowsPerTurn * 3;
  await storage.write(
    Array.from({ length: rows }, (_, c) => tables.mutation('t', { p: '2', c: `${c}` }, { timestamp: 1n })),
  );
  const before = turns;
  expect(await tables.rows('SELECT count(*) FROM t')).toEqual([`${rows + 3}`]);
  expect(turns - before).toBeGreaterThanOrEqual(3);
  clearImmediate(ticking);
});

test('rows that take long let others have their turn sooner', async () => {
  const count = selectLimits.rowsPerLook * 10;
  const tables = await filled(1, count);
  let turns = 0;
  let isDone = false;
  const beat = () => {
    turns += 1;
    if (!isDone) setImmediate(beat);
  };
  let time = 1;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (time += selectLimits.turnMs));
  try {
    setImmediate(beat);
    expect(await tables.rows('SELECT count(*) FROM t')).toEqual([`${count}`]);
    isDone = true;
  } finally {
    clock.mockRestore();
  }
  expect(turns).toBeGreaterThanOrEqual(5);
});
