/**
 * Writes records of invocations behind their answers, many in one transaction. A crash loses what was answered in the last moments; what is
 * written is provable like any other record. While they cannot be written they wait, up to a limit.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { DomainWrite } from '@hypergate/table';
import { lambdaError } from '../engine/errors.ts';
import type { LambdaBase } from '../store/context.ts';
import { invokeLimits } from './limits.ts';
import {
  type InvocationRow,
  invocationKey,
  invocationsTable,
  invocationTimes,
  namedBy,
  timeSort,
} from './record-table.ts';
import type { Timers } from './timers.ts';

/** For the transaction of whoever keeps the record of an invocation. */
export const invocationWrite = (domain: LambdaBase['domain'], row: InvocationRow): DomainWrite => ({
  kind: 'put',
  domain,
  table: invocationsTable,
  key: invocationKey(row, row.requestId),
  row,
});

type RecorderModules = Pick<LambdaBase, 'tables' | 'domain' | 'clock' | 'logger'> & {
  readonly timers: Timers;
};

export class Recorder {
  readonly #modules: RecorderModules;
  #waiting: InvocationRow[] = [];
  #writing: Promise<void> | undefined;
  #takeBack: (() => void) | undefined;
  #isStopped = false;

  constructor(modules: RecorderModules) {
    this.#modules = modules;
  }

  /** @throws AwsError when too many wait: nothing may be invoked then */
  check(): void {
    if (this.#waiting.length >= invokeLimits.recordsWaitingMax)
      throw lambdaError('ServiceException', 'Records of invocations cannot be written at present.', {
        Type: 'Service',
      });
  }

  add(row: InvocationRow): void {
    this.#waiting.push(row);
    if (this.#writing === undefined) this.#soon(invokeLimits.recordDelayMs);
  }

  /** All that was added is written. @throws when it cannot be */
  async flush(): Promise<void> {
    this.#takeBack?.();
    this.#takeBack = undefined;
    while (this.#waiting.length > 0) await this.#write();
  }

  /** Nothing is written any more unless it is asked for. */
  stop(): void {
    this.#isStopped = true;
    this.#takeBack?.();
    this.#takeBack = undefined;
  }

  /** Removes all records beyond their time, some in each transaction; ends early when it is stopped. @returns how many */
  async sweep(): Promise<number> {
    let removed = 0;
    for (;;) {
      const count = await this.#sweepSome();
      removed += count;
      if (count < invokeLimits.recordsSweptAtOnce || this.#isStopped) return removed;
      // As many come as are invoked: calls go first.
      await turn();
    }
  }

  async #sweepSome(): Promise<number> {
    const { tables, domain, clock } = this.#modules;
    const lt = timeSort(clock.now() - invokeLimits.recordsKeptMs);
    const cursor = domain.cursorSecondary(invocationTimes, Buffer.alloc(0), { lt });
    const writes: DomainWrite[] = [];
    while (writes.length < invokeLimits.recordsSweptAtOnce) {
      const entry = await cursor.next();
      if (entry === undefined) break;
      const { account, region, requestId } = namedBy(entry.projection);
      const key = invocationKey({ account, region }, requestId);
      writes.push({ kind: 'remove', domain, table: invocationsTable, key });
    }
    if (writes.length > 0) await tables.transact(writes);
    return writes.length;
  }

  #soon(ms: number): void {
    this.#takeBack ??= this.#modules.timers.later(ms, () => {
      this.#takeBack = undefined;
      this.#write().catch((error: unknown) => {
        this.#modules.logger.error({ err: error }, 'records of invocations were not written; they wait');
      });
    });
  }

  /** One at a time writes, whoever asked for it. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().then(
      () => this.#rest(invokeLimits.recordDelayMs),
      (error: unknown) => {
        this.#rest(invokeLimits.recordRetryMs);
        throw error;
      },
    );
    return this.#writing;
  }

  #rest(ms: number): void {
    this.#writing = undefined;
    if (this.#waiting.length > 0) this.#soon(ms);
  }

  /** What comes meanwhile waits for others again. */
  async #writeAll(): Promise<void> {
    for (let left = this.#waiting.length; left > 0; left -= invokeLimits.recordsPerTransaction) {
      await this.#writeSome();
      // Calls that came meanwhile go first.
      await turn();
    }
  }

  /** Rows leave when they are written: the same rows again are the same records. */
  async #writeSome(): Promise<void> {
    const { tables, domain } = this.#modules;
    const rows = this.#waiting.slice(0, invokeLimits.recordsPerTransaction);
    await tables.transact(rows.map((row) => invocationWrite(domain, row)));
    this.#waiting = this.#waiting.slice(rows.length);
  }
}
