/** What the benchmark measures: each workload is one kind of call repeated by many callers over uniform keys. */
import { createHash } from 'node:crypto';
import { streamBytes } from '../lib/content.ts';
import type { SeededRandom } from '../lib/random.ts';
import { type S3Caller, xmlTexts } from '../lib/s3-caller.ts';
import { listPage } from './list-pages.ts';

export type Kind =
  | 'put'
  | 'get'
  | 'head'
  | 'delete'
  | 'copy'
  | 'multipart'
  | 'list-first'
  | 'list-random'
  | 'list-whole'
  | 'list-prefixes';

export interface Workload {
  readonly name: string;
  readonly kind: Kind;
  readonly bucket: string;
  /** Body bytes of one object; unused by listings. */
  readonly size: number;
  /** Keys of the bucket, see `keyName`; chosen uniformly, or each once when there is a `count`. */
  readonly keys: number;
  readonly keyKind: KeyKind;
  /** Of a copy: where to. */
  readonly target?: string;
  readonly concurrency: number;
  /** How long, unless there is a count. */
  readonly seconds: number;
  /** So many operations, over the keys in a scattered order. */
  readonly count?: number;
}

export interface Figures {
  readonly operations: number;
  /** Body bytes sent or received. */
  readonly bytes: number;
  readonly wallSeconds: number;
  readonly latencyMsMedian: number;
  readonly latencyMs99: number;
}

export type KeyKind = 'flat' | 'folders';

export const partBytes = 8 * 1024 * 1024;
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

/** Ten keys to a folder, so that ten thousand keys fold into a whole page of common prefixes. */
export const keysPerFolder = 10;

export function keyName(kind: KeyKind, index: number): string {
  const number = String(index).padStart(8, '0');
  if (kind === 'flat') return `o/${number}`;
  return `photos/${String(Math.floor(index / keysPerFolder)).padStart(7, '0')}/img-${number}.jpg`;
}

/** A prime that divides no count of keys here: multiples of it, modulo the count, meet every key once in scattered order. */
const scatter = 611_953;

/** Of the key that a counted workload takes as its `turn`-th. */
export function keyIndex(work: Workload, turn: number): number {
  return (turn * scatter) % work.keys;
}

/** What one caller keeps between its calls. */
export interface CallerState {
  readonly caller: S3Caller;
  readonly random: SeededRandom;
  readonly bodies: Bodies;
  /** Of a walk through a whole bucket. */
  token: string | undefined;
}

/** One operation; gives the body bytes moved. Throws on an answer other than success. */
export async function perform(work: Workload, state: CallerState, turn: number): Promise<number> {
  const { caller, random, bodies } = state;
  const index = work.count === undefined ? random.between(0, work.keys - 1) : keyIndex(work, turn);
  const key = keyName(work.keyKind, index);
  const path = `/${work.bucket}/${key}`;
  switch (work.kind) {
    case 'put':
      await caller.ok({ method: 'PUT', path, ...bodies.pick(work.size, random) });
      return work.size;
    case 'get': {
      const got = await caller.ok({ method: 'GET', path });
      if (got.bodyBytes !== work.size)
        throw new Error(`${path} has ${got.bodyBytes} bytes instead of ${work.size}`);
      return work.size;
    }
    case 'head':
      await caller.ok({ method: 'HEAD', path });
      return 0;
    case 'delete':
      await caller.ok({ method: 'DELETE', path }, 204);
      return 0;
    case 'copy': {
      const headers = { 'x-amz-copy-source': `${work.bucket}/${key}` };
      await caller.ok({ method: 'PUT', path: `/${work.target}/${key}`, headers });
      return work.size;
    }
    case 'multipart':
      return multipart(work, state, path);
    default:
      return listPage(work, state);
  }
}

async function multipart(
  work: Workload,
  { caller, random, bodies }: CallerState,
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
