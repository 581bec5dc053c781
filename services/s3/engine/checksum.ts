/**
 * Additional checksums (Amazon S3 User Guide, "Checking object integrity"): which algorithms there are, which types an
 * upload of parts may have, and what a request asks for. Computing them is the affair of `Digests`.
 */
import { CHECKSUM_BYTES, type ChecksumAlgorithm, checksumOf, isCrc } from '@hypergate/kit/checksums';
import { invalidArgument, s3Error } from '../errors.ts';
import type { Bytes } from './bytes.ts';
import { viewOf } from './bytes.ts';

export type { ChecksumAlgorithm } from '@hypergate/kit/checksums';

/** Of all bytes, or of the parts' checksums with `-N` behind. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  readonly value: Bytes;
  /** Number of parts of a composite checksum, else 0. */
  readonly parts: number;
}

/** Member names of the API; the header is `x-amz-checksum-` and the algorithm in lower case. */
export interface ChecksumMembers {
  ChecksumCRC32?: string;
  ChecksumCRC32C?: string;
  ChecksumCRC64NVME?: string;
  ChecksumSHA1?: string;
  ChecksumSHA256?: string;
  ChecksumSHA512?: string;
  ChecksumMD5?: string;
  ChecksumType?: ChecksumType;
}

interface AlgorithmFacts {
  readonly algorithm: ChecksumAlgorithm;
  readonly member: Exclude<keyof ChecksumMembers, 'ChecksumType'>;
  readonly header: string;
  readonly bytes: number;
}

/** Position in this list + 1 is the stored number of the algorithm: only ever append. */
export const checksumAlgorithms: readonly AlgorithmFacts[] = [
  {
    algorithm: 'CRC32',
    member: 'ChecksumCRC32',
    header: 'x-amz-checksum-crc32',
    bytes: CHECKSUM_BYTES.CRC32,
  },
  {
    algorithm: 'CRC32C',
    member: 'ChecksumCRC32C',
    header: 'x-amz-checksum-crc32c',
    bytes: CHECKSUM_BYTES.CRC32C,
  },
  {
    algorithm: 'CRC64NVME',
    member: 'ChecksumCRC64NVME',
    header: 'x-amz-checksum-crc64nvme',
    bytes: CHECKSUM_BYTES.CRC64NVME,
  },
  { algorithm: 'SHA1', member: 'ChecksumSHA1', header: 'x-amz-checksum-sha1', bytes: CHECKSUM_BYTES.SHA1 },
  {
    algorithm: 'SHA256',
    member: 'ChecksumSHA256',
    header: 'x-amz-checksum-sha256',
    bytes: CHECKSUM_BYTES.SHA256,
  },
  {
    algorithm: 'SHA512',
    member: 'ChecksumSHA512',
    header: 'x-amz-checksum-sha512',
    bytes: CHECKSUM_BYTES.SHA512,
  },
  { algorithm: 'MD5', member: 'ChecksumMD5', header: 'x-amz-checksum-md5', bytes: CHECKSUM_BYTES.MD5 },
];

export function factsOf(algorithm: ChecksumAlgorithm): AlgorithmFacts {
  return checksumAlgorithms.find((facts) => facts.algorithm === algorithm)!;
}

/** What a request says about the checksum of its body. */
export interface ChecksumClaim {
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined when the value follows in a trailer. */
  readonly value: Bytes | undefined;
}

/** Algorithms of newer clients that this service does not compute. */
const unknownMembers = [
  ['ChecksumXXHASH64', 'x-amz-checksum-xxhash64'],
  ['ChecksumXXHASH3', 'x-amz-checksum-xxhash3'],
  ['ChecksumXXHASH128', 'x-amz-checksum-xxhash128'],
] as const;

/** A checksum that would not be checked is refused, never ignored. @throws NotImplemented */
export function refuseUnknownChecksums(input: object): void {
  for (const [member, header] of unknownMembers) {
    if (member in input) throw s3Error('NotImplemented', { Header: header });
  }
}

export interface ClaimHeaders {
  /** `x-amz-trailer`. */
  readonly trailerNames: string | undefined;
  /** `x-amz-sdk-checksum-algorithm`: must be followed by a value. */
  readonly named: string | undefined;
  /** Whether the parameter stands in a presigned URL rather than in a header. */
  presigned(name: string): boolean;
}

/**
 * A URL signed by the JavaScript SDK carries the checksum of no bytes, because there was no body to sign. Such a value is
 * no claim about the body that comes; any other signed value is.
 * @throws InvalidRequest
 */
