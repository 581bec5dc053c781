/**
 * Verification of outputs: pi^B * x^(2^T mod B) = y (Wesolowski 2019, section 2; D. Boneh, B. Bunz, B. Fisch, A survey of two
 * verifiable delay functions, 2018, section 2.1).
 *
 * Strict: y and pi must be the one reduced form of their class, in exactly their length, of the discriminant that the
 * challenge gives; B is recomputed. So each statement has one accepted output. Nothing here throws on what comes from
 * outside: outputs, challenges, numbers of squarings, hints. Cheap refusals come first; work is bounded by `bits` alone,
 * never by the number of squarings or by a coefficient's size, because coefficients have a fixed length.
 */
import { challengePrime, powerOfTwoModulo } from './challenge-prime.ts';
import { multiPower } from './compose.ts';
import { type ChallengeGroup, discriminantAt, findPrime, type SearchOptions } from './discriminant.ts';
import { type ClassGroup, classGroup, equal, type Form, generator, isSupportedBits } from './form.ts';
import { completePair, decodePair, elementBytes, outputBytes } from './format/v1.ts';
import { VdfInvariantError } from './invariant.ts';
import { vdfLimits } from './limits.ts';
import type { Statement } from './solve.ts';

/**
 * Why an output is refused. `statement`: bits, iterations or challenge are not supported; `length`; `y`, `pi`: not a reduced
 * form of the discriminant; `hint`: no prime at the hinted place; `discriminant`: the challenge has none; `equation`: the
 * proof does not hold.
 */
export type Refusal = 'statement' | 'length' | 'y' | 'pi' | 'hint' | 'discriminant' | 'equation';

function isSupported({ challenge, iterations, bits }: Statement): boolean {
  return (
    isSupportedBits(bits) &&
    Number.isInteger(iterations) &&
    iterations >= 1 &&
    iterations <= vdfLimits.iterationsMax &&
    challenge instanceof Uint8Array &&
    challenge.length <= vdfLimits.challengeBytesMax
  );
}

/** Undefined when pi proves y in the group. Both must be reduced. */
function equationRefusal(group: ClassGroup, iterations: number, y: Form, pi: Form): Refusal | undefined {
  try {
    const prime = challengePrime(group, y, iterations);
    if (prime === undefined) return 'equation';
    const rest = powerOfTwoModulo(iterations, prime);
    const product = multiPower(
      [
        [pi, prime],
        [generator(group), rest],
      ],
      group,
    );
    return equal(product, y) ? undefined : 'equation';
  } catch (error) {
    // Only a discriminant that is not prime breaks the arithmetic, and such a statement is not to be accepted.
    if (error instanceof VdfInvariantError) return 'discriminant';
    throw error;
  }
}

function refusalWith(
  statement: Statement,
  output: Uint8Array,
  groupOf: () => ClassGroup | Refusal,
): Refusal | undefined {
  if (!isSupported(statement)) return 'statement';
  const { iterations, bits } = statement;
  if (!(output instanceof Uint8Array) || output.length !== outputBytes(bits)) return 'length';
  const yPair = decodePair(output.subarray(0, elementBytes(bits)), bits);
  if (yPair === undefined) return 'y';
  const piPair = decodePair(output.subarray(elementBytes(bits)), bits);
  if (piPair === undefined) return 'pi';
  const group = groupOf();
  if (typeof group === 'string') return group;
  const y = completePair(yPair, group);
  if (y === undefined) return 'y';
  const pi = completePair(piPair, group);
  if (pi === undefined) return 'pi';
  return equationRefusal(group, iterations, y, pi);
}

/** Why the output does not answer the statement; undefined when it does. Searches the discriminant: see `discriminantOf`. */
export function refusal(
  statement: Statement,
  output: Uint8Array,
  options: SearchOptions = {},
): Refusal | undefined {
  const { challenge, bits } = statement;
  return refusalWith(statement, output, () => {
    const found = findPrime(challenge, bits, options);
    return found === undefined ? 'discriminant' : classGroup(-found.prime, bits);
  });
}

/** As `refusal`, with the discriminant at the hinted place; what that loses is said at `discriminantAt`. */
export function refusalWithHint(statement: Statement, hint: number, output: Uint8Array): Refusal | undefined {
  const { challenge, bits } = statement;
  return refusalWith(statement, output, () => discriminantAt(challenge, bits, hint) ?? 'hint');
}

/** As `refusal`, in a group whose discriminant the caller has already found for the challenge. */
export function refusalIn(
  { group }: Pick<ChallengeGroup, 'group'>,
  iterations: number,
  output: Uint8Array,
): Refusal | undefined {
  return refusalWith({ challenge: new Uint8Array(0), iterations, bits: group.bits }, output, () => group);
}

export function verify(statement: Statement, output: Uint8Array, options: SearchOptions = {}): boolean {
  return refusal(statement, output, options) === undefined;
}

export function verifyWithHint(statement: Statement, hint: number, output: Uint8Array): boolean {
  return refusalWithHint(statement, hint, output) === undefined;
}
