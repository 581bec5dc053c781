import { nodeLimits, type ProofRequest } from '../api/index.ts';
import { asBuffer, exact, malformed, sizes } from '../hypergraph/index.ts';

/** @throws NodeError `malformed` */
export function checkRequest({ items }: ProofRequest): void {
  const { proofItemsMax } = nodeLimits;
  if (items.length < 1 || items.length > proofItemsMax)
    throw malformed(`a proof has 1 to ${proofItemsMax} items`);
  const seen = new Set<string>();
  for (const { domain, slot, kind } of items) {
    exact(domain, sizes.domain, 'app address');
    exact(slot, sizes.slot, 'slot');
    seen.add(`${asBuffer(domain).toString('latin1')}${asBuffer(slot).toString('latin1')}${kind}`);
  }
  if (seen.size !== items.length) throw malformed('an item is asked for twice');
}
