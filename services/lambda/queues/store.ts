/** Records of queues: found, made, changed under conditions, listed. */
import { ConditionFailed, type DomainWrite, type StoredRecord } from '@hypergate/table';
import { type Scope, scopePartition } from '../model/tables.ts';
import type { LambdaBase } from '../store/context.ts';
import { queueError, queueMissing } from './errors.ts';
import { queueLimits } from './limits.ts';
import { parseArn, type QueueName } from './names.ts';
import { type QueueRow, queueIndexes, queueKey, queuesTable } from './tables.ts';

export type StoredQueue = StoredRecord<QueueRow>;

const noNames = Buffer.alloc(0);

export class QueueStore {
  readonly #base: LambdaBase;

  constructor(base: LambdaBase) {
    this.#base = base;
  }

  get(name: QueueName): Promise<StoredQueue | undefined> {
    return this.#base.domain.get(queuesTable, queueKey(name));
  }

  /** @throws AwsError QueueDoesNotExist */
  async require(name: QueueName): Promise<StoredQueue> {
    const found = await this.get(name);
    if (found === undefined) throw queueMissing();
    return found;
  }

  async find(arn: string): Promise<StoredQueue | undefined> {
    const name = parseArn(arn);
    return name === undefined ? undefined : this.get(name);
  }

  /** @returns false when there is one of this name already */
  async create(row: QueueRow): Promise<boolean> {
    const { domain, tables } = this.#base;
    try {
      await tables.transact([
        { kind: 'put', domain, table: queuesTable, key: queueKey(row), row, condition: 'absent' },
      ]);
      return true;
    } catch (error) {
      if (error instanceof ConditionFailed) return false;
      throw error;
    }
  }

  /** @param change may be asked again when somebody else was faster. @throws AwsError QueueDoesNotExist */
  async change(name: QueueName, change: (row: QueueRow) => QueueRow | Promise<QueueRow>): Promise<void> {
    await this.#write(name, async ({ row, revision }) => {
      const { domain } = this.#base;
      const changed = await change(row);
      const condition = { revision };
      return [{ kind: 'put', domain, table: queuesTable, key: queueKey(name), row: changed, condition }];
    });
  }

  /** @param more written in the same transaction. @throws AwsError QueueDoesNotExist */
  async remove(name: QueueName, more: (row: QueueRow) => readonly DomainWrite[]): Promise<void> {
    await this.#write(name, ({ row, revision }) => {
      const { domain } = this.#base;
      const condition = { revision };
      return [{ kind: 'remove', domain, table: queuesTable, key: queueKey(name), condition }, ...more(row)];
    });
  }

  async #write(
    name: QueueName,
    writesFor: (queue: StoredQueue) => readonly DomainWrite[] | Promise<readonly DomainWrite[]>,
  ): Promise<void> {
    for (let attempt = 0; attempt < queueLimits.attemptsMax; attempt += 1) {
      const writes = await writesFor(await this.require(name));
      try {
        await this.#base.tables.transact(writes);
        return;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
    throw overtaken();
  }

  /** Names in order, behind `after`. */
  async list(scope: Scope, prefix: string, after: string | undefined, limit: number): Promise<string[]> {
    const from =
      after === undefined || after < prefix ? { gte: Buffer.from(prefix) } : { gt: Buffer.from(after) };
    const cursor = this.#base.domain.cursor(queuesTable, scopePartition(scope), from);
    const names: string[] = [];
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      const name = Buffer.from(entry.sort).toString();
      if (!name.startsWith(prefix) || names.length === limit) break;
      names.push(name);
    }
    return names;
  }

  /** Queues whose dead letters go there, behind `after`. */
  async sourcesOf(targetArn: string, after: string | undefined, limit: number): Promise<QueueName[]> {
    const options = { limit, ...(after === undefined ? {} : { gt: Buffer.from(after) }) };
    return this.#names(queueIndexes.byTarget, Buffer.from(targetArn), options);
  }

  /** Of all accounts. */
  all(): Promise<QueueName[]> {
    return this.#names(queueIndexes.all, noNames, {});
  }

  async #names(
    index: string,
    partition: Buffer,
    options: { limit?: number; gt?: Buffer },
  ): Promise<QueueName[]> {
    const cursor = this.#base.domain.cursorSecondary(index, partition, options);
    const names: QueueName[] = [];
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      const [account = '', region = '', name = ''] = Buffer.from(entry.sort).toString().split('/');
      names.push({ account, region, name });
    }
    return names;
  }
}

/** As `sourcesOf` takes it for `after`. */
export const placeOf = ({ account, region, name }: QueueName): string => `${account}/${region}/${name}`;

export const overtaken = () =>
  queueError(
    'InternalFailure',
    'Others changed the same at the same time, again and again. Please try again.',
  );
