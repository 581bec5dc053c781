/** Requests to S3 as the SDK's own client signs them, kept as a port keeps them; nothing is sent. */
import {
  CopyObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { encodeSignedCall } from '@hypergate/kit';
import type { Bytes } from '@hypergate/node/api';

export interface S3Request {
  readonly operation: 'PutObject' | 'GetObject' | 'CopyObject' | 'ListObjectsV2';
  readonly bucket: string;
  readonly key: string;
  readonly copySource?: string;
}

export interface S3Signer {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly nowMs: number;
  readonly region: string;
  /** Bucket in the host name, under this domain. */
  readonly domain?: string;
}

interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
}

export async function signedS3Call(request: S3Request, signer: S3Signer): Promise<Bytes> {
  let sent: SentRequest | undefined;
  const { accessKeyId, secretAccessKey, region, nowMs, domain } = signer;
  const client = new S3Client({
    endpoint: `http://${domain ?? '127.0.0.1'}:1`,
    forcePathStyle: domain === undefined,
    region,
    credentials: { accessKeyId, secretAccessKey },
    systemClockOffset: nowMs - Date.now(),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    requestHandler: {
      async handle(one: unknown) {
        sent = one as SentRequest;
        throw new Error('kept, and not sent');
      },
    },
  });
  try {
    await send(client, request);
  } catch (error) {
    if (sent === undefined) throw error;
  }
  if (sent === undefined) throw new Error('the client sent nothing');
  return encoded(sent);
}

async function send(
  client: S3Client,
  { operation, bucket: Bucket, key: Key, copySource }: S3Request,
): Promise<void> {
  switch (operation) {
    case 'PutObject':
      await client.send(new PutObjectCommand({ Bucket, Key, Body: 'text' }));
      break;
    case 'GetObject':
      await client.send(new GetObjectCommand({ Bucket, Key }));
      break;
    case 'CopyObject':
      await client.send(new CopyObjectCommand({ Bucket, Key, CopySource: copySource }));
      break;
    case 'ListObjectsV2':
      await client.send(new ListObjectsV2Command({ Bucket }));
  }
}

function encoded({ method, path, query = {}, headers }: SentRequest): Bytes {
  const authorization = headers.authorization ?? '';
  const names = new Set(/SignedHeaders=([^,]*)/.exec(authorization)?.[1]?.split(';'));
  const kept = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => names.has(name) || name === 'authorization');
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value ?? ''))}`,
  );
  const rawUrl = pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
  const payloadHash = headers['x-amz-content-sha256'] ?? '';
  return new Uint8Array(
    encodeSignedCall({ method, rawUrl, headers: kept, payloadHash }, { withBody: false }),
  );
}
