/**
 * Tags of objects and buckets (Amazon S3 User Guide, "Categorizing your objects using tags"), from a `TagSet` document or
 * from the `x-amz-tagging` header, which has the form of a URL query. Tag by tag, and only then their number.
 */
import { invalidArgument, s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { NameValue } from './metadata.ts';

export interface TagMember {
  readonly Key?: string;
  readonly Value?: string;
}

export type Tagged = 'object' | 'bucket';

/** Letters, digits and spaces of any language, and `_ . : / = + - @`. */
const characters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** @throws MalformedXML, InvalidTag, BadRequest for too many */
export function tagSet(members: readonly TagMember[] | undefined, of: Tagged): NameValue[] {
  const tags: NameValue[] = [];
  const seen = new Set<string>();
  for (const { Key: key, Value: value } of members ?? []) {
    if (key === undefined || value === undefined) throw s3Error('MalformedXML');
    checkTag(key, value);
    if (seen.has(key)) {
      throw s3Error('InvalidTag', { TagKey: key }, 'Cannot provide multiple Tags with the same key');
    }
    seen.add(key);
    tags.push([key, value]);
  }
  checkCount(tags.length, of);
  return tags;
}

/** @throws InvalidTag, InvalidArgument, BadRequest for too many */
export function parseTagging(header: string | undefined): NameValue[] {
  const tags: NameValue[] = [];
  if (header === undefined || header.length === 0) return tags;
  const seen = new Set<string>();
  for (const item of header.split('&')) {
    if (item.length === 0) continue;
    const equals = item.indexOf('=');
    const key = decode(equals < 0 ? item : item.slice(0, equals), header);
    const value = equals < 0 ? '' : decode(item.slice(equals + 1), header);
    checkTag(key, value);
    if (seen.has(key)) throw badHeader(header);
    seen.add(key);
    tags.push([key, value]);
  }
  checkCount(tags.length, 'object');
  return tags;
}

/** As documents show them: in the order of their keys. */
export function tagMembers(tags: readonly NameValue[]): { readonly Key: string; readonly Value: string }[] {
  const sorted = tags.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return sorted.map(([Key, Value]) => ({ Key, Value }));
}

/** @throws InvalidTag */
function checkTag(key: string, value: string): void {
  if (key.length === 0 || key.length > s3Limits.tagKeyLengthMax || !characters.test(key)) {
    throw s3Error('InvalidTag', { TagKey: key }, 'The TagKey you have provided is invalid');
  }
  if (key.startsWith('aws:')) {
    throw s3Error('InvalidTag', { TagKey: key }, 'System tags cannot be added/updated by requester');
  }
  if (value.length > s3Limits.tagValueLengthMax || !characters.test(value)) {
    throw s3Error(
      'InvalidTag',
      { TagKey: key, TagValue: value },
      'The TagValue you have provided is invalid',
    );
  }
}

/** @throws BadRequest */
function checkCount(count: number, of: Tagged): void {
  if (of === 'object' && count > s3Limits.tagsPerObjectMax) {
    throw s3Error('BadRequest', {}, `Object tags cannot be greater than ${s3Limits.tagsPerObjectMax}`);
  }
  if (of === 'bucket' && count > s3Limits.tagsPerBucketMax) {
    throw s3Error('BadRequest', {}, `Bucket tag count cannot be greater than ${s3Limits.tagsPerBucketMax}`);
  }
}

function decode(text: string, header: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw badHeader(header);
  }
}

function badHeader(header: string): Error {
  return invalidArgument(
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    'x-amz-tagging',
    header,
  );
}
