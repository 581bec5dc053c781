/**
 * Amazon S3 on tables of the hypergraph. A bucket is a domain; an object is a record with its headers, and its bytes are
 * inline in the record or blobs beside it; listings come from the private index and open no record.
 *
 * Supported: buckets, versioning, objects with ranges and conditions, copies, batch deletion, the listings, multipart
 * uploads, user metadata, additional checksums (CRC32, CRC32C, CRC64NVME, SHA-1, SHA-256, SHA-512, MD5), tags of objects and
 * buckets, ownership controls (kept and shown), event notifications to functions and queues, and what tools ask a bucket before
 * they use it.
 *
 * Not supported, and answered with `NotImplemented` (501) or the error AWS has for it:
 * - MFA delete (a configuration that asks for it is refused);
 * - ACLs beyond `private` and `bucket-owner-full-control`; bucket policies; public access;
 * - encryption with keys of the client or of KMS (everything at rest is encrypted by the node);
 * - writing bucket configuration (lifecycle, CORS, website, replication, logging, …);
 * - event notifications to topics and to EventBridge; `x-amz-id-2` in their records;
 * - object lock, legal hold, restore, select, torrent, append, rename;
 * - XXHASH as additional checksum;
 * - directory buckets, access points, requests to another region (every region is served here).
 *
 * More lenient than AWS: a bucket without location constraint may be made through any region's endpoint; parts of an upload
 * with a checksum algorithm may come without checksum, and their checksums may be left out of CompleteMultipartUpload;
 * GetObjectAttributes lists the parts of every multipart object; only DeleteObjects and PutBucketTagging must bring a digest of
 * their document (whatever comes is checked everywhere); a deletion may ask for date and size, and also name a version together
 * with any condition; a write may give If-None-Match an entity tag; filters of event notifications are held against a key as it is
 * and as events show it, and a deletion that finds nothing is told to nobody.
 */
import type {
  AwsServiceDefinition,
  ContainerUsage,
  ProofQuery,
  Service,
  ServiceHealth,
  ServiceModules,
  TableSummary,
  UsageQuery,
} from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/s3';
import type { TableStore } from '@hypergate/table';
import { s3Tables } from './model/tables.ts';
import { operations } from './ops/index.ts';
import { BlobGuard } from './store/blob-guard.ts';
import { Buckets } from './store/buckets.ts';
import type { S3Context } from './store/context.ts';
import { KeyTurns } from './store/key-turns.ts';
import { Outbox } from './store/outbox.ts';
import { proveTarget } from './store/prove-target.ts';
import { emptyEverything } from './store/reset.ts';
import { Sweeper } from './store/sweeper.ts';
import { measureUsage } from './store/usage.ts';
import { s3Discriminators } from './wire/route.ts';

/** Node and tables as the composition root gives them. */
export type S3Modules = ServiceModules<unknown, TableStore>;

export function createService(modules: S3Modules): Service {
  return new S3Service(modules);
}

class S3Service implements Service {
  readonly name = 's3';
  readonly protocol = 'aws';
  readonly listeners = [];
  readonly tables: readonly TableSummary[] = s3Tables.map(({ name, description }) => ({ name, description }));
  readonly aws: AwsServiceDefinition;
  readonly #context: S3Context;
  #state: 'new' | 'started' | 'stopped' = 'new';

  constructor(modules: S3Modules) {
    const { tables, logger, clock, random } = modules;
    const targets = () => modules.targets?.();
    const buckets = new Buckets(tables);
    const guard = new BlobGuard(() => sweeper.wake());
    const sweeper: Sweeper = new Sweeper(tables, buckets, guard, logger);
    const registry = () => buckets.registry;
    const outbox = new Outbox({ tables, registry, targets, clock, random, log: logger });
    this.#context = { tables, buckets, guard, sweeper, turns: new KeyTurns(), outbox, clock, random };
    this.aws = {
      signingName: 's3',
      protocol: 'restXml',
      schemas,
      discriminators: s3Discriminators,
      operations: operations(this.#context, schemas),
    };
  }

  /** Order: the registry of buckets, then what the last run left to sweep and to deliver; requests come after that. */
  async start(): Promise<void> {
    await this.#context.buckets.open();
    await this.#context.sweeper.resume();
    await this.#context.outbox.resume();
    this.#state = 'started';
  }

  /** Requests are drained by the port; a step of a sweep and deliveries under way end, the rest waits for the next start. */
  async drain(): Promise<void> {
    await this.#context.sweeper.stop();
    await this.#context.outbox.stop();
  }

  async stop(): Promise<void> {
    this.#state = 'stopped';
    await this.#context.sweeper.stop();
    await this.#context.outbox.stop();
  }

  health(): ServiceHealth {
    if (this.#state === 'started') return { ready: true };
    const reason = this.#state === 'new' ? 'S3 is opening its registry of buckets' : 'S3 has stopped';
    return { ready: false, reason };
  }

  usage(query: UsageQuery): Promise<readonly ContainerUsage[]> {
    return measureUsage(this.#context.buckets, query);
  }

  prove(query: ProofQuery): Promise<string> {
    return proveTarget(query, this.#context);
  }

  async reset(): Promise<void> {
    await emptyEverything(this.#context);
    await this.#context.buckets.open();
  }
}
