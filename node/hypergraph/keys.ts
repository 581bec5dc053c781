/**
 * Keys of the key-value store, one byte of prefix each. 0x63 belongs to the chunk store.
 *
 *   0x61 a  live atom            domain 32 ‖ slot 24
 *   0x64 d  domain               domain 32
 *   0x68 h  chunk references     hash 32
 *   0x6c l  lease                domain 32 ‖ first half of sha256(resource) 16
 *   0x6e n  node-local           kept by node/embedded; may differ between replicas
 *   0x6f o  position record      u64 position
 *   0x72 r  remembered removal   domain 32 ‖ slot 24 ‖ incarnation 8
 *   0x73 s  head of the log      (nothing)
 *   0x75 u  usage of a domain    domain 32
 *
 * All but `c` and `n` are a function of the log alone: replicas that applied the same positions hold the same bytes.
 */
import type { Position } from '../api/index.ts';
import { resourceHash } from './decoded.ts';
import { sizes, writeU64 } from './format/v1.ts';

export const prefix = {
  atom: 0x61,
  chunkStore: 0x63,
  domain: 0x64,
  chunkCount: 0x68,
  lease: 0x6c,
  local: 0x6e,
  positionRecord: 0x6f,
  removal: 0x72,
  head: 0x73,
  usage: 0x75,
} as const;

/** A key with its text (one character a byte), under which it stands in maps. Made once per use. */
export interface StateKey {
  readonly bytes: Buffer;
  readonly text: string;
}

export function stateKey(first: number, ...parts: readonly Uint8Array[]): StateKey {
  let length = 1;
  for (const part of parts) length += part.length;
  const bytes = Buffer.allocUnsafe(length);
  bytes[0] = first;
  let offset = 1;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return { bytes, text: bytes.toString('latin1') };
}

const atomKeyBytes = 1 + sizes.domain + sizes.slot;

export function atomKey(domain: Uint8Array, slot: Uint8Array): StateKey {
  const bytes = Buffer.allocUnsafe(atomKeyBytes);
  bytes[0] = prefix.atom;
  bytes.set(domain, 1);
  bytes.set(slot, 1 + sizes.domain);
  return { bytes, text: bytes.toString('latin1') };
}

export function slotOfAtomKey(key: Uint8Array): Uint8Array {
  return key.subarray(1 + sizes.domain, atomKeyBytes);
}

export function domainKey(domain: Uint8Array): StateKey {
  return stateKey(prefix.domain, domain);
}

export function usageKey(domain: Uint8Array): StateKey {
  return stateKey(prefix.usage, domain);
}

/** The tag is left out: only SHA-256 names chunks. */
export function chunkCountKey(hash: Uint8Array): StateKey {
  return stateKey(prefix.chunkCount, hash.subarray(1));
}

/** Half a hash, so that a lease has a slot: the state machine compares the whole name, which the value holds. */
export function leaseKey(domain: Uint8Array, resource: string): StateKey {
  return stateKey(prefix.lease, domain, resourceHash(resource).subarray(0, leaseHashBytes));
}

export function removalKey(domain: Uint8Array, slot: Uint8Array, incarnation: Uint8Array): StateKey {
  return stateKey(prefix.removal, domain, slot, incarnation);
}

export function positionKey(position: Position): StateKey {
  return stateKey(prefix.positionRecord, positionBytes(position));
}

export function positionBytes(position: Position): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  writeU64(bytes, position, 0);
  return bytes;
}

export const headKey: StateKey = stateKey(prefix.head);

/** Range of all keys with a prefix and leading parts. */
export function keyRange(first: number, ...parts: readonly Uint8Array[]): { gte: Buffer; lt: Buffer } {
  const gte = stateKey(first, ...parts).bytes;
  const lt = Buffer.from(gte);
  for (let index = lt.length - 1; ; index--) {
    const byte = lt[index] as number;
    if (byte < 0xff) {
      lt[index] = byte + 1;
      return { gte, lt: lt.subarray(0, index + 1) };
    }
  }
}

const reservedSlotHead = Buffer.alloc(8, 0xff);
const configSlot = Buffer.alloc(sizes.slot, 0xff);
const leaseHashBytes = sizes.slot - reservedSlotHead.length;

/**
 * Slots that begin with eight 0xff bytes hold what the node itself keeps: leases and, in the last one, the domain's
 * configuration. Transactions may expect revisions of them and may not add to them.
 */
export function isReservedSlot(slot: Uint8Array): boolean {
  return slot[0] === 0xff && reservedSlotHead.compare(slot, 0, reservedSlotHead.length) === 0;
}

export function isConfigSlot(slot: Uint8Array): boolean {
  return configSlot.equals(slot);
}

/** Slot in which expectations name a lease. */
export function leaseSlot(resource: string): Buffer {
  return Buffer.concat([reservedSlotHead, resourceHash(resource).subarray(0, leaseHashBytes)]);
}

/** Key of the lease in a reserved slot. */
export function leaseKeyOfSlot(domain: Uint8Array, slot: Uint8Array): StateKey {
  return stateKey(prefix.lease, domain, slot.subarray(reservedSlotHead.length));
}

/** Atom id of a domain's configuration: the last there is. */
export function configAtomId(domain: Uint8Array): Buffer {
  return Buffer.concat([domain, configSlot, Buffer.alloc(sizes.incarnation, 0xff)]);
}

/** Atom id of a lease: eight 0xff bytes, then 24 bytes of the hash of the resource's name. */
export function leaseAtomId(domain: Uint8Array, resource: string): Buffer {
  const hash = resourceHash(resource).subarray(0, leaseHashBytes + sizes.incarnation);
  return Buffer.concat([domain, reservedSlotHead, hash]);
}
