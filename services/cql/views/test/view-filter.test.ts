import { expect, test } from 'vitest';
import { CqlError } from '../../errors.ts';
import { statementFunctions } from '../../ops/terms/functions.ts';
import { tableOf, withTable, withTestKeyspace } from '../../schema/test/support.ts';
import type { Value } from '../../types/api.ts';
import { encodeList } from '../../types/collections.ts';
import { viewFilter } from '../index.ts';

const schema = withTable(
  withTestKeyspace(),
  't',
  'p int; c text; n int; l frozen<list<int>>; m frozen<map<int, int>>; u timeuuid; v int',
  'p / c, n, l, m, u',
);
const table = tableOf(schema, 't');
const int = (value: number): Value => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const map = Buffer.concat([int(1), int(4), int(1), int(4), int(2)]);

const noUuid = new Uint8Array(16);

function passes(where: string, p: number, c: string, n: number): boolean {
  const filter = viewFilter(where, table, schema, statementFunctions());
  return filter([int(p)], [Buffer.from(c), int(n), encodeList([int(5), int(6)]), map, noUuid]);
}

test.each([
  ['p IS NOT NULL AND v IS NOT NULL', true],
  ['p = 1', true],
  ['p = 2', false],
  ['p > 0 AND p < 2', true],
  ['p >= 1 AND p <= 1', true],
  ['p > 1', false],
  ['p = -1', false],
  ['p = 1 + 0', true],
  ["c = 'b' AND n = 7", true],
  ["c IN ('a', 'b')", true],
  ["c IN ('a')", false],
  ["(c, n) > ('a', 100)", true],
  ["(c, n) > ('b', 7)", false],
  ["(c, n) >= ('b', 7)", true],
  ["(c, n) IN (('b', 6), ('b', 7))", true],
  ["(c, n) IN (('b', 6))", false],
  ['l CONTAINS 6', true],
  ['l CONTAINS 7', false],
  ['m CONTAINS KEY 1', true],
  ['m CONTAINS KEY 2', false],
  ['m CONTAINS 2', true],
  ['m CONTAINS 1', false],
])('%s', (where, expected) => {
  expect(passes(where, 1, 'b', 7)).toBe(expected);
});

test.each([
  ['x = 1', 'Undefined column name x in table ks.t'],
  [
    'v = 1',
    "Non-primary key columns can only be restricted with 'IS NOT NULL' (got: v restricted illegally)",
  ],
  ['p = null', 'Invalid null value in condition for column p'],
  ['p != 1', 'Unsupported restriction: p != 1'],
  ["c LIKE 'a'", "Unsupported restriction: c LIKE 'a'"],
  ['p CONTAINS 1', 'Unsupported restriction: p CONTAINS 1'],
  ['token(p) > 1', 'Unsupported restriction: token(p) > 1'],
  ['u = now()', 'A materialized view cannot be restricted by a value that changes (u)'],
])('%s is refused', (where, message) => {
  expect(() => viewFilter(where, table, schema, statementFunctions())).toThrow(CqlError);
  expect(() => viewFilter(where, table, schema, statementFunctions())).toThrow(message);
});
