/** The members that GetObject and HeadObject show of an object. */
import type { Call } from '@hypergate/kit';
import { type ChecksumMembers, factsOf, putChecksum } from '../engine/checksum.ts';
import { checkRead, type ReadVerdict } from '../engine/conditions.ts';
import { quotedEtag } from '../engine/etag.ts';
import { metadataMembers } from '../engine/metadata.ts';
import { type ByteRange, contentRange, parseRange } from '../engine/range.ts';
import { shownStorageClass } from '../engine/storage-class.ts';
import { s3Error } from '../errors.ts';
import { type ObjectRow, shownParts } from '../model/object.ts';
import { httpDate, wholeSecond } from '../wire/dates.ts';
import { atRest, dateMs, notOffered, type ObjectInput } from './common.ts';

export interface ReadInput extends ObjectInput {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
  readonly IfModifiedSince?: Date;
  readonly IfUnmodifiedSince?: Date;
  readonly Range?: string;
  readonly PartNumber?: number;
  readonly ChecksumMode?: string;
  readonly ResponseCacheControl?: string;
  readonly ResponseContentDisposition?: string;
  readonly ResponseContentEncoding?: string;
  readonly ResponseContentLanguage?: string;
  readonly ResponseContentType?: string;
  readonly SSECustomerAlgorithm?: string;
  readonly SSECustomerKey?: string;
}

export interface Selection {
  readonly range: ByteRange;
  /** 206 when a range or part was asked for. */
  readonly partial: boolean;
  /** Shown when a part was asked for. */
  readonly partsCount: number | undefined;
  /** Number of the part asked for, of an object in parts. */
  readonly part: number | undefined;
}

/** @throws InvalidRequest for combinations S3 does not take, NotImplemented for keys of the client */
export function checkReadForm(call: Call<ReadInput>): void {
  const { input } = call;
  if (input.SSECustomerAlgorithm !== undefined || input.SSECustomerKey !== undefined) {
    throw notOffered('x-amz-server-side-encryption-customer-algorithm');
  }
  if (input.Range !== undefined && input.PartNumber !== undefined) {
    throw s3Error('InvalidRequest', {}, 'Cannot specify both Range header and partNumber query parameter');
  }
  if (call.principal.kind === 'anonymous' && overrides(input)) {
    throw s3Error(
      'InvalidRequest',
      {},
      'Request specific response headers cannot be used for anonymous GET requests.',
    );
  }
}

export function readVerdict(input: ReadInput, row: ObjectRow): ReadVerdict {
  return checkRead(
    {
      ifMatch: input.IfMatch,
      ifNoneMatch: input.IfNoneMatch,
      ifModifiedSinceMs: dateMs(input.IfModifiedSince),
      ifUnmodifiedSinceMs: dateMs(input.IfUnmodifiedSince),
    },
    row,
  );
}

/** Which bytes are asked for. @throws InvalidRange, InvalidPartNumber */
export function select(input: ReadInput, row: ObjectRow): Selection {
  if (input.PartNumber !== undefined) return selectPart(input.PartNumber, row);
  const range = parseRange(input.Range, row.size);
  if (range === undefined) {
    return { range: { offset: 0, length: row.size }, partial: false, partsCount: undefined, part: undefined };
  }
  return { range, partial: true, partsCount: undefined, part: undefined };
}

function selectPart(number: number, row: ObjectRow): Selection {
  if (!Number.isInteger(number) || number < 1 || number > 10_000) {
    throw s3Error(
      'InvalidArgument',
      { ArgumentName: 'partNumber', ArgumentValue: String(number) },
      'Part number must be an integer between 1 and 10000, inclusive',
    );
  }
  const parts = shownParts(row);
  if (parts === undefined) {
    if (number > 1) throw noSuchPart(number, 1);
    return {
      range: { offset: 0, length: row.size },
      partial: row.size > 0,
      partsCount: undefined,
      part: undefined,
    };
  }
  let offset = 0;
  for (const part of parts) {
    if (part.number === number) {
      const range = { offset, length: part.size };
      return { range, partial: part.size > 0, partsCount: parts.length, part: number };
    }
    offset += part.size;
  }
  throw noSuchPart(number, parts.length);
}

