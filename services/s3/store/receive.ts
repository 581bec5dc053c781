/**
 * Takes in the body of a PUT or of a part: counts, hashes and checks it, and stages what is too large for a record.
 * Nothing is visible before the caller commits, so a refused body leaves nothing but staged chunks that nobody names.
 */
import { createHash, hash as hashOnce } from 'node:crypto';
import type { RequestBody } from '@hypergate/kit';
import { type Checksum, checksumOf, createChecksum } from '@hypergate/kit/checksums';
import type { DataRef, StagedBlob, TableDomain, TableStore } from '@hypergate/table';
import type { Bytes } from '../engine/bytes.ts';
import { equalBytes, noBytes } from '../engine/bytes.ts';
import {
  badChecksum,
  type ChecksumAlgorithm,
  type ChecksumClaim,
  checksumValue,
  decodeBase64,
  factsOf,
} from '../engine/checksum.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';

export interface ReceiveOptions {
  readonly domain: TableDomain;
  /** Bodies up to this size stand in the record. */
  readonly inlineBytesMax: number;
  /** Given: larger ones up to `dataBytesMax` become one chunk that the record holds. */
  readonly tables?: TableStore;
  readonly contentMd5: string | undefined;
  readonly claim: ChecksumClaim | undefined;
  /** What the record will carry. */
  readonly algorithm: ChecksumAlgorithm;
  readonly signal: () => AbortSignal;
}

export interface Received {
  readonly size: number;
  readonly md5: Bytes;
  /** In `algorithm`. */
  readonly checksum: Bytes;
  readonly body:
    | { readonly kind: 'inline'; readonly bytes: Bytes }
    | { readonly kind: 'data'; readonly data: DataRef }
    | { readonly kind: 'blob'; readonly blob: StagedBlob };
}

/** @throws MissingContentLength, EntityTooLarge, InvalidDigest, BadDigest */
export async function receive(body: RequestBody, options: ReceiveOptions): Promise<Received> {
  const { contentLength } = body;
  if (contentLength === undefined) throw s3Error('MissingContentLength');
  if (contentLength > s3Limits.putBytesMax) {
    throw s3Error('EntityTooLarge', {
      ProposedSize: String(contentLength),
      MaxSizeAllowed: String(s3Limits.putBytesMax),
    });
  }
  const expectedMd5 = claimedMd5(options.contentMd5);
  const received =
    contentLength <= options.inlineBytesMax ||
    (isData(contentLength, options) && contentLength <= s3Limits.collectedBytesMax)
      ? await receiveCollected(body, contentLength, options)
      : await receiveStreamed(body, contentLength, options);
  if (expectedMd5 !== undefined && !equalBytes(received.md5, expectedMd5)) {
    release(received.body, options.tables);
    throw s3Error('BadDigest', {
      ExpectedDigest: options.contentMd5!,
      CalculatedDigest: Buffer.from(received.md5).toString('base64'),
    });
  }
  return received;
}

/**
 * Runs what makes received bytes part of an object. When it fails, nothing names them, and their space is given back now
 * instead of in a day.
 */
export async function keeping<Result>(
  received: Received,
  tables: Pick<TableStore, 'unstage'>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    release(received.body, tables);
    throw error;
  }
}

function release(body: Received['body'], tables: Pick<TableStore, 'unstage'> | undefined): void {
  if (body.kind === 'data') tables?.unstage?.(body.data);
  else if (body.kind === 'blob') tables?.unstage?.(body.blob);
}

function isData(
  length: number,
  { inlineBytesMax, tables }: Pick<ReceiveOptions, 'inlineBytesMax' | 'tables'>,
): boolean {
  return tables !== undefined && length > inlineBytesMax && length <= s3Limits.dataBytesMax;
}

async function receiveCollected(
  body: RequestBody,
  length: number,
  options: ReceiveOptions,
): Promise<Received> {
  const bytes = length === 0 ? await emptyBody(body) : await body.collect(length);
  if (bytes.length !== length) throw s3Error('IncompleteBody');
  const md5 = hashOnce('md5', bytes, 'buffer');
  const { algorithm, claim } = options;
  const knownSha256 = body.sha256Hex;
  const hashed = (wanted: ChecksumAlgorithm): Bytes =>
    wanted === 'SHA256' && knownSha256 !== undefined
      ? Buffer.from(knownSha256, 'hex')
      : checksumOf(wanted, bytes);
  const checksum = hashed(algorithm);
  if (claim !== undefined) {
    checkClaim(body, claim, claim.algorithm === algorithm ? checksum : hashed(claim.algorithm));
  }
  if (length <= options.inlineBytesMax)
    return { size: length, md5, checksum, body: { kind: 'inline', bytes } };
  const data = await options.tables!.stageData(bytes, options.signal());
  return { size: length, md5, checksum, body: { kind: 'data', data } };
}

/** Also an empty body has a hash, a chunk signature or trailers to check. */
function emptyBody(body: RequestBody): Promise<Bytes> {
  return body.collect(0);
}

