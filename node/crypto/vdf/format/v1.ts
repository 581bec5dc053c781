/**
 * Bytes of the delay function: elements, outputs and the transcript that the challenge prime is drawn from. They are those of
 * the reference protocol and never change.
 *
 *   integer    floor((bits + 16) / 16) bytes, two's complement, big-endian
 *   element    a ‖ b of the reduced form (c follows from the discriminant)
 *   output     y ‖ pi: 516 bytes at 2,048 bits
 *   transcript "prime" ‖ u64 counter ‖ x ‖ y ‖ u32 iterations, hashed with SHA-256; the first 16 bytes are the candidate
 *
 * What the transcript does not bind: neither the discriminant nor its length, and x is the same form (2, 1) in each group. The
 * discriminant is fixed by the challenge before anyone can choose y, so a prover gains no freedom by it; whoever builds
 * another protocol on these functions must keep that order. The prime has 128 bits: a prover who can do about 2^60 work
 * ahead of time under one discriminant could forge (Boneh, Bunz, Fisch 2018, section 3.3, ask for twice the security level).
 */
import { concat, counterBytes, signedBytes, signedFrom } from '../bytes.ts';
import type { ClassGroup, Form } from '../form.ts';
import { generator, isReduced } from '../form.ts';

export function integerBytes(bits: number): number {
  return Math.floor((bits + 16) / 16);
}

export function elementBytes(bits: number): number {
  return 2 * integerBytes(bits);
}

export function outputBytes(bits: number): number {
  return 2 * elementBytes(bits);
}

/** @param form reduced */
export function encodeElement(form: Form, bits: number): Uint8Array {
  const length = integerBytes(bits);
  return concat(signedBytes(form.a, length), signedBytes(form.b, length));
}

/** The two integers of an element whose discriminant is not looked at yet. */
export interface ElementPair {
  readonly a: bigint;
  readonly b: bigint;
}

/** Undefined unless the bytes may be a reduced form: their length, 0 < a, |b| <= a, b odd. Takes microseconds. */
export function decodePair(bytes: Uint8Array, bits: number): ElementPair | undefined {
  const length = integerBytes(bits);
  if (bytes.length !== 2 * length) return undefined;
  const a = signedFrom(bytes.subarray(0, length));
  const b = signedFrom(bytes.subarray(length));
  const size = b < 0n ? -b : b;
  if (a <= 0n || size > a || (size & 1n) === 0n) return undefined;
  return { a, b };
}

/** The reduced form of the pair, or undefined when there is none of this discriminant. */
export function completePair({ a, b }: ElementPair, group: ClassGroup): Form | undefined {
  const product = b * b - group.discriminant;
  const fourA = a << 2n;
  if (product % fourA !== 0n) return undefined;
  const form = { a, b, c: product / fourA };
  return isReduced(form) ? form : undefined;
}

/** The reduced form written in the bytes, or undefined: each class has exactly one accepted encoding. */
export function decodeElement(bytes: Uint8Array, group: ClassGroup): Form | undefined {
  const pair = decodePair(bytes, group.bits);
  return pair === undefined ? undefined : completePair(pair, group);
}

/** Candidates of the challenge prime, by counter. The returned array is reused by the next call. */
export function transcript(group: ClassGroup, y: Form, iterations: number): (counter: number) => Uint8Array {
  const head = new TextEncoder().encode('prime');
  const bytes = concat(
    head,
    new Uint8Array(8),
    encodeElement(generator(group), group.bits),
    encodeElement(y, group.bits),
    counterBytes(iterations, 4),
  );
  return (counter) => {
    bytes.set(counterBytes(counter, 8), head.length);
    return bytes;
  };
}
