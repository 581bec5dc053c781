/** How long a prepared INSERT takes from values to its mutation, and with execution around it. `node services/cql/ops/modify/bench/insert.ts` */
import { performance } from 'node:perf_hooks';
import { newTimeUuids } from '../../../functions/time-uuid.ts';
import type { Insert } from '../../../parser/ast.ts';
import { parse } from '../../../parser/index.ts';
import { withTable, withTestKeyspace } from '../../../schema/test/support.ts';
import { bytesOfInt32, bytesOfText } from '../../../types/binary.ts';
import type { Executing, QueryOptions } from '../../api.ts';
import { statementFunctions } from '../../terms/functions.ts';
import { noEffects } from '../effects.ts';
import { prepareInsert } from '../insert.ts';
import { ListPaths } from '../list-paths.ts';

const executions = 300_000;
const rounds = 7;

const schema = withTable(withTestKeyspace(), 't', 'p text; c int; v blob; w int; x text', 'p / c');
const text = 'INSERT INTO ks.t (p, c, v, w, x) VALUES (?, ?, ?, ?, ?)';
const { statement, markers } = parse(text);
const clock = { now: Date.now, timeUuid: newTimeUuids(Date.now), randomUuid: () => new Uint8Array(16) };
const functions = statementFunctions({ clock });
const prepared = prepareInsert(statement as Insert, schema, {
  keyspace: undefined,
  markers,
  functions,
  effects: noEffects,
});
const values = [
  bytesOfText('user-4711'),
  bytesOfInt32(42),
  new Uint8Array(100),
  bytesOfInt32(7),
  bytesOfText('some text'),
];
let time = 1_700_000_000_000_000n;
const writeClock = { next: () => ++time };
const paths = new ListPaths(writeClock, new Uint8Array(8));
const written = Promise.resolve();
const executing = {
  storage: { write: () => written },
  clock: writeClock,
  now: Date.now,
} as unknown as Executing;
const options: QueryOptions = {
  values,
  consistency: 1,
  serialConsistency: undefined,
  pageSize: undefined,
  pagingState: undefined,
  timestamp: 1_700_000_000_000_000n,
  nowSeconds: undefined,
};

let sum = 0;

function toMutation(): void {
  const stamp = prepared.stamp(values, 5n, 1_700_000_000, 1_700_000_000);
  sum += prepared.mutation(prepared.keys(values)[0]!, values, stamp, paths, undefined)!.rows.length;
}

function execute(): void {
  if (prepared.execute(options, executing) instanceof Promise) sum += 1;
}

for (const [name, step] of [
  ['values to mutation', toMutation],
  ['execution', execute],
] as const) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    for (let count = 0; count < executions; count++) step();
    best = Math.min(best, performance.now() - begin);
    // What was promised may go.
    await written;
  }
  console.log(`${name}: ${((best * 1000) / executions).toFixed(2)} us`);
}
if (sum === 0) throw new Error('nothing was done');
