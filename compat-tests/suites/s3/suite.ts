/** What every S3 suite shares: one started gateway per test file, a client, and buckets of its own. */
import {
  CreateBucketCommand,
  PutObjectCommand,
  type S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { type GatewayOptions, startGateway } from '../../lib/gateway.ts';
import { S3Caller } from '../../lib/s3-caller.ts';
import { freshBucketName, s3Client } from '../../lib/sdk.ts';
import type { Target } from '../../lib/target.ts';

export interface Suite {
  readonly target: Target;
  readonly s3: S3Client;
  client(config?: S3ClientConfig): S3Client;
  caller(identity?: Partial<Target['identity']>): S3Caller;
  /** A new empty bucket; gives its name. */
  bucket(about?: string): Promise<string>;
  put(bucket: string, key: string, body: string | Uint8Array): Promise<string>;
}

/** Call once at the head of a test file; the members are usable inside tests. */
export function s3Suite(options: GatewayOptions = {}): Suite {
  let target: Target | undefined;
  const clients: S3Client[] = [];
  const callers: S3Caller[] = [];

  const started = (): Target => {
    if (target === undefined) throw new Error('the gateway is started before the first test, not before');
    return target;
  };
  const client = (config: S3ClientConfig = {}): S3Client => {
    const made = s3Client(started(), config);
    clients.push(made);
    return made;
  };
  let shared: S3Client | undefined;
  const s3 = (): S3Client => (shared ??= client());

  beforeAll(async () => {
    target = await startGateway(options);
  });
  afterAll(async () => {
    for (const made of clients) made.destroy();
    for (const made of callers) made.close();
    await target?.dispose();
  });

  return {
    get target() {
      return started();
    },
    get s3() {
      return s3();
    },
    client,
    caller(identity = {}) {
      const { host, port } = started();
      const made = new S3Caller({ host, port, identity: { ...started().identity, ...identity } });
      callers.push(made);
      return made;
    },
    async bucket(about) {
      const name = freshBucketName(about);
      await s3().send(new CreateBucketCommand({ Bucket: name }));
      return name;
    },
    async put(bucket, key, body) {
      const reply = await s3().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      return reply.ETag as string;
    },
  };
}
