/** Signs a PUT with one metadata header whose value is UTF-8: both the wire and the canonical request carry those bytes. */
import { createHash, createHmac } from 'node:crypto';
import { emptyPayloadHash } from '../../lib/sigv4.ts';
import type { Target } from '../../lib/target.ts';

/** `latin1` holds the UTF-8 bytes one per character, as Node writes header values. */
export function signUtf8Put(
  target: Pick<Target, 'host' | 'port' | 'identity'>,
  path: string,
  latin1: string,
): Record<string, string> {
  const { accessKeyId, secretAccessKey, region } = target.identity;
  const stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = stamp.slice(0, 8);
  const host = `${target.host}:${target.port}`;
  const signed = 'host;x-amz-content-sha256;x-amz-date;x-amz-meta-text';
  const canonical = Buffer.from(
    `PUT\n${path}\n\nhost:${host}\nx-amz-content-sha256:${emptyPayloadHash}\nx-amz-date:${stamp}\nx-amz-meta-text:${latin1}\n\n${signed}\n${emptyPayloadHash}`,
    'latin1',
  );
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
  for (const step of [day, region, 's3', 'aws4_request', toSign])
    key = createHmac('sha256', key).update(step).digest();
  return {
    host,
    'x-amz-content-sha256': emptyPayloadHash,
    'x-amz-date': stamp,
    'x-amz-meta-text': latin1,
    'content-length': '0',
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${key.toString('hex')}`,
  };
}