function noSuchPart(number: number, count: number): Error {
  return s3Error('InvalidPartNumber', {
    PartNumberRequested: String(number),
    ActualPartCount: String(count),
  });
}

type ObjectOutput = ChecksumMembers & Record<string, unknown>;

export function objectOutput(input: ReadInput, row: ObjectRow, selection: Selection): ObjectOutput {
  const { headers } = row;
  const output: ObjectOutput = {
    AcceptRanges: 'bytes',
    LastModified: wholeSecond(row.modifiedMs),
    ContentLength: selection.range.length,
    ETag: quotedEtag(row.etag),
    ContentType: input.ResponseContentType ?? headers.contentType ?? 'binary/octet-stream',
    ServerSideEncryption: atRest,
  };
  set(output, 'CacheControl', input.ResponseCacheControl ?? headers.cacheControl);
  set(output, 'ContentDisposition', input.ResponseContentDisposition ?? headers.contentDisposition);
  set(output, 'ContentEncoding', input.ResponseContentEncoding ?? headers.contentEncoding);
  set(output, 'ContentLanguage', input.ResponseContentLanguage ?? headers.contentLanguage);
  set(output, 'WebsiteRedirectLocation', headers.websiteRedirectLocation);
  set(output, 'StorageClass', shownStorageClass(row.storageClass));
  set(output, 'Metadata', metadataMembers(row.metadata));
  if (row.tags.length > 0) output.TagCount = row.tags.length;
  if (selection.partial) output.ContentRange = contentRange(selection.range, row.size);
  if (selection.partsCount !== undefined) output.PartsCount = selection.partsCount;
  if (input.ChecksumMode?.toUpperCase() === 'ENABLED') showChecksum(output, row, selection);
  return output;
}

/** Headers that no schema member carries as it was sent. */
export function objectHeaders(call: Call<ReadInput>, row: ObjectRow): Record<string, string> {
  const expires = call.query('response-expires') ?? row.headers.expires;
  return expires === undefined ? none : { expires };
}

const none: Record<string, string> = {};

/** Headers of a 304. */
export function notModifiedHeaders(row: ObjectRow): Record<string, string> {
  const headers: Record<string, string> = {
    etag: quotedEtag(row.etag),
    'last-modified': httpDate(row.modifiedMs),
  };
  if (row.headers.cacheControl !== undefined) headers['cache-control'] = row.headers.cacheControl;
  if (row.headers.expires !== undefined) headers.expires = row.headers.expires;
  return headers;
}

/** Of the whole object, or of one part; a range has none. */
function showChecksum(output: ObjectOutput, row: ObjectRow, selection: Selection): void {
  const { checksum } = row;
  const parts = shownParts(row);
  if (checksum === undefined) return;
  if (selection.part !== undefined && parts !== undefined) {
    const part = parts.find(({ number }) => number === selection.part);
    if (part === undefined || part.checksum.length !== factsOf(checksum.algorithm).bytes) return;
    putChecksum(output, {
      algorithm: checksum.algorithm,
      type: checksum.type,
      value: part.checksum,
      parts: 0,
    });
    return;
  }
  if (selection.range.length === row.size) putChecksum(output, checksum);
}

function overrides(input: ReadInput): boolean {
  return (
    input.ResponseCacheControl !== undefined ||
    input.ResponseContentDisposition !== undefined ||
    input.ResponseContentEncoding !== undefined ||
    input.ResponseContentLanguage !== undefined ||
    input.ResponseContentType !== undefined
  );
}

function set(output: Record<string, unknown>, name: string, value: unknown): void {
  if (value !== undefined) output[name] = value;
}
