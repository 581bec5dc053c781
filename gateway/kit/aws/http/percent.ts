/**
 * Percent coding over *byte strings*: JavaScript strings whose characters are single bytes (0..255), which is what
 * Node's HTTP parser gives for URLs and headers. Working on bytes keeps a canonical request exact even where the bytes
 * are not valid UTF-8; no function here loses or replaces a byte.
 */

const hexUpper = '0123456789ABCDEF';

/** `%XX` for every byte, upper-case, as SigV4 wants it. */
const escaped: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `%${hexUpper[byte >> 4]}${hexUpper[byte & 15]}`,
);

/** RFC 3986 unreserved characters: the only ones SigV4 leaves as they are. */
const unreserved = new Uint8Array(256);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~') {
  unreserved[char.charCodeAt(0)] = 1;
}

const slash = 0x2f;
const plus = 0x2b;
const percent = 0x25;

/** Value of a hexadecimal digit, or -1. */
export function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return -1;
}

/** The escape at `index` (pointing at `%`) as a byte, or -1 when it is not two hexadecimal digits. */
function escapeAt(text: string, index: number): number {
  const high = hexDigit(text.charCodeAt(index + 1));
  const low = hexDigit(text.charCodeAt(index + 2));
  return high < 0 || low < 0 ? -1 : (high << 4) | low;
}

/** Whether every `%` starts a complete escape. */
export function wellFormedEscapes(text: string): boolean {
  for (let i = text.indexOf('%'); i >= 0; i = text.indexOf('%', i + 1)) {
    if (escapeAt(text, i) < 0) return false;
  }
  return true;
}

/** SigV4 UriEncode of a byte string: everything but unreserved characters becomes `%XX`. */
export function uriEncode(bytes: string, keepSlash: boolean): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 1) {
    const code = bytes.charCodeAt(i);
    out += unreserved[code] === 1 || (keepSlash && code === slash) ? bytes[i] : escaped[code & 255];
  }
  return out;
}

export interface NormaliseOptions {
  readonly keepSlash: boolean;
  /** `+` means a space, as in forms and queries. */
  readonly plusIsSpace: boolean;
}

/** Length of the longest prefix that `renormalise` would leave as it is: usually the whole text. */
function normalPrefix(text: string, keepSlash: boolean): number {
  let i = 0;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (unreserved[code] === 1 || (keepSlash && code === slash)) {
      i += 1;
    } else if (code === percent) {
      const byte = escapeAt(text, i);
      if (byte < 0 || unreserved[byte] === 1 || !isUpperEscape(text, i)) return i;
      i += 3;
    } else {
      return i;
    }
  }
  return i;
}

function isUpperEscape(text: string, index: number): boolean {
  return text.charCodeAt(index + 1) < 0x61 && text.charCodeAt(index + 2) < 0x61;
}

/**
 * Decodes once and encodes again in SigV4's way, in one pass. An escaped slash stays `%2F` also when plain slashes are
 * kept; a malformed `%` becomes `%25`.
 */
export function renormalise(text: string, options: NormaliseOptions): string {
  const start = normalPrefix(text, options.keepSlash);
  if (start === text.length) return text;
  let out = text.slice(0, start);
  for (let i = start; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === percent) {
      const byte = escapeAt(text, i);
      if (byte < 0) {
        out += '%25';
        continue;
      }
      out += unreserved[byte] === 1 ? String.fromCharCode(byte) : escaped[byte];
      i += 2;
    } else if (unreserved[code] === 1 || (options.keepSlash && code === slash)) {
      out += text[i];
    } else if (options.plusIsSpace && code === plus) {
      out += '%20';
    } else {
      out += escaped[code & 255];
    }
  }
  return out;
}

/** Decodes escapes into a byte string; a malformed escape stays as it is. */
export function percentDecode(text: string, plusIsSpace: boolean): string {
  if (!text.includes('%') && !(plusIsSpace && text.includes('+'))) return text;
  let out = '';
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const byte = code === percent ? escapeAt(text, i) : -1;
    if (byte >= 0) {
      out += String.fromCharCode(byte);
      i += 2;
    } else {
      out += plusIsSpace && code === plus ? ' ' : text[i];
    }
  }
  return out;
}

/** Text of a byte string that holds UTF-8; invalid sequences become U+FFFD. ASCII is returned as it is. */
export function utf8Text(bytes: string): string {
  for (let i = 0; i < bytes.length; i += 1) {
    if (bytes.charCodeAt(i) > 127) return Buffer.from(bytes, 'latin1').toString('utf8');
  }
  return bytes;
}
