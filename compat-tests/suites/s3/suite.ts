/** What every S3 suite shares: a started gateway, for all files or its own, a client, and buckets of its own. */
import {
  CreateBucketCommand,
  PutObjectCommand,
  type S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { type GatewayOptions, only, startGateway } from '../../lib/gateway.ts';
import { S3Caller } from '../../lib/s3-caller.ts';
import { freshBucketName, s3Client } from '../../lib/sdk.ts';
import { sharedGateway } from '../../lib/shared-gateway.ts';
import type { Target } from '../../lib/target.ts';

type Used = Omit<Target, 'kill' | 'stop' | 'exited' | 'restart' | 'dispose'>;

export interface Suite {
  readonly target: Used;
  readonly s3: S3Client;
  client(config?: S3ClientConfig): S3Client;
  caller(identity?: Partial<Target['identity']>): S3Caller;
  /** A new empty bucket; gives its name. */
  bucket(about?: string): Promise<string>;
  put(bucket: string, key: string, body: string | Uint8Array): Promise<string>;
}

/** Call once at the head of a test file; the members are usable inside tests. @param options of a gateway of its own */
export function s3Suite(options?: GatewayOptions): Suite {
  let target: Used | undefined;
  let own: Target | undefined;
  const clients: S3Client[] = [];
  const callers: S3Caller[] = [];

  const started = (): Used => {
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
    if (options !== undefined)
      own = await startGateway({ ...options, env: { ...only('s3', 'sts'), ...options.env } });
    target = own ?? sharedGateway();
  });
  afterAll(async () => {
    for (const made of clients) made.destroy();
    for (const made of callers) made.close();
    await own?.dispose();
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
