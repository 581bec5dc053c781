/** Events of resources: kept for 14 days, a bounded number per account and region. */
import type { EventRecord } from '../model/control-records.ts';
import { eventKey, eventSort, eventTable, type Scope, scopePartition } from '../model/control-tables.ts';
import { controlLimits } from './limits.ts';
import { arnOf, type ResourceKind } from './names.ts';
import type { ControlStore, ControlWrite } from './store.ts';

export const sourceTypes = {
  'db-instance': 'db',
  'db-cluster': 'cluster',
  'db-snapshot': 'snapshot',
  'db-cluster-snapshot': 'cluster-snapshot',
  'db-parameter-group': 'pg',
} as const satisfies Record<string, ResourceKind>;
export type SourceType = keyof typeof sourceTypes;

/** Categories by the kind of source, as DescribeEventCategories lists them. */
export const eventCategories: Readonly<Record<SourceType, readonly string[]>> = {
  'db-instance': [
    'availability',
    'backup',
    'configuration change',
    'creation',
    'deletion',
    'failover',
    'failure',
    'maintenance',
    'notification',
    'read replica',
    'recovery',
    'restoration',
  ],
  'db-cluster': ['configuration change', 'creation', 'deletion', 'failover', 'failure', 'notification'],
  'db-snapshot': ['creation', 'deletion', 'failure', 'notification', 'restoration'],
  'db-cluster-snapshot': ['backup', 'notification'],
  'db-parameter-group': ['configuration change'],
};

const dayMs = 24 * 3600 * 1000;

export class EventLog {
  readonly #store: ControlStore;
  readonly #nowMs: () => number;
  /** Events of each partition, counted when the first of this process is written. */
  readonly #counts = new Map<string, number>();
  #number = 0;

  constructor(store: ControlStore, nowMs: () => number) {
    this.#store = store;
    this.#nowMs = nowMs;
  }

  /** One new event, and the end of some that are too old or too many. */
  async add(
    scope: Scope,
    sourceType: SourceType,
    source: string,
    category: string,
    message: string,
  ): Promise<void> {
    const ms = this.#nowMs();
    const number = (this.#number = (this.#number + 1) % 2 ** 32);
    const { account, region } = scope;
    const row: EventRecord = {
      account,
      region,
      ms,
      number,
      sourceType,
      source,
      arn: arnOf(scope, sourceTypes[sourceType], source),
      categories: [category],
      message,
    };
    const old = await this.#old(scope, ms);
    const { domain } = this.#store;
    const writes: ControlWrite[] = old.map((sort) => ({
      kind: 'remove',
      domain,
      table: eventTable,
      key: { partition: scopePartition(scope), sort },
    }));
    const key = eventKey(scope, ms, number);
    await this.#store.write({ kind: 'put', domain, table: eventTable, key, row }, ...writes);
    const name = scopePartition(scope).toString();
    this.#counts.set(name, this.#counts.get(name)! + 1 - old.length);
  }

  async *between(scope: Scope, fromMs: number, toMs: number, after?: Buffer): AsyncGenerator<EventRecord> {
    const { domain } = this.#store;
    const partition = scopePartition(scope);
    const lower = after === undefined ? { gte: eventSort(fromMs) } : { gt: after };
    const cursor = domain.cursor(eventTable, partition, { ...lower, lt: eventSort(toMs + 1) });
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      const found = await domain.get(eventTable, { partition, sort: entry.sort });
      if (found !== undefined) yield found.row;
    }
  }

  async #old(scope: Scope, nowMs: number): Promise<readonly Uint8Array[]> {
    const name = scopePartition(scope).toString();
    const count = this.#counts.get(name) ?? (await this.#store.count(eventTable, scope));
    this.#counts.set(name, count);
    const limit = controlLimits.eventsRemovedPerWrite;
    const partition = scopePartition(scope);
    const oldest = await this.#store.domain.scan(eventTable, partition, { limit });
    const end = eventSort(nowMs - controlLimits.eventDaysMax * dayMs);
    const tooMany = count + 1 - controlLimits.eventsMax;
    return oldest
      .filter(({ sort }, index) => index < tooMany || Buffer.compare(sort, end) < 0)
      .map(({ sort }) => sort);
  }
}
