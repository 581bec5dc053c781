/**
 * The secret differences of both parties, and that their lowest bits are what the rest relies on: 1 for the garbler, so that the
 * lowest bit of a label tells it from the other of its wire, and 0 for the evaluator, so that the sum of both has a lowest bit of 1
 * (Katz, Ranellucci, Rosulek, Wang 2018, section 4: leaky ANDs read their products there).
 *
 * The check: of random bits x that are then thrown away, the holder of delta tells the lowest bits of the keys, and the other
 * sees whether those of the MACs differ from them by x times what delta's should be. With a wrong delta each answer is a guess at x.
 */
import type { RandomSource } from '../../channel.ts';
import type { AuthenticatedBitSource } from './authenticated-bits.ts';
import { kinds } from './kinds.ts';
import { maliciousLimits } from './limits.ts';
import { type Link, packed } from './link.ts';

export function chooseDelta(random: RandomSource, isGarbler: boolean): Buffer {
  const delta = Buffer.from(random(16));
  delta[0] = (delta[0]! & 0xfe) | (isGarbler ? 1 : 0);
  return delta;
}

/** @throws MpcAbort `cheating` */
export async function checkColours(link: Link, source: AuthenticatedBitSource): Promise<void> {
  const count = maliciousLimits.colourChecks;
  const { bits, macs, keys } = await source.shared(count);
  const told = packed(Uint8Array.from({ length: count }, (_, i) => keys[4 * i]! & 1));
  const heard = link.unpack(await link.exchange(kinds.colours, told), count);
  const colour = link.isGarbler ? 0 : 1;
  let wrong = 0;
  for (let i = 0; i < count; i++) wrong |= (macs[4 * i]! & 1) ^ heard[i]! ^ (bits[i]! & colour);
  if (wrong !== 0) throw link.cheating('its difference has another lowest bit than it must have');
}
