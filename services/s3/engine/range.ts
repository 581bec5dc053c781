/**
 * The `Range` header of GET and HEAD (RFC 9110 section 14.1.2) as S3 reads it: one range of bytes. Anything S3 does not
 * understand, and more than one range, is answered with the whole object.
 */
import { s3Error } from '../errors.ts';

/** First byte and number of bytes, inside the object. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** @returns undefined for the whole object. @throws InvalidRange when no byte of the object is asked for */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  const spec = rangeSpec(header);
  if (spec === undefined) return undefined;
  const { first, last } = spec;
  if (first === undefined) {
    // A suffix: the last bytes. More than there are means all of them; none, or of an empty object, cannot be met.
    if (last === 0 || size === 0) throw unsatisfiable(header, size);
    const length = Math.min(last!, size);
    return { offset: size - length, length };
  }
  if (first >= size) throw unsatisfiable(header, size);
  const end = last === undefined ? size - 1 : Math.min(last, size - 1);
  return { offset: first, length: end - first + 1 };
}

/** `bytes=first-last` of `x-amz-copy-source-range`: both bounds are required and must lie inside the source. */
export function parseCopyRange(header: string, size: number): ByteRange {
  const spec = rangeSpec(header);
  if (spec?.first === undefined || spec.last === undefined) {
    throw s3Error(
      'InvalidArgument',
      { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    );
  }
  if (spec.last >= size) {
    throw s3Error(
      'InvalidRange',
      { RangeRequested: header, ActualObjectSize: String(size) },
      `Range specified is not valid for source object of size: ${size}`,
    );
  }
  return { offset: spec.first, length: spec.last - spec.first + 1 };
}

export function contentRange(range: ByteRange, size: number): string {
  return `bytes ${range.offset}-${range.offset + range.length - 1}/${size}`;
}

function unsatisfiable(header: string, size: number): Error {
  return s3Error('InvalidRange', { RangeRequested: header, ActualObjectSize: String(size) }, undefined, {
    'content-range': `bytes */${size}`,
  });
}

interface RangeSpec {
  readonly first: number | undefined;
  readonly last: number | undefined;
}

function rangeSpec(header: string): RangeSpec | undefined {
  if (header.length < 8 || header.slice(0, 6).toLowerCase() !== 'bytes=') return undefined;
  const text = header.slice(6).trim();
  const dash = text.indexOf('-');
  if (dash < 0) return undefined;
  const first = position(text.slice(0, dash));
  const last = position(text.slice(dash + 1));
  if (first === null || last === null) return undefined;
  if (first === undefined && last === undefined) return undefined;
  if (first !== undefined && last !== undefined && last < first) return undefined;
  return { first, last };
}

/** Digits as a safe integer (larger numbers stop at the largest); undefined for none, null for anything else. */
function position(text: string): number | undefined | null {
  const digits = text.trim();
  if (digits.length === 0) return undefined;
  for (let i = 0; i < digits.length; i += 1) {
    const code = digits.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return null;
  }
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
}
