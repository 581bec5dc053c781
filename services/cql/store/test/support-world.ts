/** A node in memory, tables over it, and the stores of a test, which are closed with it. */
import type { LocalNodePorts } from '@hypergate/node/api';
import type { EmbeddedNode } from '@hypergate/node/embedded';
import type { OpenTables } from '@hypergate/table';
import { expect } from 'vitest';
import { openNode, openStore } from '../../test/support/tables.ts';
import { until } from '../../test/support/until.ts';
import type { CqlStore } from '../cql-store.ts';
import { openCqlStore, type StoreOptions } from './support.ts';

/** What else a store is opened over: another gateway has tables of its own. */
interface Below {
  readonly node?: LocalNodePorts;
  readonly tables?: OpenTables;
}

export class StoreWorld {
  readonly node: EmbeddedNode;
  /** Of the stores that are not opened over others. */
  readonly tables: OpenTables;
  readonly closing: AsyncDisposableStack;
  readonly failures: unknown[] = [];
  /** For stores whose failures are no reason to stop at once: `settled` finds them. */
  readonly failed = (error: unknown): void => void this.failures.push(error);

  private constructor(node: EmbeddedNode, tables: OpenTables, closing: AsyncDisposableStack) {
    this.node = node;
    this.tables = tables;
    this.closing = closing;
  }

  static async open(): Promise<StoreWorld> {
    await using opened = new AsyncDisposableStack();
    const { node } = await openNode();
    opened.defer(() => node.close());
    const tables = await openStore(node);
    opened.defer(() => tables.close());
    return new StoreWorld(node, tables, opened.move());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.closing.disposeAsync();
  }

  async openTables(node: LocalNodePorts = this.node): Promise<OpenTables> {
    const tables = await openStore(node);
    this.closing.defer(() => tables.close());
    return tables;
  }

  async openStore(
    options: StoreOptions = {},
    { node = this.node, tables = this.tables }: Below = {},
  ): Promise<CqlStore> {
    const store = await openCqlStore(node, tables, options);
    this.closing.defer(() => store.close());
    return store;
  }

  /** Waits until all is settled that was written. */
  async settled(store: CqlStore): Promise<void> {
    void store.settle();
    await until(() => this.failures.length > 0 || store.unsettledBytes === 0);
    expect(this.failures).toEqual([]);
  }
}
