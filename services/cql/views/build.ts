/**
 * Rows of a view for what was in its base table before it. Some base rows at a time are read and their view rows written in one decision;
 * so writers of all gateways may go on, who keep rows up to date from the view's creation on: whatever takes effect behind it knows of it.
 * How far it is stands in a system table, written in the same decision; after a crash it goes on there.
 */
import type { Mutation, Row } from '../engine/model.ts';
import type { PartitionCursor, Reader, Storage, WriteClock } from '../engine/storage.ts';
import type { Schema, TableSchema } from '../schema/model.ts';
import type { Value } from '../types/api.ts';
import { decodePartitionKey } from '../types/partition-key.ts';
import { builtMutations, builtTo, forgetMutations, isBuilt, progressMutation } from './build-state.ts';
import { viewLimits } from './limits.ts';
import { packRow, putRow } from './stored-row.ts';
import { isOver } from './view-mutations.ts';
import { type ViewPlan, viewRowOf } from './view-plan.ts';
import type { ViewStorage } from './view-storage.ts';

export interface BuildViewModules {
  /** That of the views. */
  readonly views: ViewStorage;
  /** What it is over. */
  readonly storage: Storage;
  readonly clock: WriteClock;
}

interface Position {
  readonly token: bigint;
  readonly key?: Value;
  /** The last row of that partition that is built. */
  readonly clustering?: readonly Value[];
}

interface Slice {
  readonly mutations: Mutation[];
  /** Undefined: everything is built. */
  readonly next: Position | undefined;
  /** Every partition of that token or before is built. */
  readonly complete: bigint | undefined;
  readonly rows: number;
}

/**
 * Resolves when the view has all rows.
 * @param view as the latest schema has it
 */
export async function buildView(
  modules: BuildViewModules,
  view: TableSchema,
  signal?: AbortSignal,
): Promise<void> {
  const { views, storage, clock } = modules;
  const plan = views.planOf(view);
  if (plan === undefined) throw new Error(`the schema has no view ${view.name}`);
  const done = await builtTo(storage, view);
  let position: Position | undefined = done === undefined ? { token: -(2n ** 63n) } : { token: done };
  let rows = 0;
  while (position !== undefined) {
    signal?.throwIfAborted();
    const from: Position = position;
    const slice: Slice = await storage.decide(async (reader) => {
      const stamp = clock.next();
      const read = await readSlice(reader, plan, from, { stamp, now: views.seconds() });
      if (read.complete !== undefined)
        read.mutations.push(progressMutation(view, read.complete, rows + read.rows, stamp));
      return { mutations: read.mutations, result: read };
    });
    rows += slice.rows;
    position = slice.next;
  }
  await storage.write(builtMutations(view, clock.next(), views.seconds()));
}

/** At the start: views that were not finished. */
export async function buildUnfinishedViews(
  modules: BuildViewModules,
  schema: Schema,
  signal?: AbortSignal,
): Promise<void> {
  for (const { tables } of schema.keyspaces.values())
    for (const table of tables.values())
      if (table.kind === 'view' && !(await isBuilt(modules.storage, table)))
        await buildView(modules, table, signal);
}

/** Before a view is dropped, so that another one of its name is built. */
export async function forgetView(
  { storage, clock, views }: BuildViewModules,
  view: TableSchema,
): Promise<void> {
  await storage.write(forgetMutations(view, clock.next(), views.seconds()));
}

async function readSlice(
  reader: Reader,
  plan: ViewPlan,
  from: Position,
  { stamp, now }: { readonly stamp: bigint; readonly now: number },
): Promise<Slice> {
  const mutations: Mutation[] = [];
  let rows = 0;
  let complete: bigint | undefined;
  for await (const cursor of partitionsFrom(reader, plan.base, from)) {
    const partition = decodePartitionKey(cursor.key, plan.base.partitionKey.length);
    let last: Row | undefined;
    for (let row = await cursor.next(); row !== undefined; row = await cursor.next()) {
      // One more than fits: it comes first the next time.
      if (rows === viewLimits.buildRows) {
        const { token, key } = cursor;
        const next = last === undefined ? { token, key } : { token, key, clustering: last.clustering };
        return { mutations, next, complete, rows };
      }
      rows += 1;
      last = row;
      const made = viewRowOf(plan, partition, row);
      if (made !== undefined && !isOver(made, now))
        mutations.push(putRow(plan.view, made, packRow(made), stamp));
    }
    // Of another partition with the same token nothing is known: at the next start this one is built again.
    complete = cursor.token;
  }
  return { mutations, next: undefined, complete, rows };
}

async function* partitionsFrom(
  reader: Reader,
  base: TableSchema,
  { token, key, clustering }: Position,
): AsyncGenerator<PartitionCursor> {
  const hint = { rowsHint: viewLimits.buildRows };
  if (key !== undefined && clustering !== undefined) {
    const slices = [
      { start: { prefix: clustering, side: 'after' }, end: { prefix: [], side: 'after' } },
    ] as const;
    const rest = await reader.read(base, key, { slices, ...hint });
    if (rest !== undefined) yield rest;
  }
  const from =
    key === undefined ? { token, isExclusive: false } : { token, key, isExclusive: clustering !== undefined };
  const scan = reader.scan(base, { from }, hint);
  for (let cursor = await scan.next(); cursor !== undefined; cursor = await scan.next()) yield cursor;
}
