/**
 * How calls ended. A call that uses a key is recorded before it does, so its end needs a second record: ends are gathered and recorded in
 * groups, a moment after the answers. A crash loses the last group: then the trail says that those calls were allowed to begin, and
 * not how they ended.
 */
import type { ServiceModules } from '@hypergate/kit';
import type { TableDefinition, TableDomain, TableStore } from '@hypergate/table';
import { gatewayLimits } from '../limits.ts';
import { RowWriter, readAll } from '../model/fields.ts';
import { outcomeKey } from '../model/tables.ts';

export interface CallOutcome {
  /** Names the audit row. */
  readonly timeMs: number;
  readonly requestId: string;
  readonly operation: string;
  readonly keyIds: readonly string[];
  /** `ok`, or the code of the error that the caller was answered. */
  readonly outcome: string;
  /** A key was used for what keys are for. */
  readonly cryptographic: boolean;
}

export type OutcomeRow = readonly CallOutcome[];

const version = 1;

function encode(row: OutcomeRow): Uint8Array {
  const to = new RowWriter();
  to.list(row, (one) => {
    to.u64(one.timeMs).string(one.requestId).string(one.operation);
    to.list(one.keyIds, (keyId) => to.string(keyId));
    to.string(one.outcome).u8(one.cryptographic ? 1 : 0);
  });
  return to.done();
}

/** @throws ProofRefused */
const decode = (bytes: Uint8Array): OutcomeRow =>
  readAll(bytes, (from) =>
    from.list('the ends of calls', () => ({
      timeMs: from.u64('the time'),
      requestId: from.string('the request id'),
      operation: from.string('the operation'),
      keyIds: from.list('the keys', () => from.string('a key id')),
      outcome: from.string('the outcome'),
      cryptographic: from.flag('the mark of a use'),
    })),
  );

/** Last successful uses: partition key id, sort as in the table, projection the use itself as a row of one. */
export const usesByKey = 'kms.outcomes.key';

/** Under the name of the first audit row of the group. */
export const outcomesTable: TableDefinition<OutcomeRow> = {
  name: 'kms.outcomes',
  description: 'How calls ended that were recorded before a key was used',
  formats: [{ version, encode, decode }],
  index: () => Buffer.alloc(0),
  secondary: (row, { sort }) =>
    [...lastUses(row)].map(([keyId, use]) => ({
      index: usesByKey,
      partition: Buffer.from(keyId),
      sort,
      projection: encode([{ ...use, keyIds: [] }]),
    })),
};

function lastUses(row: OutcomeRow): ReadonlyMap<string, CallOutcome> {
  const uses = new Map<string, CallOutcome>();
  for (const one of row) {
    if (!one.cryptographic || one.outcome !== 'ok') continue;
    for (const keyId of one.keyIds) if ((uses.get(keyId)?.timeMs ?? 0) <= one.timeMs) uses.set(keyId, one);
  }
  return uses;
}

export interface OutcomesModules {
  readonly tables: Pick<TableStore, 'transact'>;
  readonly domain: TableDomain;
  readonly logger: ServiceModules['logger'];
  onLost(count: number): void;
}

export class Outcomes {
  readonly #modules: OutcomesModules;
  #waiting: CallOutcome[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(modules: OutcomesModules) {
    this.#modules = modules;
  }

  add(outcome: CallOutcome): void {
    this.#waiting.push(outcome);
    if (this.#waiting.length > gatewayLimits.outcomesWaitingMax) {
      this.#waiting.shift();
      this.#modules.onLost(1);
    }
    if (this.#waiting.length >= gatewayLimits.outcomesPerGroup) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), gatewayLimits.outcomeDelayMs).unref();
  }

  /** Resolves when all that was added before is recorded, or lost and reported. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** The last use of a key, of those that are recorded. */
  async lastUse(keyId: string): Promise<CallOutcome | undefined> {
    const { domain } = this.#modules;
    await this.flush();
    const cursor = domain.cursorSecondary(usesByKey, Buffer.from(keyId), { reverse: true, limit: 1 });
    const entry = await cursor.next();
    return entry === undefined ? undefined : decode(entry.projection)[0];
  }

  #nextGroup(): OutcomeRow {
    const keys = new Set<string>();
    let count = 0;
    for (const { keyIds } of this.#waiting) {
      if (count === gatewayLimits.outcomesPerGroup) break;
      for (const keyId of keyIds) keys.add(keyId);
      if (count > 0 && keys.size > gatewayLimits.keysPerGroup) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const row = this.#nextGroup();
      const { tables, domain, logger, onLost } = this.#modules;
      try {
        await tables.transact([{ kind: 'put', domain, table: outcomesTable, key: outcomeKey(row[0]!), row }]);
      } catch (error) {
        onLost(row.length);
        logger.error({ err: error, calls: row.length }, 'the ends of calls could not be recorded');
      }
    }
  }
}
