/** Names, values and times as claims have them. Runs in browsers. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { CqlType, Value } from '../types/api.ts';
import { hexOf } from '../types/binary.ts';
import { quoteName } from '../types/quoting.ts';
import { literalText } from '../types/to-text.ts';
import { verifyLimits } from './limits.ts';

const unseen = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** What has characters that are not seen, or that change how others are, stands in double quotes with such written as `\u{…}`. */
export function shown(text: string): string {
  if (text.search(unseen) < 0) return text;
  const escaped = text
    .replace(/["\\]/g, '\\$&')
    .replace(unseen, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
  return `"${escaped}"`;
}

/** As CQL writes it. */
export function nameText(name: string): string {
  return shown(quoteName(name));
}

/** Of a validated value: as CQL writes it, or of what is long the hash. */
export function valueText(type: CqlType, value: Value): string {
  if (value.length > verifyLimits.shownBytesMax)
    return `${value.length} bytes, sha256 ${hexOf(sha256(value))}`;
  return shown(literalText(type, value));
}

/** The same in a sentence, where what is long is only hinted at. */
export function phraseText(type: CqlType, value: Value): string {
  if (value.length <= verifyLimits.shownBytesMax) {
    const text = valueText(type, value);
    if (text.length <= verifyLimits.phraseMax) return text;
  }
  switch (type.kind) {
    case 'list':
    case 'vector':
      return '[…]';
    case 'set':
    case 'map':
    case 'udt':
      return '{…}';
    case 'tuple':
      return '(…)';
    default:
      return `(${value.length} bytes)`;
  }
}

const microsecondsMax = 253_402_300_800_000_000n;

/** Of writing: microseconds as WRITETIME gives them, and the date that they stand for. */
export function writeTimeText(timestamp: bigint): string {
  if (timestamp < 0n || timestamp >= microsecondsMax) return String(timestamp);
  const seconds = new Date(Number(timestamp / 1_000_000n) * 1000).toISOString().slice(0, -5);
  return `${timestamp} (${seconds}.${String(timestamp % 1_000_000n).padStart(6, '0')}Z)`;
}

export function secondsText(seconds: number): string {
  if (seconds < 0 || seconds * 1_000_000 >= Number(microsecondsMax)) return `${seconds} s after 1970`;
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

/** `7fc56270-e7a7-0fa8-1d59-35b72eacbe29` */
export function idText(id: string): string {
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
