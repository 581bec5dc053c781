/** ECDSA signatures: r | s, each as long as the order, and the DER that KMS answers with (RFC 3279, 2.2.3). */
import { integer, readElement, sequence } from './der.ts';

export function signatureToDer(raw: Uint8Array): Uint8Array {
  if (raw.length === 0 || raw.length % 2 !== 0) throw new RangeError('r and s are of one length');
  const half = raw.length / 2;
  return sequence(integer(raw.subarray(0, half)), integer(raw.subarray(half)));
}

/** @returns undefined for what is no DER of two numbers of at most this many bytes */
export function signatureFromDer(der: Uint8Array, orderBytes: number): Uint8Array | undefined {
  const outer = readElement(der, 0);
  if (outer?.tag !== 0x30 || outer.end !== der.length) return undefined;
  const r = readElement(outer.content, 0);
  const s = r === undefined ? undefined : readElement(outer.content, r.end);
  if (r?.tag !== 0x02 || s?.tag !== 0x02 || s.end !== outer.content.length) return undefined;
  const raw = new Uint8Array(2 * orderBytes);
  return place(raw, r.content, orderBytes) && place(raw, s.content, 2 * orderBytes) ? raw : undefined;
}

/** Right-aligned before `end`. */
function place(raw: Uint8Array, number: Uint8Array, end: number): boolean {
  const first = number[0];
  if (first === undefined || first >= 0x80) return false;
  const padded = first === 0 && number.length > 1;
  if (padded && number[1]! < 0x80) return false;
  const value = padded ? number.subarray(1) : number;
  if (value.length > raw.length / 2) return false;
  raw.set(value, end - value.length);
  return true;
}
