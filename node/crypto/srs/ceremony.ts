/**
 * A ceremony for powers of tau. Each contributor multiplies the k-th power by the k-th power of a secret of their own; tau
 * is the product of all secrets, unknown while one of them is forgotten.
 *
 * Sources: Bowe, Gabizon and Miers 2017, "Scalable multi-party computation for zk-SNARK parameters in the random beacon model";
 * Nikolaenko, Ragsdale, Bonneau and Boneh 2022, "Powers-of-Tau to the People": contributors in sequence, no beacon, a
 * proof of knowledge for each step, and consistency of the powers checked by pairings once, at the end.
 *
 * Each step proves, after Schnorr, that its contributor knows the factor between the [tau]G1 before and after it. The
 * challenge binds number, hash of everything before, and all resulting powers, so that no step can be moved, replayed or
 * undone by one who does not know it. Pure functions: randomness is given, nothing is stored.
 */
import { bytesToHex, bytesToNumberBE, hexToBytes, numberToBytesBE } from '@noble/curves/utils.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { type Curve, curveSizes, type G1, type G2, scalarOrder } from '../bls48581/index.ts';
import { powersOf, scalars } from '../kzg/scalars.ts';
import { checkPowers, type Faults } from './check.ts';
import { SrsError } from './errors.ts';
import {
  type Contribution,
  challengeOf,
  firstHash,
  powersHash,
  stepHash,
  type Transcript,
} from './format/transcript-v1.ts';
import { srsOfWidth } from './lagrange.ts';
import { srsLimits } from './limits.ts';
import type { PowersOfTau, Srs } from './srs.ts';

export interface CeremonySize {
  /** Powers in G1, the zeroth included: one more than the largest width. */
  readonly g1: number;
  readonly g2: number;
}

/** Every power is the generator: tau is one until somebody contributes. */
export function initCeremony(curve: Curve, size: CeremonySize): Transcript {
  const isCount = (count: number, most: number) => Number.isInteger(count) && count >= 2 && count <= most;
  if (!isCount(size.g1, srsLimits.g1PowersMax) || !isCount(size.g2, srsLimits.g2PowersMax)) {
    throw new SrsError('format', `a ceremony has 2 to ${srsLimits.g1PowersMax} powers`);
  }
  return {
    contributions: [],
    g1: new Array<string>(size.g1).fill(bytesToHex(curve.encodeG1(curve.g1))),
    g2: new Array<string>(size.g2).fill(bytesToHex(curve.encodeG2(curve.g2))),
  };
}

/**
 * The transcript with one more contribution. What came before is verified first: one who builds on a broken transcript
 * would lend it trust.
 *
 * The secret exists as big integers, which cannot be overwritten and last until the collector of garbage takes
 * them; run it in a process of its own that ends. The bytes it came from are overwritten, those of `entropy` too.
 * @param entropy at least 64 random bytes, used for nothing else
 * @throws SrsError with the first fault
 */
export function contribute(curve: Curve, transcript: Transcript, entropy: Uint8Array): Transcript {
  const { entropyBytesMin, entropyBytesMax, contributionsMax } = srsLimits;
  if (!(entropy.length >= entropyBytesMin && entropy.length <= entropyBytesMax)) {
    throw new RangeError(`entropy has ${entropyBytesMin} to ${entropyBytesMax} bytes`);
  }
  if (transcript.contributions.length >= contributionsMax)
    throw new SrsError('format', 'the ceremony is full');
  const [fault] = verifyCeremony(curve, transcript);
  if (fault !== undefined) throw new SrsError('check', fault);

  const { before, tauG1: previousTau } = lastState(curve, transcript);
  const draw = drawFrom(entropy, before);
  const [secret, nonce, blind] = [draw('secret'), draw('nonce'), draw('blind')];
  entropy.fill(0);

  const powers = decodePowers(curve, transcript);
  const factors = powersOf(secret, Math.max(powers.g1.length, powers.g2.length));
  const encoded = {
    g1: powers.g1.map((point, k) =>
      k === 0 ? transcript.g1[0]! : bytesToHex(curve.encodeG1(curve.multiplyG1Secret(point, factors[k]!))),
    ),
    g2: powers.g2.map((point, k) =>
      k === 0
        ? transcript.g2[0]!
        : bytesToHex(curve.encodeG2(multiplyBlinded(curve, point, factors[k]!, blind))),
    ),
  };
  const statement = {
    number: transcript.contributions.length + 1,
    previous: before,
    tauG1: encoded.g1[1]!,
    commitment: bytesToHex(curve.encodeG1(curve.multiplyG1Secret(powers.g1[1]!, nonce))),
    powersHash: powersHash(encoded),
  };
  const challenge = challengeOf(statement, previousTau);
  const response = scalars.add(nonce, scalars.multiply(challenge, secret));
  const step = { ...statement, response: bytesToHex(numberToBytesBE(response, curveSizes.scalar)) };
  return { ...encoded, contributions: [...transcript.contributions, { ...step, hash: stepHash(step) }] };
}

