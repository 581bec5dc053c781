/**
 * The registry of buckets: one domain of its own at a fixed address, a record per bucket, and a bounded cache of open
 * bucket domains. All bucket changes of a gateway pass through here, which is what keeps the cache true.
 */
import { createHash } from 'node:crypto';
import {
  ConditionFailed,
  DomainNotEmpty,
  DomainUnknown,
  type DomainWrite,
  type TableDomain,
  type TableStore,
} from '@hypergate/table';
import { noBytes, utf8 } from '../engine/bytes.ts';
import type { Notifications } from '../engine/notification.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { BucketRow } from '../model/bucket.ts';
import { bucketDocumentsTable, documentKey } from '../model/bucket-document.ts';
import { notificationsDocument } from '../model/notification.ts';
import { bucketKey, bucketsByOwner, bucketsTable, nameOf } from '../model/tables.ts';
import { documentRemovals } from './documents.ts';

/** An existing bucket, open. */
export interface Bucket {
  readonly name: string;
  readonly row: BucketRow;
  readonly domain: TableDomain;
  /** Who is told of changes; undefined when nobody is. */
  readonly notifications: Notifications | undefined;
}

export interface NewBucket {
  readonly ownerAccountId: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly region: string;
  readonly createdMs: number;
}

export const registryAddress = createHash('sha256').update('hypergate/s3/registry/v1').digest();

export class Buckets {
  readonly #tables: TableStore;
  #registry: TableDomain | undefined;
  /** In order of use, least recent first. */
  readonly #open = new Map<string, Bucket>();
  readonly #loading = new Map<string, Promise<Bucket | undefined>>();
  /** Raised by every removal and change: a load that began before it must not enter the cache. */
  #changes = 0;

  constructor(tables: TableStore) {
    this.#tables = tables;
  }

  /** Also after everything was emptied. */
  async open(): Promise<void> {
    this.#changes += 1;
    this.#open.clear();
    this.#registry = await this.#tables.ensureDomain(registryAddress);
  }