async function receiveStreamed(
  body: RequestBody,
  length: number,
  options: ReceiveOptions,
): Promise<Received> {
  const { algorithm, claim } = options;
  const md5 = createHash('md5');
  // The body's own check computes SHA-256 when the signature names it.
  const main = createChecksum(algorithm);
  const second =
    claim !== undefined && claim.algorithm !== algorithm ? createChecksum(claim.algorithm) : undefined;
  const hashers: (Checksum | ReturnType<typeof createHash>)[] =
    second === undefined ? [md5, main] : [md5, main, second];
  const counter = { size: 0 };
  const staged = await stagePieces(hashing(body.chunks(), hashers, counter, length), length, options);
  const checksum = main.digest();
  try {
    if (counter.size !== length) throw s3Error('IncompleteBody');
    if (claim !== undefined) checkClaim(body, claim, second === undefined ? checksum : second.digest());
  } catch (error) {
    release(staged, options.tables);
    throw error;
  }
  return { size: length, md5: md5.digest(), checksum, body: staged };
}

/** A source that ends early is noticed by the caller, who counts: what was staged is then named by nothing. */
async function stagePieces(
  pieces: AsyncIterable<Bytes>,
  length: number,
  options: Pick<ReceiveOptions, 'domain' | 'inlineBytesMax' | 'tables' | 'signal'>,
): Promise<Exclude<Received['body'], { kind: 'inline' }>> {
  const signal = options.signal();
  if (isData(length, options)) return { kind: 'data', data: await options.tables!.stageData(pieces, signal) };
  return { kind: 'blob', blob: await options.domain.stageBlob(pieces, signal) };
}

async function* hashing(
  pieces: AsyncIterable<Bytes>,
  hashers: readonly { update(bytes: Bytes): unknown }[],
  counter: { size: number },
  length: number,
): AsyncGenerator<Bytes> {
  for await (const piece of pieces) {
    counter.size += piece.length;
    if (counter.size > length) throw s3Error('IncompleteBody');
    for (const hasher of hashers) hasher.update(piece);
    yield piece;
  }
}

/** Bytes of our own (of a copy): counted and hashed, with nothing to check against. */
export async function receivePieces(
  source: Bytes | AsyncIterable<Bytes>,
  length: number,
  options: Pick<ReceiveOptions, 'domain' | 'inlineBytesMax' | 'tables' | 'algorithm' | 'signal'>,
): Promise<Received> {
  if (source instanceof Uint8Array && length <= options.inlineBytesMax) {
    const checksum = checksumOf(options.algorithm, source);
    // Copied: the source's record must not be kept alive by a view of its body.
    const bytes = Uint8Array.from(source);
    return { size: length, md5: hashOnce('md5', bytes, 'buffer'), checksum, body: { kind: 'inline', bytes } };
  }
  const pieces = source instanceof Uint8Array ? onePiece(source) : source;
  const md5 = createHash('md5');
  const main = createChecksum(options.algorithm);
  const counter = { size: 0 };
  if (length > options.inlineBytesMax) {
    const staged = await stagePieces(hashing(pieces, [md5, main], counter, length), length, options);
    if (counter.size !== length) throw new Error('a stored object is shorter than its record says');
    return { size: length, md5: md5.digest(), checksum: main.digest(), body: staged };
  }
  const kept: Bytes[] = [];
  for await (const piece of hashing(pieces, [md5, main], counter, length)) kept.push(piece);
  if (counter.size !== length) throw new Error('a stored object is shorter than its record says');
  const bytes = Buffer.concat(kept);
  return { size: length, md5: md5.digest(), checksum: main.digest(), body: { kind: 'inline', bytes } };
}

export interface Digests {
  readonly md5: Bytes;
  /** In the algorithm asked for. */
  readonly checksum: Bytes;
}

/** Of bytes of our own that stay where they are. */
export async function digestsOf(
  source: Bytes | AsyncIterable<Bytes>,
  length: number,
  algorithm: ChecksumAlgorithm,
): Promise<Digests> {
  const md5 = createHash('md5');
  const main = createChecksum(algorithm);
  const counter = { size: 0 };
  const pieces = source instanceof Uint8Array ? onePiece(source) : source;
  for await (const _ of hashing(pieces, [md5, main], counter, length));
  if (counter.size !== length) throw new Error('a stored object is shorter than its record says');
  return { md5: md5.digest(), checksum: main.digest() };
}

function checkClaim(body: RequestBody, claim: ChecksumClaim, computed: Bytes): void {
  let expected = claim.value;
  if (expected === undefined) {
    const { header } = factsOf(claim.algorithm);
    const text = body.trailers.get(header);
    if (text === undefined)
      throw s3Error('InvalidRequest', {}, `The trailing checksum ${header} is missing.`);
    expected = checksumValue(text, claim.algorithm);
  }
  if (!equalBytes(expected, computed)) throw badChecksum(claim.algorithm);
}

/** @throws InvalidDigest */
export function claimedMd5(text: string | undefined): Bytes | undefined {
  if (text === undefined) return undefined;
  const md5 = decodeBase64(text);
  if (md5?.length !== 16) throw s3Error('InvalidDigest', { 'Content-MD5': text });
  return md5;
}

/** A body that is in memory, or none, as a source of pieces. */
export async function* onePiece(bytes: Bytes = noBytes): AsyncGenerator<Bytes> {
  if (bytes.length > 0) yield bytes;
}
