/**
 * Partials that do not make x^d: who cheated, and the result without it. First by proofs; one that proves another partial than it gave is
 * named as well. Should proven partials still make nothing (see proof.ts on imported keys), right ones are found by trying: any t + 1
 * right ones make the result, and once there are some, whoever does not fit in the place of one of them is named.
 */
import { cheater, ThresholdAbort } from '../errors.ts';
import { gather } from '../gather.ts';
import type { AskOptions, Custodians } from '../party.ts';
import { askAll } from './ask-all.ts';
import { combine, type Partials } from './combine.ts';
import type { RsaKey } from './key.ts';
import {
  decodePartial,
  decodeProvenPartial,
  encodePartialRequest,
  partialKind,
  proofKind,
} from './power-handlers.ts';
import { verifyPartial } from './proof.ts';

const wrongPartial = 'its partial of a power is wrong';

/**
 * @param given t + 1 partials of which at least one is wrong
 * @throws ThresholdAbort `unavailable` when too few honest custodians are left
 */
export async function resolveDispute(
  custodians: Custodians,
  key: RsaKey,
  x: bigint,
  given: Partials,
  options: AskOptions,
): Promise<bigint> {
  const proven = await gather(custodians, key.threshold + 1, async (custodian) => {
    const answer = await custodians.ask(custodian, proofKind, encodePartialRequest(key), options);
    const { partial, proof } = decodeProvenPartial(key, custodian, answer);
    if ((given.get(custodian) ?? partial) !== partial)
      cheater(custodian, 'it gave two partials of the same power');
    if (!verifyPartial(key, custodian, x, partial, proof))
      cheater(custodian, 'its proof of a partial is wrong');
    return partial;
  });
  const result = combine(key, x, proven);
  if (result !== undefined) {
    nameMisfits(custodians, key, x, given, proven);
    return result;
  }
  return resolveByTrying(custodians, key, x, proven, options);
}

async function resolveByTrying(
  custodians: Custodians,
  key: RsaKey,
  x: bigint,
  proven: Partials,
  options: AskOptions,
): Promise<bigint> {
  const others = custodians.available().filter((index) => !proven.has(index));
  const { answers } = await askAll(custodians, others, async (custodian) =>
    decodePartial(
      key,
      custodian,
      await custodians.ask(custodian, partialKind, encodePartialRequest(key), options),
    ),
  );
  const all = new Map([...proven, ...answers]);
  // At most 10 over 4.
  for (const some of subsets([...all.keys()], key.threshold + 1)) {
    const right = new Map(some.map((custodian) => [custodian, all.get(custodian)!]));
    const result = combine(key, x, right);
    if (result === undefined) continue;
    nameMisfits(custodians, key, x, all, right);
    return result;
  }
  throw new ThresholdAbort('unavailable', undefined, 'too few custodians gave right partials');
}

/**
 * Accuses whoever fits in no place: with one of the right partials left out, its own makes no result. (In just one place would not do: an
 * element of small order, which somebody may know of an imported key, changes a partial so that it is right in some sets alone.)
 *
 * @param right t + 1 partials that make the result
 */
function nameMisfits(custodians: Custodians, key: RsaKey, x: bigint, given: Partials, right: Partials): void {
  for (const [custodian, partial] of given) {
    if (right.get(custodian) === partial) continue;
    const fits = [...right.keys()].some((left) => {
      const others = [...right].filter(([index]) => index !== left && index !== custodian);
      return others.length === key.threshold && combine(key, x, new Map([...others, [custodian, partial]]));
    });
    if (!fits) custodians.accuse(custodian, wrongPartial);
  }
}

function* subsets(items: readonly number[], size: number): Generator<number[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (const [at, first] of items.entries()) {
    for (const rest of subsets(items.slice(at + 1), size - 1)) yield [first, ...rest];
  }
}
