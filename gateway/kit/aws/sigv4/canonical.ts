/**
 * Canonical request and string to sign, from AWS's "Create a signed AWS API request" (Signature Version 4). All texts
 * are byte strings, to be hashed as latin1.
 */
import { hash } from 'node:crypto';
import { renormalise, uriEncode } from '../http/percent.ts';
import type { RawHeaders } from '../http/raw-headers.ts';
import type { QueryPair } from '../http/raw-url.ts';
import { type Scope, scopeText } from './scope.ts';

export interface CanonicalParts {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: string;
  readonly signedHeaders: string;
  readonly payloadHash: string;
}

export function canonicalRequest(parts: CanonicalParts): string {
  return `${parts.method}\n${parts.path}\n${parts.query}\n${parts.headers}\n${parts.signedHeaders}\n${parts.payloadHash}`;
}

export function stringToSign(iso: string, scope: Scope, request: string): string {
  return `AWS4-HMAC-SHA256\n${iso}\n${scopeText(scope)}\n${sha256OfByteString(request)}`;
}

export function sha256OfByteString(text: string): string {
  return hash('sha256', Buffer.from(text, 'latin1'), 'hex');
}

const pathOptions = { keepSlash: true, plusIsSpace: false } as const;
const queryOptions = { keepSlash: false, plusIsSpace: true } as const;

/** S3 encodes a path once: decoded and encoded again, so that clients which escape differently agree. */
export function s3CanonicalPath(rawPath: string): string {
  return renormalise(rawPath, pathOptions);
}

/** Other services remove empty, `.` and `..` segments and encode the path as sent a second time. */
export function normalisedCanonicalPath(rawPath: string): string {
  if (rawPath === '/' || rawPath === '') return '/';
  const kept: string[] = [];
  for (const segment of rawPath.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  const end = kept.length > 0 && rawPath.endsWith('/') ? '/' : '';
  return uriEncode(`/${kept.join('/')}${end}`, true);
}

/** Parameters encoded anew, sorted by the bytes of name, then value; the signature itself is left out. */
export function canonicalQuery(pairs: readonly QueryPair[]): string {
  if (pairs.length === 0) return '';
  const encoded: QueryPair[] = [];
  for (const pair of pairs) {
    if (pair.name === 'X-Amz-Signature') continue;
    encoded.push({
      name: renormalise(pair.name, queryOptions),
      value: renormalise(pair.value, queryOptions),
    });
  }
  encoded.sort(byNameThenValue);
  return encoded.map((pair) => `${pair.name}=${pair.value}`).join('&');
}

// Encoded names and values are ASCII, where comparing code units is comparing bytes.
function byNameThenValue(a: QueryPair, b: QueryPair): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return 0;
}

/** `name:value\n` for every signed header; a signed header that was not sent has an empty value. */
export function canonicalHeaders(headers: RawHeaders, signed: readonly string[]): string {
  let out = '';
  for (const name of signed) {
    out += `${name}:${canonicalValue(headers, name)}\n`;
  }
  return out;
}

function canonicalValue(headers: RawHeaders, name: string): string {
  const value = headers.bytes(name) ?? '';
  if (!headers.isRepeated(name)) return trimAndCollapse(value);
  const values: string[] = [];
  for (const field of headers.fields) {
    if (field.name === name) values.push(trimAndCollapse(field.value));
  }
  return values.join(',');
}

const outerBlanks = /^[ \t]+|[ \t]+$/g;
const innerBlanks = /[ \t]+/g;

// Only space and tab: JavaScript's own trim() also takes 0xA0 away, which is the second byte of UTF-8 letters.
function trimAndCollapse(value: string): string {
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(value.length - 1);
  if (first > 0x20 && last > 0x20 && !value.includes('  ') && !value.includes('\t')) return value;
  return value.replace(outerBlanks, '').replace(innerBlanks, ' ');
}
