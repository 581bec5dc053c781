/** Keys of the state that an operation may have changed and that have a part in the phase sets. */
import type { Operation } from '../api/index.ts';
import { atomKey, domainKey, leaseKey, removalKey, type StateKey } from '../hypergraph/index.ts';

export function touchedKeys(operation: Operation): StateKey[] {
  const { domain } = operation;
  switch (operation.kind) {
    case 'add-vertex':
    case 'add-hyperedge':
      return [atomKey(domain, operation.slot)];
    case 'remove-vertex':
    case 'remove-hyperedge':
      // The slot too: what stands there now may have been added by a batch before the first one read.
      return [removalKey(domain, operation.slot, operation.incarnation), atomKey(domain, operation.slot)];
    case 'create-domain':
    case 'remove-domain':
      return [domainKey(domain)];
    case 'put-lease':
      return [leaseKey(domain, operation.resource)];
  }
}
