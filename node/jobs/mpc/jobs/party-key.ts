/** `mpc.party-key`: by which key others know the node as a party. */
import { identityFromSeed } from '../session/index.ts';

export function run(_payload: Uint8Array, seed?: Uint8Array): Uint8Array {
  if (seed === undefined) throw new Error('no seed was given');
  const { publicKey } = identityFromSeed(seed);
  seed.fill(0);
  return publicKey;
}
