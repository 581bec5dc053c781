/**
 * Conditional headers in the order of RFC 9110 section 13.2.2, with what S3 adds: a failed condition of a copy source is
 * always 412, and a write knows `If-None-Match` (AWS: only with `*`) and `If-Match`. Dates count whole seconds, as headers show them.
 */
import { s3Error } from '../errors.ts';
import { type ETag, etagListed } from './etag.ts';

export interface ReadConditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSinceMs?: number | undefined;
  readonly ifUnmodifiedSinceMs?: number | undefined;
}

export interface Validators {
  readonly etag: ETag;
  readonly modifiedMs: number;
}

export type ReadVerdict = 'proceed' | 'not-modified';

/** @throws PreconditionFailed */
export function checkRead(conditions: ReadConditions, current: Validators): ReadVerdict {
  const { ifMatch, ifNoneMatch, ifModifiedSinceMs, ifUnmodifiedSinceMs } = conditions;
  if (ifMatch !== undefined) {
    if (!etagListed(ifMatch, current.etag)) throw failed('If-Match');
  } else if (
    ifUnmodifiedSinceMs !== undefined &&
    seconds(current.modifiedMs) > seconds(ifUnmodifiedSinceMs)
  ) {
    throw failed('If-Unmodified-Since');
  }
  if (ifNoneMatch !== undefined) {
    if (etagListed(ifNoneMatch, current.etag)) return 'not-modified';
  } else if (ifModifiedSinceMs !== undefined && seconds(current.modifiedMs) <= seconds(ifModifiedSinceMs)) {
    return 'not-modified';
  }
  return 'proceed';
}

/** The four `x-amz-copy-source-if-*` headers. @throws PreconditionFailed */
export function checkCopySource(conditions: ReadConditions, source: Validators): void {
  if (checkRead(conditions, source) === 'proceed') return;
  throw failed(
    conditions.ifNoneMatch !== undefined
      ? 'x-amz-copy-source-If-None-Match'
      : 'x-amz-copy-source-If-Modified-Since',
  );
}

export interface WriteConditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/** What S3 does not offer is refused before any byte of the body is read. @throws NotImplemented */
export function checkWriteConditionForm(conditions: WriteConditions): void {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifNoneMatch !== undefined && ifMatch !== undefined) throw notOffered('If-Match');
}

/** @param current undefined when no object stands under the key. @throws PreconditionFailed, NoSuchKey */
export function checkWrite(conditions: WriteConditions, current: Validators | undefined, key: string): void {
  const { ifMatch, ifNoneMatch } = conditions;
  if (ifNoneMatch !== undefined && current !== undefined && etagListed(ifNoneMatch, current.etag))
    throw failed('If-None-Match');
  if (ifMatch === undefined) return;
  if (current === undefined) throw s3Error('NoSuchKey', { Key: key });
  if (!etagListed(ifMatch, current.etag)) throw failed('If-Match');
}

export interface DeleteConditions {
  readonly ifMatch?: string | undefined;
  readonly ifModifiedMs?: number | undefined;
  readonly ifSize?: number | undefined;
}

export interface DeleteValidators extends Validators {
  readonly size: number;
  readonly deleteMarker: boolean;
}

/**
 * `If-Match` asks for an object, so one that is not there, or a delete marker in its place, is an error of its own. Date and
 * size are conditions of what is there only: nothing to delete is as good as deleted.
 *
 * @param current the current version, or the one that is named
 * @param named a delete marker that is named is there like any other version
 * @throws PreconditionFailed, NoSuchKey
 */
export function checkDelete(
  conditions: DeleteConditions,
  current: DeleteValidators | undefined,
  key: string,
  named = false,
): void {
  const { ifMatch, ifModifiedMs, ifSize } = conditions;
  if (ifMatch !== undefined) {
    if (current === undefined || (current.deleteMarker && !named)) throw s3Error('NoSuchKey', { Key: key });
    const matches = current.deleteMarker ? ifMatch.trim() === '*' : etagListed(ifMatch, current.etag);
    if (!matches) throw failed('If-Match');
  }
  if (current === undefined) return;
  if (ifModifiedMs !== undefined && seconds(ifModifiedMs) !== seconds(current.modifiedMs)) {
    throw failed('x-amz-if-match-last-modified-time');
  }
  if (ifSize !== undefined && ifSize !== current.size) throw failed('x-amz-if-match-size');
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function failed(condition: string): Error {
  return s3Error('PreconditionFailed', { Condition: condition });
}

function notOffered(header: string): Error {
  return s3Error('NotImplemented', { Header: header });
}
