/**
 * User metadata and the system headers kept with an object. Names of user metadata are lower case; a value outside
 * US-ASCII is decoded from RFC 2047 when it comes and encoded by RFC 2047 when it goes (Amazon S3 User Guide, "Working
 * with object metadata").
 */
import { invalidArgument, s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';

export type NameValue = readonly [name: string, value: string];

/** Headers that go back out as they came in. */
export interface SystemHeaders {
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly expires?: string | undefined;
  readonly websiteRedirectLocation?: string | undefined;
}

/** @throws MetadataTooLarge */
export function userMetadata(members: Readonly<Record<string, string>> | undefined): NameValue[] {
  const pairs: NameValue[] = [];
  if (members === undefined) return pairs;
  let size = 0;
  for (const name in members) {
    const value = decodeWords(members[name]!);
    const lower = name.toLowerCase();
    size += lower.length + Buffer.byteLength(value);
    if (size > s3Limits.userMetadataBytesMax) throw tooLarge(members);
    pairs.push([lower, value]);
  }
  return pairs;
}

export function metadataMembers(pairs: readonly NameValue[]): Record<string, string> | undefined {
  if (pairs.length === 0) return undefined;
  const members: Record<string, string> = Object.create(null);
  for (const [name, value] of pairs) members[name] = encodeWords(value);
  return members;
}

/** Takes `aws-chunked` off: a transfer form of the request, no property of the object. */
export function contentEncoding(header: string | undefined): string | undefined {
  if (header === undefined || !header.toLowerCase().includes('aws-chunked')) return header;
  const rest = header
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item.length > 0 && item.toLowerCase() !== 'aws-chunked');
  return rest.length === 0 ? undefined : rest.join(',');
}

/** @throws MetadataTooLarge, InvalidArgument */
export function checkSystemHeaders(headers: SystemHeaders): void {
  let size = 0;
  size += headers.contentType?.length ?? 0;
  size += headers.cacheControl?.length ?? 0;
  size += headers.contentDisposition?.length ?? 0;
  size += headers.contentEncoding?.length ?? 0;
  size += headers.contentLanguage?.length ?? 0;
  size += headers.expires?.length ?? 0;
  if (size > s3Limits.systemHeaderBytesMax) {
    throw s3Error('MetadataTooLarge', {
      Size: String(size),
      MaxSizeAllowed: String(s3Limits.systemHeaderBytesMax),
    });
  }
  const location = headers.websiteRedirectLocation;
  if (location === undefined) return;
  const well = location.startsWith('/') || location.startsWith('http://') || location.startsWith('https://');
  if (!well) {
    throw invalidArgument(
      'The website redirect location must have a prefix of "http://" or "https://" or "/".',
      'x-amz-website-redirect-location',
      location,
    );
  }
  if (location.length > s3Limits.websiteRedirectBytesMax) {
    throw invalidArgument(
      `The length of website redirect location cannot exceed ${s3Limits.websiteRedirectBytesMax} characters.`,
      'x-amz-website-redirect-location',
      location,
    );
  }
}

/** Largest base64 text of one encoded word: 75 characters with its frame (RFC 2047 section 2). */
const wordBytesMax = 45;

/** A header value of US-ASCII: encoded words when the value holds anything else. */
export function encodeWords(value: string): string {
  if (isPrintableAscii(value)) return value;
  const words: string[] = [];
  let start = 0;
  let size = 0;
  let at = 0;
  // A word must not cut a character in two.
  for (const character of value) {
    const bytes = Buffer.byteLength(character);
    if (size + bytes > wordBytesMax) {
      words.push(word(value.slice(start, at)));
      start = at;
      size = 0;
    }
    size += bytes;
    at += character.length;
  }
  words.push(word(value.slice(start)));
  return words.join(' ');
}

/** Encoded words of UTF-8 become their text; everything else stays as it is. */
export function decodeWords(value: string): string {
  if (!value.includes('=?')) return value;
  let out = '';
  let rest = value;
  let afterWord = false;
  for (;;) {
    const match = encodedWord.exec(rest);
    if (match === null) return out + rest;
    const between = rest.slice(0, match.index);
    // Space between two encoded words is no part of the text (RFC 2047 section 6.2).
    if (!(afterWord && between.trim() === '')) out += between;
    const bytes = match[1]!.toUpperCase() === 'B' ? Buffer.from(match[2]!, 'base64') : fromQ(match[2]!);
    out += bytes.toString('utf8');
    rest = rest.slice(match.index + match[0].length);
    afterWord = true;
  }
}

const encodedWord = /=\?utf-8\?([bq])\?([^?\s]*)\?=/i;

function word(text: string): string {
  return `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
}

function fromQ(text: string): Buffer {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i]!;
    const pair = text.slice(i + 1, i + 3);
    if (character === '=' && /^[0-9a-fA-F]{2}$/.test(pair)) {
      bytes.push(Number.parseInt(pair, 16));
      i += 2;
    } else {
      bytes.push(character === '_' ? 0x20 : character.charCodeAt(0) & 0xff);
    }
  }
  return Buffer.from(bytes);
}

function isPrintableAscii(value: string): boolean {
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code >= 0x7f || (code < 0x20 && code !== 0x09)) return false;
  }
  return true;
}

function tooLarge(members: Readonly<Record<string, string>>): Error {
  let size = 0;
  for (const [name, value] of Object.entries(members)) size += name.length + Buffer.byteLength(value);
  return s3Error('MetadataTooLarge', {
    Size: String(size),
    MaxSizeAllowed: String(s3Limits.userMetadataBytesMax),
  });
}
