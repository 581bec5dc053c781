/** Requests to S3 as the SDK's own client signs them, kept as a port keeps them; nothing is sent. */
import {
  CopyObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { encodeSignedCall } from '@hypergate/kit';
import type { Bytes } from '@hypergate/node/api';

export interface S3Request {
  readonly operation: 'PutObject' | 'GetObject' | 'CopyObject' | 'ListObjectsV2';
  readonly bucket: string;
  readonly key: string;
  readonly copySource?: string;
  /** A URL that is signed and given away, valid for so long. */
  readonly presignedSeconds?: number;
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
  const command = commandOf(request);
  if (request.presignedSeconds !== undefined) {
    const options = { expiresIn: request.presignedSeconds, signingDate: new Date(nowMs) };
    const url = new URL(await getSignedUrl(client, command as GetObjectCommand, options));
    return presigned(url, request.operation === 'PutObject' ? 'PUT' : 'GET');
  }
  try {
    await client.send(command as GetObjectCommand);
  } catch (error) {
    if (sent === undefined) throw error;
  }
  if (sent === undefined) throw new Error('the client sent nothing');
  return encoded(sent);
}

function commandOf({ operation, bucket: Bucket, key: Key, copySource, presignedSeconds }: S3Request) {
  switch (operation) {
    case 'PutObject':
      // Whoever gets a URL may send any body with it.
      return new PutObjectCommand({
        Bucket,
        Key,
        ...(presignedSeconds === undefined ? { Body: 'text' } : {}),
      });
    case 'GetObject':
      return new GetObjectCommand({ Bucket, Key });
    case 'CopyObject':
      return new CopyObjectCommand({ Bucket, Key, CopySource: copySource });
    case 'ListObjectsV2':
      return new ListObjectsV2Command({ Bucket });
  }
}

/** As whoever got the URL sends it. */
function presigned(url: URL, method: string): Bytes {
  const call = {
    method,
    rawUrl: url.pathname + url.search,
    headers: [['host', url.host]] as const,
    payloadHash: 'UNSIGNED-PAYLOAD',
  };
  return new Uint8Array(encodeSignedCall(call, { withBody: false }));
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
