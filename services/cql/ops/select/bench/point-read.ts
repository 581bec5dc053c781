/**
 * Prepared SELECTs over the memtable: `node services/cql/ops/select/bench/point-read.ts [rows]`. One JSON line per case, the median of
 * five rounds in microseconds of CPU per execution.
 */

import { bytesOfInt32 } from '../../../types/binary.ts';
import { TestTables } from '../test/support/tables.ts';

const rows = Number(process.argv[2] ?? 20_000);
const rounds = 5;
const perPartition = 100;

const tables = new TestTables()
  .table('keyed', 'p int; a text; b text; c text', 'p')
  .table('wide', 'p int; c int; v text', 'p / c');
const text = `'${'x'.repeat(100)}'`;
for (let at = 0; at < rows; at += 1) {
  await tables.write('keyed', { p: `${at}`, a: text, b: text, c: text });
  await tables.write('wide', { p: `${Math.floor(at / perPartition)}`, c: `${at % perPartition}`, v: text });
}
/** Without what tests put around the storage. */
const executing = { ...tables.executing, storage: tables.storage };

const options = {
  consistency: 6,
  serialConsistency: undefined,
  pageSize: 5000,
  pagingState: undefined,
  timestamp: undefined,
  nowSeconds: undefined,
};

function measure(name: string, statement: string, count: number, values: (at: number) => Uint8Array[]): void {
  const prepared = tables.prepare(statement);
  const bound = Array.from({ length: count }, (_, at) => ({ ...options, values: values(at) }));
  const times: number[] = [];
  let shown = 0;
  for (let round = 0; round < rounds; round += 1) {
    shown = 0;
    const start = process.cpuUsage();
    for (const each of bound) {
      const result = prepared.execute(each, executing);
      if (result instanceof Promise || result.kind !== 'rows') throw new Error('it waits');
      shown += result.rows.length;
    }
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / count);
  }
  const microseconds = times.toSorted((left, right) => left - right)[rounds >> 1]!;
  console.log(JSON.stringify({ name, microseconds: Number(microseconds.toFixed(2)), rows: shown / count }));
}

const key = (at: number) => bytesOfInt32((at * 7919) % rows);
measure('point', 'SELECT a, b, c FROM keyed WHERE p = ?', rows, (at) => [key(at)]);
measure('point, all columns', 'SELECT * FROM keyed WHERE p = ?', rows, (at) => [key(at)]);
measure('point, clustering', 'SELECT v FROM wide WHERE p = ? AND c = ?', rows, (at) => [
  bytesOfInt32((at * 31) % (rows / perPartition)),
  bytesOfInt32((at * 17) % perPartition),
]);
measure('slice of ten rows', 'SELECT c, v FROM wide WHERE p = ? AND c >= 20 AND c < 30', rows / 10, (at) => [
  bytesOfInt32(at % (rows / perPartition)),
]);
measure('partition of a hundred rows', 'SELECT c, v FROM wide WHERE p = ?', rows / 100, (at) => [
  bytesOfInt32(at % (rows / perPartition)),
]);
