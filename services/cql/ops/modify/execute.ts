/** Executes prepared modifications without conditions: one, or those of a batch. */
import type { Mutation } from '../../engine/model.ts';
import type { Reader, Soon } from '../../engine/storage.ts';
import type { Value } from '../../types/api.ts';
import type { BoundValue, Executing, QueryOptions, Result } from '../api.ts';
import { warnOfBatch } from './batch-warnings.ts';
import { MutationCollector } from './collect.ts';
import { checkReadFirst, checkWriteConsistency } from './consistency.ts';
import { ListPaths } from './list-paths.ts';
import type { Modification } from './modification.ts';
import { joinSlices, pointSlice, readBefore, readRows } from './read-rows.ts';
import { after, inTurn } from './soon.ts';
import type { Stamp } from './stamp.ts';
import { checkedTimestamp } from './using.ts';

/** A statement with its values. */
export interface Write {
  readonly statement: Modification;
  readonly values: readonly BoundValue[];
}

/** What a batch adds. */
export interface BatchSettings {
  readonly isLogged: boolean;
  readonly timestamp: bigint | undefined;
}

interface StampedWrite extends Write {
  readonly stamp: Stamp;
  readonly keys: readonly Value[];
}

const done: Result = { kind: 'void' };
const isDone = (): Result => done;

export function secondsNow(options: QueryOptions, executing: Executing): number {
  return options.nowSeconds ?? Math.floor(executing.now() / 1000);
}

/** What was answered before, by whichever gateway, is older: its clock may be ahead. */
export function executeWrites(
  writes: readonly Write[],
  batch: BatchSettings | undefined,
  options: QueryOptions,
  executing: Executing,
): Soon<Result> {
  const behind = executing.clock.caughtUp?.();
  if (behind === undefined) return executeNow(writes, batch, options, executing);
  return behind.then(() => executeNow(writes, batch, options, executing));
}

function executeNow(
  writes: readonly Write[],
  batch: BatchSettings | undefined,
  options: QueryOptions,
  executing: Executing,
): Soon<Result> {
  const now = secondsNow(options, executing);
  const stamped = stampAll(writes, batch, now, options, executing);
  if (stamped.length === 0) return done;
  const paths = new ListPaths(executing.clock, stamped[0]!.statement.parts.place);
  if (stamped.some(({ statement }) => statement.needsRow)) {
    checkReadFirst(options);
    let written: readonly Mutation[] = [];
    const deciding = executing.storage.decide((reader) =>
      after(mutationsOverRows(stamped, paths, reader), (mutations) => {
        written = mutations;
        return decision(mutations, writes, reader, now);
      }),
    );
    return deciding.then((result) => {
      if (batch !== undefined) warnOfBatch(writes, written, batch, executing);
      return result;
    });
  }
  const mutations = plainMutations(stamped, paths);
  if (batch !== undefined) warnOfBatch(writes, mutations, batch, executing);
  return mutations.length === 0 ? done : write(mutations, writes, now, executing);
}

function stampAll(
  writes: readonly Write[],
  batch: BatchSettings | undefined,
  now: number,
  options: QueryOptions,
  executing: Executing,
): StampedWrite[] {
  const { clock } = executing;
  const serverNow = Math.floor(executing.now() / 1000);
  const given = batch?.timestamp ?? options.timestamp;
  const timestamp = given === undefined ? clock.next() : checkedTimestamp(given);
  return writes.map(({ statement, values }) => {
    checkWriteConsistency(options, statement.table);
    // Times of counters are the server's: deletions take away what came before them.
    const at = statement.table.isCounter ? clock.next() : timestamp;
    const stamp = statement.stamp(values, at, now, serverNow);
    return { statement, values, stamp, keys: statement.keys(values) };
  });
}

/** Of statements that need not see what is there. */
function plainMutations(stamped: readonly StampedWrite[], paths: ListPaths): readonly Mutation[] {
  const [first] = stamped;
  if (stamped.length === 1 && first!.keys.length === 1) {
    const { statement, values, stamp, keys } = first!;
    const mutation = statement.mutation(keys[0]!, values, stamp, paths, undefined);
    return mutation === undefined ? [] : [mutation];
  }
  const collector = new MutationCollector();
  for (const { statement, values, stamp, keys } of stamped) {
    for (const key of keys) {
      const mutation = statement.mutation(key, values, stamp, paths, undefined);
      if (mutation !== undefined) collector.add(mutation, statement.parts.layout);
    }
  }
  return collector.mutations();
}

function mutationsOverRows(
  stamped: readonly StampedWrite[],
  paths: ListPaths,
  reader: Reader,
): Soon<readonly Mutation[]> {
  const collector = new MutationCollector();
  const parts = stamped.flatMap((write) => write.keys.map((key) => ({ write, key })));
  const collecting = inTurn(parts, ({ write: { statement, values, stamp }, key }) => {
    const { layout } = statement.parts;
    const slices = statement.needsRow
      ? joinSlices(statement.clusterings(values).map(pointSlice), layout)
      : [];
    const reading = statement.needsRow ? readRows(reader, statement.table, key, slices) : undefined;
    return after(reading, (before) => {
      const mutation = statement.mutation(key, values, stamp, paths, before);
      if (mutation !== undefined) collector.add(mutation, layout);
    });
  });
  return after(collecting, () => collector.mutations());
}

function write(
  mutations: readonly Mutation[],
  writes: readonly Write[],
  now: number,
  { storage }: Executing,
): Promise<Result> {
  const effects = writes.flatMap(({ statement }) => statement.parts.effects ?? []);
  if (effects.length === 0) return storage.write(mutations).then(isDone);
  if (effects.some(({ needsRead }) => needsRead))
    return storage.decide((reader) => decision(mutations, writes, reader, now));
  const all = extended(mutations, writes, undefined, now);
  return Promise.resolve(all)
    .then((list) => storage.write(list))
    .then(isDone);
}

function decision(
  mutations: readonly Mutation[],
  writes: readonly Write[],
  reader: Reader,
  now: number,
): Soon<{ readonly mutations: readonly Mutation[]; readonly result: Result }> {
  return after(extended(mutations, writes, reader, now), (all) => ({ mutations: all, result: done }));
}

/** With what indexes and views get. */
export function extended(
  mutations: readonly Mutation[],
  writes: readonly Write[],
  reader: Reader | undefined,
  now: number,
): Soon<readonly Mutation[]> {
  if (writes.every(({ statement }) => statement.parts.effects === undefined)) return mutations;
  const more = inTurn(mutations, (mutation) => {
    const { statement } = writes.find((each) => each.statement.table.id === mutation.table)!;
    const { effects, table, layout } = statement.parts;
    if (effects === undefined) return [];
    if (!effects.needsRead) return effects.extend(mutation, undefined, undefined, now);
    const reading = readBefore(reader!, table, mutation, layout);
    return after(reading, (before) => effects.extend(mutation, before, reader, now));
  });
  return after(more, (lists) =>
    lists.every((list) => list.length === 0) ? mutations : [...mutations, ...lists.flat()],
  );
}