  get registry(): TableDomain {
    if (this.#registry === undefined) throw new Error('the registry of buckets is not open');
    return this.#registry;
  }

  /** At once when the bucket is cached. */
  find(name: string): Bucket | undefined | Promise<Bucket | undefined> {
    const cached = this.#open.get(name);
    if (cached === undefined) return this.#load(name);
    this.#open.delete(name);
    this.#open.set(name, cached);
    return cached;
  }

  /**
   * @param documents of the bucket, written in its transaction
   * @returns the bucket that stands there already, when one does
   * @throws OperationAborted when others always came first and went
   */
  async create(
    name: string,
    bucket: NewBucket,
    documents: readonly DomainWrite[] = [],
  ): Promise<{ readonly existing: Bucket | undefined }> {
    for (let attempt = 0; attempt < s3Limits.conflictRetriesMax; attempt += 1) {
      const existing = await this.find(name);
      if (existing !== undefined) return { existing };
      if (await this.#createNow(name, bucket, documents)) return { existing: undefined };
    }
    throw s3Error('OperationAborted');
  }

  /** @returns false when another request was first, whose bucket may be gone again */
  async #createNow(name: string, bucket: NewBucket, documents: readonly DomainWrite[]): Promise<boolean> {
    const domain = this.#tables.prepareDomain();
    const row: BucketRow = {
      ownerAccountId: bucket.ownerAccountId,
      ownerId: bucket.ownerId,
      ownerName: bucket.ownerName,
      region: bucket.region,
      createdMs: bucket.createdMs,
      address: domain.address,
      versioning: 'off',
    };
    const record: DomainWrite = {
      domain: this.registry,
      kind: 'put',
      table: bucketsTable,
      key: bucketKey(name),
      row,
      condition: 'absent',
    };
    try {
      await this.#tables.transact([record, { domain, kind: 'create-domain' }, ...documents]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      return false;
    }
    return true;
  }

  /**
   * Changes the bucket's record on its revision; requests that begin when this has returned see the change.
   * @param change may be called again after a conflict
   */
  async update(bucket: Bucket, change: (row: BucketRow) => BucketRow): Promise<'updated' | 'missing'> {
    const key = bucketKey(bucket.name);
    try {
      for (let attempt = 0; attempt < s3Limits.conflictRetriesMax; attempt += 1) {
        const stored = await this.registry.get(bucketsTable, key);
        if (stored === undefined || Buffer.compare(stored.row.address, bucket.row.address) !== 0)
          return 'missing';
        const row = change(stored.row);
        const condition = { revision: stored.revision };
        try {
          await this.#tables.transact([
            { domain: this.registry, kind: 'put', table: bucketsTable, key, row, condition },
          ]);
          return 'updated';
        } catch (error) {
          if (!(error instanceof ConditionFailed)) throw error;
        }
      }
    } finally {
      this.#forget(bucket.name);
    }
    throw s3Error('OperationAborted');
  }

  /** A document of it that is kept with it was changed; requests that begin from now on see the change. */
  changed(bucket: Bucket): void {
    this.#forget(bucket.name);
  }

  /**
   * One transaction: the record, its documents and the domain go together.
   * @returns `not-empty` when something stands in the bucket, `changed` when it was configured meanwhile
   */
  async remove(bucket: Bucket): Promise<'removed' | 'missing' | 'not-empty' | 'changed'> {
    const stored = await this.registry.get(bucketsTable, bucketKey(bucket.name));
    if (stored === undefined || Buffer.compare(stored.row.address, bucket.row.address) !== 0) {
      this.#forget(bucket.name);
      return 'missing';
    }
    const documents = await documentRemovals(this.registry, bucket.name);
    try {
      await this.#tables.transact([
        {
          domain: this.registry,
          kind: 'remove',
          table: bucketsTable,
          key: bucketKey(bucket.name),
          condition: { revision: stored.revision },
        },
        ...documents,
        { domain: bucket.domain, kind: 'remove-domain' },
      ]);
      return 'removed';
    } catch (error) {
      if (error instanceof DomainNotEmpty) return 'not-empty';
      // Its record or a document is another than was read: the caller looks again.
      if (error instanceof ConditionFailed) return 'changed';
      if (error instanceof DomainUnknown) return 'missing';
      throw error;
    } finally {
      this.#forget(bucket.name);
    }
  }

  /** Buckets of one account in order of their names, those after `after`. */
  async owned(
    accountId: string,
    options: { readonly prefix: string; readonly after: string | undefined; readonly limit: number },
  ): Promise<{ readonly name: string; readonly projection: Uint8Array }[]> {
    const found: { readonly name: string; readonly projection: Uint8Array }[] = [];
    const start = options.after === undefined ? { gte: utf8(options.prefix) } : { gt: utf8(options.after) };
    const cursor = this.registry.cursorSecondary(bucketsByOwner, utf8(accountId), start);
    while (found.length < options.limit) {
      const entry = await cursor.next();
      if (entry === undefined) break;
      const name = nameOf(entry.sort);
      if (!name.startsWith(options.prefix)) {
        if (name > options.prefix) break;
        continue;
      }
      found.push({ name, projection: entry.projection });
    }
    return found;
  }

  /** Every bucket of every account. */
  async names(): Promise<string[]> {
    const entries = await this.registry.scan(bucketsTable, noBytes, {});
    return entries.map((entry) => nameOf(entry.sort));
  }

  #load(name: string): Promise<Bucket | undefined> {
    const running = this.#loading.get(name);
    if (running !== undefined) return running;
    const load = this.#read(name).finally(() => {
      if (this.#loading.get(name) === load) this.#loading.delete(name);
    });
    this.#loading.set(name, load);
    return load;
  }

  async #read(name: string): Promise<Bucket | undefined> {
    const changes = this.#changes;
    const stored = await this.registry.get(bucketsTable, bucketKey(name));
    if (stored === undefined) return undefined;
    let domain: TableDomain;
    try {
      domain = await this.#tables.openDomain(stored.row.address);
    } catch (error) {
      if (error instanceof DomainUnknown) return undefined;
      throw error;
    }
    const document = await this.registry.get(
      bucketDocumentsTable,
      documentKey(name, notificationsDocument.name),
    );
    const notifications =
      document === undefined ? undefined : notificationsDocument.decode(document.row.content);
    const bucket: Bucket = { name, row: stored.row, domain, notifications };
    if (changes === this.#changes) this.#remember(bucket);
    return bucket;
  }

  #remember(bucket: Bucket): void {
    this.#open.set(bucket.name, bucket);
    if (this.#open.size <= s3Limits.bucketCacheEntriesMax) return;
    for (const oldest of this.#open.keys()) {
      this.#open.delete(oldest);
      return;
    }
  }

  /** What is read from now on is new: nobody joins a load that began before. */
  #forget(name: string): void {
    this.#changes += 1;
    this.#loading.delete(name);
    this.#open.delete(name);
  }
}
