/** What the benchmark measures: each workload is one kind of call repeated by many callers over uniform keys. */
import { createHash } from 'node:crypto';
import { streamBytes } from '../lib/content.ts';
import type { SeededRandom } from '../lib/random.ts';
import { type S3Caller, xmlTexts } from '../lib/s3-caller.ts';

export type Kind = 'fill' | 'put' | 'get' | 'list' | 'multipart';

export interface Workload {
  readonly name: string;
  readonly kind: Kind;
  readonly bucket: string;
  /** Body bytes of one object; of `list` unused. */
  readonly size: number;
  /** Keys are `o/00000000` up to this many; `fill` writes each once. */
  readonly keys: number;
  readonly concurrency: number;
  /** How long; `fill` runs until every key is written. */
  readonly seconds: number;
}

export interface Figures {
  readonly operations: number;
  /** Body bytes sent or received. */
  readonly bytes: number;
  readonly wallSeconds: number;
  readonly latencyMsMedian: number;
  readonly latencyMs99: number;
}

export const partBytes = 5 * 1024 * 1024;
const bodiesPerSize = 8;

/** Distinct bodies and their hashes, made once: hashing is the signer's cost, not the server's. */
export class Bodies {
  private readonly made = new Map<number, { body: Buffer; bodyHash: string }[]>();

  pick(size: number, random: SeededRandom): { body: Buffer; bodyHash: string } {
    let bodies = this.made.get(size);
    if (bodies === undefined) {
      bodies = Array.from({ length: bodiesPerSize }, (_unused, i) => {
        const body = streamBytes(`bench ${size} ${i}`, size);
        return { body, bodyHash: createHash('sha256').update(body).digest('hex') };
      });
      this.made.set(size, bodies);
    }
    return random.pick(bodies);
  }
}

export function keyName(index: number): string {
  return `o/${String(index).padStart(8, '0')}`;
}

/** One operation; gives the body bytes moved. Throws on an answer other than success. */
export async function perform(
  work: Workload,
  caller: S3Caller,
  random: SeededRandom,
  bodies: Bodies,
  turn: number,
): Promise<number> {
  const index = work.kind === 'fill' ? turn : random.between(0, work.keys - 1);
  const path = `/${work.bucket}/${keyName(index)}`;
  switch (work.kind) {
    case 'fill':
    case 'put':
      await caller.ok({ method: 'PUT', path, ...bodies.pick(work.size, random) });
      return work.size;
    case 'get': {
      const got = await caller.ok({ method: 'GET', path });
      if (got.bodyBytes !== work.size)
        throw new Error(`${path} has ${got.bodyBytes} bytes instead of ${work.size}`);
      return work.size;
    }
    case 'list': {
      const after = keyName(random.between(0, Math.max(0, work.keys - 1001)) - 1);
      const query: Record<string, string> = { 'list-type': '2', 'max-keys': '1000' };
      if (work.keys > 1000) query['start-after'] = after;
      const page = await caller.ok({ method: 'GET', path: `/${work.bucket}`, query });
      return page.bodyBytes;
    }
    case 'multipart':
      return multipart(work, caller, random, bodies, path);
  }
}

async function multipart(
  work: Workload,
  caller: S3Caller,
  random: SeededRandom,
  bodies: Bodies,
  path: string,
): Promise<number> {
  const begun = await caller.ok({ method: 'POST', path, query: { uploads: '' } });
  const uploadId = xmlTexts(begun.body, 'UploadId')[0] as string;
  let document = '<CompleteMultipartUpload>';
  let sent = 0;
  for (let part = 1; sent < work.size; part += 1) {
    const size = Math.min(partBytes, work.size - sent);
    const query = { partNumber: String(part), uploadId };
    const reply = await caller.ok({ method: 'PUT', path, query, ...bodies.pick(size, random) });
    document += `<Part><PartNumber>${part}</PartNumber><ETag>${reply.headers.get('etag')}</ETag></Part>`;
    sent += size;
  }
  const body = Buffer.from(`${document}</CompleteMultipartUpload>`);
  await caller.ok({ method: 'POST', path, query: { uploadId }, body });
  return work.size;
}
