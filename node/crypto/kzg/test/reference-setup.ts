/** The reference's string as far as a width needs it, and its vectors. */
import { readFileSync } from 'node:fs';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { testCurve } from '../../bls48581/test/test-curve.ts';
import { decodeReferenceWidth, parseReferenceSrs, type ReferenceWidth, type Srs } from '../../srs/index.ts';

export const curve = testCurve;

const text = parseReferenceSrs(
  readFileSync(new URL('../../srs/test/golden/reference-srs.json', import.meta.url), 'utf8'),
);
const known = new Map<ReferenceWidth, Srs>();

export function referenceSrs(width: number): Srs {
  const key = width as ReferenceWidth;
  const srs = known.get(key) ?? decodeReferenceWidth(curve, text, key);
  known.set(key, srs);
  return srs;
}

const encoder = new TextEncoder();

/** Rule A of the vectors. */
export const ruleA = (width: number) =>
  Array.from({ length: width }, (_, index) =>
    sha512(concatBytes(encoder.encode('kzg-vector'), Uint8Array.of(index))),
  );

/** Rule B: polynomial k. */
export const ruleB = (k: number, width: number) =>
  Array.from({ length: width }, (_, index) =>
    sha512(concatBytes(encoder.encode('mp-vector'), Uint8Array.of(k, index))),
  );