/** Only the sum of the two multiplications depends on the secret: the curve has no regular multiplication of such points. */
function multiplyBlinded(curve: Curve, point: G2, secret: bigint, blind: bigint): G2 {
  return curve.addG2(
    curve.multiplyG2(point, scalars.subtract(secret, blind)),
    curve.multiplyG2(point, blind),
  );
}

const salt = new TextEncoder().encode('hypergate/ceremony/v1');

/** Scalars that nobody else can know, different for each purpose and each transcript. */
function drawFrom(entropy: Uint8Array, before: string): (purpose: string) => bigint {
  return (purpose) => {
    const info = new Uint8Array([...new TextEncoder().encode(`${purpose} `), ...hexToBytes(before)]);
    const bytes = hkdf(sha512, entropy, salt, info, 98);
    const scalar = bytesToNumberBE(bytes) % scalarOrder;
    bytes.fill(0);
    // Neither happens by chance; both would be contributions of nothing.
    if (scalar < 2n) throw new RangeError('the entropy gives no secret');
    return scalar;
  };
}

function lastState(
  curve: Curve,
  { contributions, ...powers }: Transcript,
): { before: string; tauG1: string } {
  const last = contributions.at(-1);
  return last === undefined
    ? { before: firstHash(powers), tauG1: bytesToHex(curve.encodeG1(curve.g1)) }
    : { before: last.hash, tauG1: last.tauG1 };
}

/** Every step, and the powers that resulted. @returns sentences about what is wrong, none when all is well */
export function verifyCeremony(curve: Curve, transcript: Transcript): Faults {
  const { contributions } = transcript;
  let state = lastState(curve, { ...transcript, contributions: [] });
  for (const [index, step] of contributions.entries()) {
    const fault = checkStep(curve, step, index + 1, state);
    if (fault !== undefined) return [`contribution ${index + 1}: ${fault}`];
    state = { before: step.hash, tauG1: step.tauG1 };
  }
  if (transcript.g1[1] !== state.tauG1) return ['the powers are not those of the last contribution'];
  const last = contributions.at(-1);
  if (last === undefined) {
    const { g1, g2 } = initCeremony(curve, { g1: transcript.g1.length, g2: transcript.g2.length });
    const isInitial =
      g1.every((hex, k) => hex === transcript.g1[k]) && g2.every((hex, k) => hex === transcript.g2[k]);
    return isInitial ? [] : ['powers without a contribution are not all the generator'];
  }
  if (last.powersHash !== powersHash(transcript))
    return ['the powers do not have the hash that the last contribution names'];
  try {
    return checkPowers(curve, decodePowers(curve, transcript));
  } catch (error) {
    if (error instanceof SrsError) return [error.message];
    throw error;
  }
}

function checkStep(
  curve: Curve,
  step: Contribution,
  number: number,
  state: { readonly before: string; readonly tauG1: string },
): string | undefined {
  if (step.number !== number) return 'it has another number';
  if (step.previous !== state.before) return 'it does not follow the step before';
  if (step.hash !== stepHash(step)) return 'it does not have the hash that it names';
  if (step.tauG1 === state.tauG1) return 'it changes nothing';
  const [before, after, commitment] = [state.tauG1, step.tauG1, step.commitment].map((hex) =>
    curve.decodeG1(hexToBytes(hex)),
  );
  const isPoint = (point: G1 | undefined): point is G1 => point !== undefined && !curve.isIdentity(point);
  if (!isPoint(before) || !isPoint(after) || !isPoint(commitment))
    return 'it holds points that are none of G1';
  const response = BigInt(`0x${step.response}`);
  if (response >= scalarOrder) return 'its response is not a canonical scalar';
  // response * before = commitment + challenge * after
  const challenge = challengeOf(step, state.tauG1);
  const sum = curve.multiSumG1(
    [before, after, commitment],
    [response, scalars.negate(challenge % scalarOrder), scalarOrder - 1n],
  );
  return curve.isIdentity(sum) ? undefined : 'its proof of knowledge is wrong';
}

/** The string of one width. @throws SrsError for a transcript with faults, or without contributions */
export function exportCeremony(curve: Curve, transcript: Transcript, width: number): Srs {
  if (transcript.contributions.length === 0) throw new SrsError('check', 'nobody has contributed yet');
  const [fault] = verifyCeremony(curve, transcript);
  if (fault !== undefined) throw new SrsError('check', fault);
  return srsOfWidth(curve, decodePowers(curve, transcript), width);
}

/** @throws SrsError */
export function decodePowers(curve: Curve, { g1, g2 }: Pick<Transcript, 'g1' | 'g2'>): PowersOfTau {
  return {
    g1: g1.map((hex, k) => {
      const point = curve.decodeG1(hexToBytes(hex));
      if (point === undefined) throw new SrsError('points', `power ${k} in G1 is not a point of G1`);
      return point;
    }),
    g2: g2.map((hex, k) => {
      const point = curve.decodeG2(hexToBytes(hex));
      if (point === undefined) throw new SrsError('points', `power ${k} in G2 is not a point of G2`);
      return point;
    }),
  };
}
