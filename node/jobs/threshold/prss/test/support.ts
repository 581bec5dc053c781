/** Custodians that can keep keys of pseudo-random sharing. */
import type { Handler } from '../../party.ts';
import { createNetwork, type Network } from '../../test/support/network.ts';
import { handlers, MemoryPrssKeys, type Prss, prssOf } from '../index.ts';

export function createPrssNetwork(more: readonly Handler[] = [], n = 4, t = 1): Network {
  const network = createNetwork([...handlers, ...more], n, t);
  for (const party of network.parties) Object.assign(party, { prss: new MemoryPrssKeys() });
  return network;
}

/** What a custodian computes with, after a setup. */
export async function prssAt({ parties }: Network, index: number): Promise<Prss> {
  const party = parties[index - 1]!;
  const keys = await party.prss!.get();
  if (keys === undefined) throw new Error('this custodian has no keys');
  return prssOf(party.committee, index, keys);
}
