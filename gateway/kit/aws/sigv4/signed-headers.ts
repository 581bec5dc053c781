/** The list of headers a signature covers, and the rule which headers it must cover. */
import type { RawHeaders } from '../http/raw-headers.ts';
import { fail } from './failure.ts';
import { signedHeadersMax } from './limits.ts';

const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** @returns the names, or a sentence when the list is malformed */
export function parseSignedHeaders(text: string): readonly string[] | string {
  const known = lastLists.get(text);
  if (known !== undefined) return known;
  const names = text.split(';');
  if (names.length > signedHeadersMax) return 'SignedHeaders names too many headers.';
  if (!names.every((name) => headerName.test(name))) {
    return 'SignedHeaders must be lower-case header names separated by semicolons.';
  }
  if (new Set(names).size !== names.length) return 'SignedHeaders names a header twice.';
  remember(text, names);
  return names;
}

// Clients send the same few lists with every request; both bounds keep hostile lists from growing this.
const lastLists = new Map<string, readonly string[]>();
const listsKept = 64;
const listCharsKept = 512;

function remember(text: string, names: readonly string[]): void {
  if (text.length > listCharsKept) return;
  if (lastLists.size >= listsKept) lastLists.clear();
  lastLists.set(text, names);
}

/**
 * `host` and every `x-amz-*` header sent must be signed: an unsigned one could be added by whoever relays the request
 * and would change what it does.
 * @throws SignatureFailure
 */
export function requireSigned(headers: RawHeaders, signed: readonly string[]): void {
  let missing: string[] | undefined;
  for (const name of headers.names()) {
    if ((name === 'host' || name.startsWith('x-amz-')) && !signed.includes(name)) {
      missing ??= [];
      missing.push(name);
    }
  }
  if (!signed.includes('host') && missing?.includes('host') !== true) {
    missing ??= [];
    missing.push('host');
  }
  if (missing !== undefined) fail({ kind: 'headers-not-signed', names: missing.sort() });
}
