/**
 * Entity tags: the MD5 of the bytes, or for an object of N uploaded parts the MD5 of the parts' MD5s and `-N`
 * (Amazon S3 User Guide, "Checking object integrity").
 */
import { createHash } from 'node:crypto';
import type { Bytes } from './bytes.ts';
import { viewOf } from './bytes.ts';

export interface ETag {
  /** 16 bytes. */
  readonly md5: Bytes;
  /** Number of parts; 0 for an object that came whole. */
  readonly parts: number;
}

/** Without quotes. */
export function etagText(etag: ETag): string {
  const hex = viewOf(etag.md5).toString('hex');
  return etag.parts === 0 ? hex : `${hex}-${etag.parts}`;
}

export function quotedEtag(etag: ETag): string {
  return `"${etagText(etag)}"`;
}

export function multipartEtag(partMd5s: readonly Bytes[]): ETag {
  const hash = createHash('md5');
  for (const md5 of partMd5s) hash.update(md5);
  return { md5: hash.digest(), parts: partMd5s.length };
}

/** An entity tag as clients send it, with or without quotes and the weak mark. */
export function unquoteEtag(text: string): string {
  let start = 0;
  let end = text.length;
  if (text.startsWith('W/')) start = 2;
  if (end - start >= 2 && text.charCodeAt(start) === 0x22 && text.charCodeAt(end - 1) === 0x22) {
    start += 1;
    end -= 1;
  }
  return text.slice(start, end);
}

/** Whether one of the tags of an `If-Match` or `If-None-Match` list is this one; `*` is any. */
export function etagListed(header: string, etag: ETag): boolean {
  if (header.trim() === '*') return true;
  const own = etagText(etag);
  for (const item of header.split(',')) if (unquoteEtag(item.trim()).toLowerCase() === own) return true;
  return false;
}