export function claimedChecksum(input: ChecksumMembers, headers: ClaimHeaders): ChecksumClaim | undefined {
  let claim: ChecksumClaim | undefined;
  const trailers = headers.trailerNames?.toLowerCase();
  let ignored = false;
  for (const { algorithm, member, header } of checksumAlgorithms) {
    const text = input[member];
    const announced = trailers !== undefined && listed(trailers, header);
    if (text === undefined && !announced) continue;
    if (text !== undefined && headers.presigned(header) && text === checksumOfNothing(algorithm)) {
      ignored = true;
      continue;
    }
    if (claim !== undefined) {
      throw s3Error(
        'InvalidRequest',
        {},
        'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
      );
    }
    claim = { algorithm, value: text === undefined ? undefined : checksumValue(text, algorithm) };
  }
  if (claim !== undefined && headers.named !== undefined) {
    const named = checksumAlgorithm(headers.named, 'x-amz-sdk-checksum-algorithm');
    if (named !== claim.algorithm) throw invalidNamed();
  }
  if (claim === undefined && !ignored && headers.named !== undefined) {
    checksumAlgorithm(headers.named, 'x-amz-sdk-checksum-algorithm');
    throw s3Error(
      'InvalidRequest',
      {},
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  return claim;
}

const nothing = new Map<ChecksumAlgorithm, string>();

function checksumOfNothing(algorithm: ChecksumAlgorithm): string {
  let text = nothing.get(algorithm);
  if (text === undefined) {
    text = Buffer.from(checksumOf(algorithm, new Uint8Array(0))).toString('base64');
    nothing.set(algorithm, text);
  }
  return text;
}

/** Base64 of exactly so many bytes; what is none cannot be the right one. @throws BadDigest */
export function checksumValue(text: string, algorithm: ChecksumAlgorithm): Bytes {
  const { bytes } = factsOf(algorithm);
  const value = decodeBase64(text);
  if (value?.length === bytes) return value;
  throw badChecksum(algorithm);
}

/** Strict base64 with padding; undefined for anything else. */
export function decodeBase64(text: string): Bytes | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** @throws InvalidRequest for an algorithm S3 does not know */
export function checksumAlgorithm(text: string, header: string): ChecksumAlgorithm {
  const upper = text.toUpperCase();
  const facts = checksumAlgorithms.find(({ algorithm }) => algorithm === upper);
  if (facts === undefined) {
    if (header === 'x-amz-sdk-checksum-algorithm') {
      throw invalidNamed();
    }
    throw s3Error(
      'InvalidRequest',
      {},
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256, SHA512, MD5]',
    );
  }
  return facts.algorithm;
}

function invalidNamed(): Error {
  return s3Error('InvalidRequest', {}, 'Value for x-amz-sdk-checksum-algorithm header is invalid.');
}

/** How the parts of an upload will be put together. @throws InvalidRequest, InvalidArgument */
export function uploadChecksumType(
  algorithm: ChecksumAlgorithm | undefined,
  asked: string | undefined,
): ChecksumType {
  if (asked !== undefined && asked !== 'FULL_OBJECT' && asked !== 'COMPOSITE') {
    throw invalidArgument('Value for x-amz-checksum-type header is invalid.', 'x-amz-checksum-type', asked);
  }
  if (algorithm === undefined) {
    if (asked !== undefined) {
      throw s3Error(
        'InvalidRequest',
        {},
        'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
      );
    }
    return 'FULL_OBJECT';
  }
  if (asked === undefined) return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
  const impossible =
    (asked === 'COMPOSITE' && algorithm === 'CRC64NVME') || (asked === 'FULL_OBJECT' && !isCrc(algorithm));
  if (impossible) {
    throw s3Error(
      'InvalidRequest',
      {},
      `The ${asked} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return asked;
}

/** As the API shows it: base64, with `-N` for a composite of N parts. */
export function checksumText(checksum: Pick<Checksum, 'value' | 'parts'>): string {
  const text = viewOf(checksum.value).toString('base64');
  return checksum.parts === 0 ? text : `${text}-${checksum.parts}`;
}

/** Sets the members of an output. */
export function putChecksum(output: ChecksumMembers, checksum: Checksum | undefined): void {
  if (checksum === undefined) return;
  output[factsOf(checksum.algorithm).member] = checksumText(checksum);
  output.ChecksumType = checksum.type;
}

export function badChecksum(algorithm: ChecksumAlgorithm): Error {
  return s3Error('BadDigest', {}, `The ${algorithm} you specified did not match the calculated checksum.`);
}

function listed(names: string, header: string): boolean {
  return names.split(',').some((name) => name.trim() === header);
}
