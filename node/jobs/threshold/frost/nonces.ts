/**
 * Nonces of a custodian between commitment and signature, in memory alone: a restarted custodian has none. A pair is taken out before
 * anything is computed with it, so it makes one share at most, whatever comes in between.
 *
 * They belong to no key before they are used, as in the preprocessing of Komlo and Goldberg; they are uniform (48 random bytes modulo
 * the order) and not hashed with a share as in RFC 9591, section 4.1, which guards against a bad source of randomness: here that is the
 * system's generator.
 */
import type { RandomSource } from '../../../crypto/random.ts';
import { ed25519, randomScalar } from '../groups/index.ts';
import type { Party } from '../party.ts';
import { frostLimits } from './limits.ts';
import type { Pair } from './messages.ts';
import type { Nonces } from './shares.ts';

class NonceStore {
  readonly #pairs = new Map<string, Nonces>();

  make(count: number, random: RandomSource): Pair[] {
    return Array.from({ length: count }, () => {
      const nonces = { hiding: randomScalar(ed25519, random), binding: randomScalar(ed25519, random) };
      const pair = {
        hiding: ed25519.baseMultiply(nonces.hiding),
        binding: ed25519.baseMultiply(nonces.binding),
      };
      for (const oldest of this.#pairs.keys()) {
        if (this.#pairs.size < frostLimits.noncesMax) break;
        this.#pairs.delete(oldest);
      }
      this.#pairs.set(nameOf(pair), nonces);
      return pair;
    });
  }

  /** All that were not used: whoever signs with them later has to commit anew. */
  clear(): void {
    this.#pairs.clear();
  }

  /** Once. */
  take(pair: Pair): Nonces | undefined {
    const name = nameOf(pair);
    const nonces = this.#pairs.get(name);
    this.#pairs.delete(name);
    return nonces;
  }
}

/** By the memory of a custodian's process. */
const stores = new WeakMap<Party['rounds'], NonceStore>();

export function noncesOf({ rounds }: Party): NonceStore {
  const known = stores.get(rounds);
  if (known !== undefined) return known;
  const store = new NonceStore();
  stores.set(rounds, store);
  return store;
}

function nameOf({ hiding, binding }: Pair): string {
  return Buffer.concat([hiding, binding]).toString('latin1');
}
