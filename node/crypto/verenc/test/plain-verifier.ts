/**
 * The verifier once more, from the text of index.ts and format/v1.ts alone: bytes cut by hand, hashes of node:crypto, and
 * every equation by itself.
 */
import { createHash } from 'node:crypto';
import { ristretto255 } from '@noble/curves/ed25519.js';
import type { EpochStatement, Parameters } from '../index.ts';

const { Point } = ristretto255;
const order = Point.Fn.ORDER;

const sha512 = (...parts: readonly (string | Uint8Array)[]) => {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const uint32 = (value: number) => Buffer.of(value >>> 24, value >>> 16, value >>> 8, value);
const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
const little = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();

export function verifyPlainly(
  { domain, epoch, readKey, commitment }: EpochStatement,
  proof: Uint8Array,
  { parties, opened: count }: Parameters,
): boolean {
  if (proof.length !== 101 + 32 * (2 * parties + count)) return false;
  if (!Buffer.concat([Buffer.of(1), uint32(epoch), commitment]).equals(proof.subarray(0, 37))) return false;
  const challenge = proof.subarray(37, 101);
  const words = Array.from({ length: 2 * parties + count }, (_, at) =>
    proof.subarray(101 + 32 * at, 133 + 32 * at),
  );

  const left = Array.from({ length: parties }, (_, at) => at + 1);
  for (let draw = 0; draw < count; draw += 1) {
    const block = sha512('hypergate/verenc/v1/subset', challenge, uint32(draw - (draw % 8)));
    const other = draw + Number(block.readBigUInt64BE(8 * (draw % 8)) % BigInt(parties - draw));
    [left[draw], left[other]] = [left[other]!, left[draw]!];
  }
  const opened = left.slice(0, count).sort((one, two) => one - two);

  const context = sha512(
    'hypergate/verenc/v1/context',
    ...[parties, count, epoch].map(uint32),
    domain,
    readKey,
    commitment,
  );
  const coefficients = words.slice(0, count);
  if (!coefficients.every(isElement)) return false;
  const all: Uint8Array[] = [];
  let [openedAt, hiddenAt] = [count, 3 * count];
  for (let index = 1; index <= parties; index += 1) {
    if (!opened.includes(index)) {
      const [element, masked] = [words[hiddenAt++]!, words[hiddenAt++]!];
      if (!isElement(element) || !isScalar(masked)) return false;
      all.push(element, masked);
      continue;
    }
    const [share, randomness] = [words[openedAt++]!, words[openedAt++]!];
    if (!isScalar(share) || !isScalar(randomness)) return false;
    const element = Point.BASE.multiply(number(randomness)).toBytes();
    const shared = Point.fromBytes(Uint8Array.from(readKey)).multiply(number(randomness)).toBytes();
    const mask = number(sha512('hypergate/verenc/v1/mask', context, uint32(index), element, shared));
    all.push(element, little((number(share) + mask) % order));
    let expected = Point.ZERO;
    for (const coefficient of coefficients.toReversed())
      expected = expected.add(Point.fromBytes(Uint8Array.from(coefficient))).multiplyUnsafe(BigInt(index));
    expected = expected.add(Point.fromBytes(Uint8Array.from(commitment)));
    if (!Point.BASE.multiply(number(share)).equals(expected)) return false;
  }
  return sha512('hypergate/verenc/v1/challenge', context, ...coefficients, ...all).equals(challenge);
}

function isScalar(word: Uint8Array): boolean {
  return number(word) > 0n && number(word) < order;
}

function isElement(word: Uint8Array): boolean {
  try {
    return !Point.fromBytes(Uint8Array.from(word)).equals(Point.ZERO);
  } catch {
    return false;
  }
}
