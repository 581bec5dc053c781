/**
 * Digests of a document in a request body: `Content-MD5`, and one additional checksum in a header or trailer. Streaming
 * operations check theirs themselves while they read.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
import { hash } from 'node:crypto';
import {
  CHECKSUM_BYTES,
  type ChecksumAlgorithm,
  checksumOf,
  decodeChecksum,
  equalDigests,
} from '../../checksums/index.ts';
import { AwsError, type OperationRow } from '../definition.ts';

export interface DigestHeaders {
  header(name: string): string | undefined;
  readonly trailers: ReadonlyMap<string, string>;
}

const algorithms = (Object.keys(CHECKSUM_BYTES) as ChecksumAlgorithm[]).map((algorithm) => ({
  algorithm,
  name: `x-amz-checksum-${algorithm.toLowerCase()}`,
}));

/** @throws AwsError InvalidDigest, BadDigest, InvalidRequest */
export function checkDocumentDigest(
  bytes: Uint8Array,
  headers: DigestHeaders,
  rule: NonNullable<OperationRow['bodyDigest']>,
): void {
  const md5 = headers.header('content-md5');
  if (md5 !== undefined) checkMd5(bytes, md5);
  if (rule === 'md5') return;
  const checked = checkChecksum(bytes, headers);
  if (rule === 'required' && md5 === undefined && !checked) {
    throw new AwsError(
      'InvalidRequest',
      400,
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  }
}

function checkMd5(bytes: Uint8Array, text: string): void {
  const expected = decodeChecksum('MD5', text);
  if (expected === undefined) {
    throw new AwsError('InvalidDigest', 400, 'The Content-MD5 you specified was invalid.', {
      'Content-MD5': text,
    });
  }
  const computed = hash('md5', bytes, 'buffer');
  if (equalDigests(expected, computed)) return;
  throw new AwsError('BadDigest', 400, 'The Content-MD5 you specified did not match what we received.', {
    ExpectedDigest: text,
    CalculatedDigest: computed.toString('base64'),
  });
}

/** @returns whether there was one */
function checkChecksum(bytes: Uint8Array, headers: DigestHeaders): boolean {
  let found:
    | { readonly algorithm: ChecksumAlgorithm; readonly text: string; readonly name: string }
    | undefined;
  for (const { algorithm, name } of algorithms) {
    const text = headers.header(name) ?? headers.trailers.get(name);
    if (text === undefined) continue;
    if (found !== undefined) {
      throw invalid('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
    }
    found = { algorithm, text, name };
  }
  const named = headers.header('x-amz-sdk-checksum-algorithm');
  if (named !== undefined) checkNamed(named.toUpperCase(), found?.algorithm);
  if (found === undefined) return false;
  const expected = decodeChecksum(found.algorithm, found.text);
  if (expected === undefined) throw invalid(`Value for ${found.name} header is invalid.`);
  if (equalDigests(expected, checksumOf(found.algorithm, bytes))) return true;
  throw new AwsError(
    'BadDigest',
    400,
    `The ${found.algorithm} you specified did not match the calculated checksum.`,
  );
}

function checkNamed(named: string, found: ChecksumAlgorithm | undefined): void {
  if (named === found) return;
  if (!algorithms.some(({ algorithm }) => algorithm === named) || found !== undefined) {
    throw invalid('Value for x-amz-sdk-checksum-algorithm header is invalid.');
  }
  // A client may name an algorithm and then send Content-MD5 instead, so a name alone is no promise.
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidRequest', 400, message);
}
