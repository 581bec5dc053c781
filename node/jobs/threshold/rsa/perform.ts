/**
 * x^d from partials. Nobody is asked for a proof as long as all is well: the result is checked with the public exponent, so t + 1
 * partials that make it are right. If they do not, proofs tell who cheated, and others take its place (blame.ts).
 */
import type { Bytes } from '../../../api/index.ts';
import { ThresholdAbort } from '../errors.ts';
import { gather } from '../gather.ts';
import type { AskOptions, AuthorisedTask, Custodians, KeyCommon } from '../party.ts';
import { resolveDispute } from './blame.ts';
import { combine, type Partials } from './combine.ts';
import { gcd, toBytes } from './integers.ts';
import { type RsaKey, rsaKeyOf } from './key.ts';
import {
  decodePartial,
  encodePartialRequest,
  hasTrivialPower,
  numberOf,
  partialKind,
} from './power-handlers.ts';

/**
 * @returns value^d mod N, as long as N
 * @throws ThresholdAbort; RangeError for a value that is not as long as N and below it, or shares a factor with it
 */
export async function performRsa(
  custodians: Custodians,
  common: KeyCommon,
  authorised: AuthorisedTask,
  signal?: AbortSignal,
): Promise<Bytes> {
  const { task } = authorised;
  if (task.kind !== 'power') throw new RangeError('the task is no power');
  const key = rsaKeyOf(common);
  const x = numberOf(key, task.value);
  // 0, 1 and -1: d is odd.
  if (hasTrivialPower(key, x)) return toBytes(x, key.modulusBytes);
  const options = signal === undefined ? { authorised } : { authorised, signal };
  const partials = await collectPartials(custodians, key, options);
  const result = combine(key, x, partials);
  if (result !== undefined) return toBytes(result, key.modulusBytes);
  // Only who knows the factors of N asks for this; nobody among the custodians is to blame for it.
  if (gcd(x, key.modulus) !== 1n) throw new RangeError('the value has a factor in common with the modulus');
  return toBytes(await resolveDispute(custodians, key, x, partials, options), key.modulusBytes);
}

/** @throws ThresholdAbort; `stale` when custodians, one of them honest, have shares of another generation */
async function collectPartials(custodians: Custodians, key: RsaKey, options: AskOptions): Promise<Partials> {
  const body = encodePartialRequest(key);
  let stale = 0;
  try {
    return await gather(custodians, key.threshold + 1, async (custodian) => {
      try {
        const answer = await custodians.ask(custodian, partialKind, body, options);
        return decodePartial(key, custodian, answer);
      } catch (error) {
        if (error instanceof ThresholdAbort && error.reason === 'stale') stale += 1;
        throw error;
      }
    });
  } catch (error) {
    if (!(error instanceof ThresholdAbort) || stale <= key.threshold) throw error;
    throw new ThresholdAbort('stale', undefined, 'the key has other shares by now', { cause: error });
  }
}
