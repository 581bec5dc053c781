/**
 * Storage with materialized views over one without: they are kept up to date with their base tables and read as tables. Whether a
 * table has views is asked of the schema in which a write takes effect, so that neither a statement which was prepared before a view was
 * made passes it by, nor a write that was on its way when another gateway made one. Writes of tables without views go through as they are.
 */
import type { Mutation, PartitionData } from '../engine/model.ts';
import { mergePartitions } from '../engine/reconcile-partition.ts';
import { isPromise } from '../engine/soon.ts';
import type {
  Decision,
  PartitionCursor,
  PartitionRange,
  Reader,
  ReadOptions,
  Soon,
  Storage,
  TableScan,
  WriteClock,
} from '../engine/storage.ts';
import type { Functions } from '../functions/api.ts';
import type { Schema, TableSchema } from '../schema/model.ts';
import type { Value } from '../types/api.ts';
import { ViewReader } from './view-cursor.ts';
import { viewMutations } from './view-mutations.ts';
import { type ViewPlan, viewPlan } from './view-plan.ts';

export interface ViewStorageModules {
  readonly storage: Storage;
  /** Its times rise in the order of the journal when they are taken in decisions. */
  readonly clock: WriteClock;
  readonly functions: Functions;
  /** Latest schema. */
  schema(): Schema;
  /** Milliseconds since 1970. */
  now(): number;
}

type PlansOfTables = ReadonlyMap<string, readonly ViewPlan[]>;

export class ViewStorage implements Storage {
  readonly #modules: ViewStorageModules;
  readonly #reader: ViewReader;
  #plans: PlansOfTables = new Map();
  #plannedFor: Schema | undefined;

  constructor(modules: ViewStorageModules) {
    this.#modules = modules;
    this.#reader = new ViewReader(modules.storage, this.seconds);
  }

  read(table: TableSchema, key: Value, options?: ReadOptions): Soon<PartitionCursor | undefined> {
    return this.#reader.read(table, key, options);
  }

  scan(table: TableSchema, range: PartitionRange, options?: ReadOptions): TableScan {
    return this.#reader.scan(table, range, options);
  }

  write(mutations: readonly Mutation[]): Promise<void> {
    const { storage } = this.#modules;
    const plans = this.#current();
    const decide = (reader: Reader) => this.#extended(reader, { mutations, result: undefined });
    if (plans.size > 0 && mutations.some(({ table }) => plans.has(table))) return storage.decide(decide);
    return storage.write(mutations, decide);
  }

  decide<Result>(decide: (reader: Reader) => Soon<Decision<Result>>): Promise<Result> {
    return this.#modules.storage.decide((reader) => {
      const deciding = decide(new ViewReader(reader, this.seconds));
      return isPromise(deciding)
        ? deciding.then((decision) => this.#extended(reader, decision))
        : this.#extended(reader, deciding);
    });
  }

  truncate(...tables: readonly TableSchema[]): Promise<void> {
    const plans = this.#current();
    const views = tables.flatMap(({ id }) => (plans.get(id) ?? []).map(({ view }) => view));
    return this.#modules.storage.truncate(...tables, ...views);
  }

  /** Of a view that the latest schema has. */
  planOf(view: TableSchema): ViewPlan | undefined {
    for (const plans of this.#current().values())
      for (const plan of plans) if (plan.view.id === view.id) return plan;
    return undefined;
  }

  readonly seconds = (): number => Math.floor(this.#modules.now() / 1000);

  #extended<Result>(reader: Reader, decision: Decision<Result>): Soon<Decision<Result>> {
    const plans = this.#current();
    if (plans.size === 0 || !decision.mutations.some(({ table }) => plans.has(table))) return decision;
    return this.#extend(reader, plans, decision);
  }

  async #extend<Result>(
    reader: Reader,
    plans: PlansOfTables,
    { mutations, result }: Decision<Result>,
  ): Promise<Decision<Result>> {
    const moment = { stamp: this.#modules.clock.next(), now: this.seconds() };
    const all = onePerPartition(mutations, plans);
    const further: Mutation[] = [];
    for (const mutation of all) {
      const of = plans.get(mutation.table);
      if (of !== undefined) further.push(...(await viewMutations(reader, of, mutation, moment)));
    }
    return { mutations: [...all, ...further], result };
  }

  #current(): PlansOfTables {
    const { functions } = this.#modules;
    const schema = this.#modules.schema();
    if (schema === this.#plannedFor) return this.#plans;
    const plans = new Map<string, readonly ViewPlan[]>();
    for (const { tables } of schema.keyspaces.values()) {
      for (const view of tables.values()) {
        if (view.view === undefined) continue;
        const base = tables.get(view.view.baseTable)!;
        plans.set(base.id, [...(plans.get(base.id) ?? []), viewPlan(view, base, schema, functions)]);
      }
    }
    this.#plans = plans;
    this.#plannedFor = schema;
    return plans;
  }
}

/** Mutations of one partition of a table with views become one, as rows are computed from all that is written to them. */
function onePerPartition(mutations: readonly Mutation[], plans: PlansOfTables): readonly Mutation[] {
  if (mutations.length === 1) return mutations;
  const merged = new Map<string, PartitionData>();
  for (const [at, mutation] of mutations.entries()) {
    const layout = plans.get(mutation.table)?.at(0)?.baseLayout;
    const name =
      layout === undefined ? `${at}` : `${mutation.table} ${Buffer.from(mutation.key).toString('hex')}`;
    const before = merged.get(name);
    merged.set(name, before === undefined ? mutation : mergePartitions(before, mutation, layout!));
  }
  return [...merged.values()];
}
