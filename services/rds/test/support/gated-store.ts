/** A store whose transactions can be withheld, counted, refused or lost on the way. */
import { NodeError, type NodeErrorCode } from '@hypergate/node/api';
import type { Applied, DomainWrite, TableStore } from '@hypergate/table';
import type { InstanceStore } from '../../model/instance-store.ts';

export class Gate {
  /** Transactions that were asked for. */
  asked = 0;
  /** Those of one that waits, to look at. */
  writes: readonly DomainWrite[] = [];
  #closed: PromiseWithResolvers<void> | undefined;
  #failing: NodeErrorCode | undefined;
  #arrived: (() => void)[] = [];

  /** Transactions wait from now on. */
  close(): void {
    this.#closed ??= Promise.withResolvers<void>();
  }

  open(): void {
    this.#closed?.resolve();
    this.#closed = undefined;
  }

  /** Transactions fail from now on; undefined: no more. */
  fail(code: NodeErrorCode | undefined): void {
    this.#failing = code;
  }

  /** The next transaction that is asked for. */
  next(): Promise<void> {
    return new Promise((resolve) => this.#arrived.push(resolve));
  }

  /** @internal */
  async pass(writes: readonly DomainWrite[]): Promise<void> {
    this.asked++;
    this.writes = writes;
    for (const arrived of this.#arrived.splice(0)) arrived();
    await this.#closed?.promise;
    if (this.#failing !== undefined) throw new NodeError(this.#failing, 'as the test wants it');
  }
}

export function gatedStore(store: InstanceStore): { readonly store: InstanceStore; readonly gate: Gate } {
  const gate = new Gate();
  return { store: { ...store, tables: gatedTables(store.tables, gate) }, gate };
}

export function gatedTables(tables: TableStore, gate: Gate): TableStore {
  return {
    prepareDomain: (address) => tables.prepareDomain(address),
    openDomain: (address) => tables.openDomain(address),
    ensureDomain: (address) => tables.ensureDomain(address),
    async transact(writes, options): Promise<Applied> {
      await gate.pass(writes);
      return tables.transact(writes, options);
    },
    stageData: (source, signal) => tables.stageData(source, signal),
    unstage: (staged) => tables.unstage?.(staged),
    prove: (subjects, options) => tables.prove(subjects, options),
    readData: (data, offset, length, signal) => tables.readData(data, offset, length, signal),
  };
}
