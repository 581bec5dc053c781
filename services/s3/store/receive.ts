/**
 * Takes in the body of a PUT or of a part: counts, hashes and checks it, and stages what is too large for a record.
 * Nothing is visible before the caller commits, so a refused body leaves nothing but staged chunks that nobody names.
 */
import { createHash, hash as hashOnce } from 'node:crypto';
import type { RequestBody } from '@hypergate/kit';
import { type Checksum, checksumOf, createChecksum } from '@hypergate/kit/checksums';
import type { StagedBlob, TableDomain } from '@hypergate/table';
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
  /** Bodies up to this size are kept in memory. */
  readonly inlineBytesMax: number;
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
    contentLength <= options.inlineBytesMax
      ? await receiveSmall(body, contentLength, options)
      : await receiveLarge(body, contentLength, options);
  if (expectedMd5 !== undefined && !equalBytes(received.md5, expectedMd5)) {
    throw s3Error('BadDigest', {
      ExpectedDigest: options.contentMd5!,
      CalculatedDigest: Buffer.from(received.md5).toString('base64'),
    });
  }
  return received;
}

async function receiveSmall(body: RequestBody, length: number, options: ReceiveOptions): Promise<Received> {
  const bytes = length === 0 ? await emptyBody(body) : await body.collect(options.inlineBytesMax);
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
  return { size: length, md5, checksum, body: { kind: 'inline', bytes } };
}

/** Also an empty body has a hash, a chunk signature or trailers to check. */
function emptyBody(body: RequestBody): Promise<Bytes> {
  return body.collect(0);
}

async function receiveLarge(body: RequestBody, length: number, options: ReceiveOptions): Promise<Received> {
  const { algorithm, claim } = options;
  const md5 = createHash('md5');
  // The body's own check computes SHA-256 when the signature names it.
  const main = createChecksum(algorithm);
  const second =
    claim !== undefined && claim.algorithm !== algorithm ? createChecksum(claim.algorithm) : undefined;
  const hashers: (Checksum | ReturnType<typeof createHash>)[] =
    second === undefined ? [md5, main] : [md5, main, second];
  const counter = { size: 0 };
  const blob = await options.domain.stageBlob(
    hashing(body.chunks(), hashers, counter, length),
    options.signal(),
  );
  if (counter.size !== length || blob.length !== length) throw s3Error('IncompleteBody');
  const checksum = main.digest();
  if (claim !== undefined) checkClaim(body, claim, second === undefined ? checksum : second.digest());
  return { size: length, md5: md5.digest(), checksum, body: { kind: 'blob', blob } };
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
  options: Pick<ReceiveOptions, 'domain' | 'inlineBytesMax' | 'algorithm' | 'signal'>,
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
    const blob = await options.domain.stageBlob(
      hashing(pieces, [md5, main], counter, length),
      options.signal(),
    );
    if (counter.size !== length) throw new Error('a stored object is shorter than its record says');
    return { size: length, md5: md5.digest(), checksum: main.digest(), body: { kind: 'blob', blob } };
  }
  const kept: Bytes[] = [];
  for await (const piece of hashing(pieces, [md5, main], counter, length)) kept.push(piece);
  if (counter.size !== length) throw new Error('a stored object is shorter than its record says');
  const bytes = Buffer.concat(kept);
  return { size: length, md5: md5.digest(), checksum: main.digest(), body: { kind: 'inline', bytes } };
}

function checkClaim(body: RequestBody, claim: ChecksumClaim, computed: Bytes): void {
  let expected = claim.value;
  if (expected === undefined) {
    const { header, bytes } = factsOf(claim.algorithm);
    const text = body.trailers.get(header);
    if (text === undefined)
      throw s3Error('InvalidRequest', {}, `The trailing checksum ${header} is missing.`);
    expected = checksumValue(text, header, bytes);
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
