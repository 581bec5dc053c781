/**
 * What a write to the node's state means for the four phase sets of its domain. The state is a function of the log alone,
 * so the sets are too, and `phaseSet` (node/hypergraph/phase-sets.ts), which reads them from the state, is the model.
 *
 *   live atom written        its entry among the adds of its kind
 *   live atom deleted        nothing: its removal is written beside it, and its add stays
 *   removal remembered       the atom among the adds, as it was, and among the removes
 *   removal forgotten        both entries go, in whichever kind they stand
 *   lease, domain written    vertices in reserved slots; neither is ever deleted
 */
import type { Revision, TaggedHash } from '../../api/index.ts';
import {
  atomDataHash,
  configAtomId,
  decodeDomain,
  decodeLease,
  decodeRemoval,
  domainDataHash,
  leaseAtomId,
  leaseDataHash,
  prefix,
  sizes,
  storedAtomId,
} from '../../hypergraph/index.ts';
import { phaseCodes } from '../format/v1/shard.ts';

export interface PhaseValue {
  readonly revision: Revision;
  readonly dataHash: TaggedHash;
}

/** @param id atom id, 64 bytes. @param value undefined: the set has no such entry any more */
export type EmitUpdate = (set: number, id: Uint8Array, value: PhaseValue | undefined) => void;

const adds = { vertex: phaseCodes['vertex-adds'], hyperedge: phaseCodes['hyperedge-adds'] } as const;
const removes = { vertex: phaseCodes['vertex-removes'], hyperedge: phaseCodes['hyperedge-removes'] } as const;

/** Whether a key of the state has a part in the phase sets. */
export function isProven(key: Uint8Array): boolean {
  const first = key[0];
  return (
    first === prefix.atom || first === prefix.removal || first === prefix.domain || first === prefix.lease
  );
}

/** @param value undefined: the key was deleted */
export function phaseUpdates(key: Uint8Array, value: Uint8Array | undefined, emit: EmitUpdate): void {
  switch (key[0]) {
    case prefix.atom: {
      if (value === undefined) return;
      const { kind, incarnation, revision } = storedAtomId(value);
      const id = Buffer.concat([key.subarray(1), incarnation]);
      emit(adds[kind], id, { revision, dataHash: atomDataHash(value) });
      return;
    }
    case prefix.removal: {
      const id = key.subarray(1);
      if (value === undefined) {
        for (const set of Object.values(phaseCodes)) emit(set, id, undefined);
        return;
      }
      const { kind, addRevision, removeRevision, dataHash: view } = decodeRemoval(value);
      // Kept until the frame: the memory that the value stands in is handed back long before.
      const dataHash = Uint8Array.from(view);
      emit(adds[kind], id, { revision: addRevision, dataHash });
      emit(removes[kind], id, { revision: removeRevision, dataHash });
      return;
    }
    case prefix.lease: {
      if (value === undefined) return;
      const { resource, revision } = decodeLease(value);
      const id = leaseAtomId(key.subarray(1, 1 + sizes.domain), resource);
      emit(adds.vertex, id, { revision, dataHash: leaseDataHash(value) });
      return;
    }
    case prefix.domain: {
      if (value === undefined) return;
      const { revision } = decodeDomain(value);
      emit(adds.vertex, configAtomId(key.subarray(1)), { revision, dataHash: domainDataHash(value) });
      return;
    }
  }
}
