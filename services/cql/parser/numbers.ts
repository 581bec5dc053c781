/**
 * Literals that begin with a digit or a sign: integers, floats, hexadecimal blobs, UUIDs and durations, in both of their forms.
 * Specification: constants in the CQL 3.4.5 reference; ISO 8601 for the second form of durations.
 */
import type { Literal } from './tokens.ts';

const float = /-?\d+(?:\.(?!\.)\d*|\.(?=\.\.))?(?:[eE][+-]?\d+)?/y;
const units = /-?(?:\d+(?:us|µs|ms|ns|mo|[ywdhms]))+/iy;
const iso =
  /-?P(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|\d+W|T(?:\d+H(?:\d+M)?(?:\d+S)?|\d+M(?:\d+S)?|\d+S)|(?:\d+Y(?:\d+M)?(?:\d+D)?|\d+M(?:\d+D)?|\d+D)(?:T(?:\d+H(?:\d+M)?(?:\d+S)?|\d+M(?:\d+S)?|\d+S))?)/y;
const hexNumber = /0[xX][0-9a-fA-F]*/y;
const uuid = /[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}/y;

function end(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : 0;
}

/** @returns where it ends; 0: there is none */
export function scanUuid(text: string, at: number): number {
  return text.charCodeAt(at + 8) === 45 ? end(uuid, text, at) : 0;
}

/** The form that begins with `P`. @returns where it ends; 0: there is none */
export function scanDuration(text: string, at: number): number {
  return end(iso, text, at);
}

/** @param at of a digit, or of a minus sign before one */
export function scanNumber(text: string, at: number): { readonly kind: Literal; readonly end: number } {
  let stop = at + 1;
  let code = text.charCodeAt(stop);
  while (code >= 48 && code <= 57) code = text.charCodeAt(++stop);
  // A dot, a letter or a micro sign: everything else ends an integer.
  if (code !== 46 && code !== 0xb5 && !((code | 32) >= 97 && (code | 32) <= 122)) {
    return { kind: 'INTEGER', end: stop };
  }
  const duration = end(units, text, at);
  if (duration !== 0) return { kind: 'DURATION_LITERAL', end: duration };
  const blob = end(hexNumber, text, at);
  if (blob !== 0) return { kind: 'HEXNUMBER', end: blob };
  const number = end(float, text, at);
  return { kind: number === stop ? 'INTEGER' : 'FLOAT_LITERAL', end: number };
}
