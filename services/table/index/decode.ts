/** Changes of the index from what the log or the state holds: for transactions of others, and of before a restart. */
import type { AddVertex, Atom, Bytes, DomainConfig, Operation, RemoveAtom, Slot } from '@hypergate/node/api';
import { DecryptionError, openRecord, Purpose } from '@hypergate/node/crypto';
import { checkKey, checkName, checkProjection, checkSecondary } from '../checks.ts';
import type { DomainKeys } from '../domain-keys.ts';
import { TableMisuse } from '../errors.ts';
import { decodeNote, decodeRecord } from '../format/v1/record.ts';
import { tableLimits } from '../limits.ts';
import type { IndexChange } from './changes.ts';

/**
 * The change of one operation; undefined when it has none (chunks, leases), `unreadable` when it is not what a gateway
 * with the domain's keys writes.
 */
export function changeOf(
  operation: Operation,
  keysOf: (domain: Bytes) => DomainKeys | undefined,
): IndexChange | 'unreadable' | undefined {
  switch (operation.kind) {
    case 'create-domain':
      return changeOfDomain(operation.domain, operation.config);
    case 'remove-domain':
      return { kind: 'remove-domain', domain: operation.domain };
    case 'add-vertex':
      return operation.payload[0] === Purpose.record ? readable(() => putOf(operation, keysOf)) : undefined;
    case 'remove-vertex':
      return operation.note.length > 0 ? readable(() => removalOf(operation, keysOf)) : undefined;
    default:
      return undefined;
  }
}

/** A configuration that is too long was not made by a gateway. */
export function changeOfDomain(
  domain: Bytes,
  config: Pick<DomainConfig, 'readKey' | 'payload'>,
): IndexChange | 'unreadable' {
  const isOurs = config.payload.length <= tableLimits.domainPayloadBytesMax;
  return isOurs ? { kind: 'create-domain', domain, config } : 'unreadable';
}

/** The change that put an atom of the state there. */
export function changeOfAtom(
  keys: DomainKeys,
  slot: Slot,
  atom: Atom,
): (IndexChange & { readonly kind: 'put' }) | 'unreadable' | undefined {
  if (atom.kind !== 'vertex' || atom.payload[0] !== Purpose.record) return undefined;
  const vertex = { domain: keys.address, slot, incarnation: atom.incarnation, payload: atom.payload };
  return readable(() => putOf(vertex, () => keys));
}

function readable<Change>(decode: () => Change): Change | 'unreadable' {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecryptionError || error instanceof TableMisuse) return 'unreadable';
    throw error;
  }
}

function putOf(
  vertex: Pick<AddVertex, 'domain' | 'slot' | 'incarnation' | 'payload'>,
  keysOf: (domain: Bytes) => DomainKeys | undefined,
): (IndexChange & { readonly kind: 'put' }) | 'unreadable' {
  const keys = keysOf(vertex.domain);
  if (keys === undefined) return 'unreadable';
  const record = decodeRecord(openRecord(keys.contentKeys, Purpose.record, vertex, vertex.payload));
  const { table, key, indexed, hasSecondaries, projection, secondary } = record;
  // Another writer's limits may be others, or none.
  checkName(table);
  checkKey(key);
  checkProjection(projection);
  checkSecondary(table, secondary);
  const { domain, slot } = vertex;
  return {
    kind: 'put',
    domain,
    slot,
    table,
    key,
    indexed,
    hasSecondaries,
    projection,
    secondary,
    isNew: false,
  };
}

function removalOf(
  removal: RemoveAtom,
  keysOf: (domain: Bytes) => DomainKeys | undefined,
): IndexChange | 'unreadable' {
  const keys = keysOf(removal.domain);
  if (keys === undefined) return 'unreadable';
  const head = decodeNote(openRecord(keys.contentKeys, Purpose.note, removal, removal.note));
  checkName(head.table);
  checkKey(head.key);
  return { kind: 'remove', domain: removal.domain, ...head };
}
