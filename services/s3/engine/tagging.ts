/** The `x-amz-tagging` header: object tags in the form of a URL query. */
import { invalidArgument, s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { NameValue } from './metadata.ts';

/** @throws InvalidTag, InvalidArgument */
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
    if (seen.has(key)) {
      throw invalidArgument(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
        'x-amz-tagging',
        header,
      );
    }
    seen.add(key);
    tags.push([key, value]);
  }
  if (tags.length > s3Limits.tagsPerObjectMax) {
    throw s3Error('InvalidTag', {}, `Object tags cannot be greater than ${s3Limits.tagsPerObjectMax}`);
  }
  return tags;
}

function checkTag(key: string, value: string): void {
  if (key.length === 0 || key.length > s3Limits.tagKeyLengthMax) {
    throw s3Error('InvalidTag', { TagKey: key }, 'The TagKey you have provided is invalid');
  }
  if (value.length > s3Limits.tagValueLengthMax) {
    throw s3Error(
      'InvalidTag',
      { TagKey: key, TagValue: value },
      'The TagValue you have provided is invalid',
    );
  }
}

function decode(text: string, header: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      header,
    );
  }
}
