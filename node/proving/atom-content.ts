/**
 * What is behind an atom's data hash, read by the verifier itself and without Node.js. The bytes are those of the node's
 * state, format v1 (node/hypergraph/format/v1/stored.ts):
 *
 *   atom           n (1), n chunks (hash 33 ‖ length 4) ‖ n (2), n members of 64 ‖ length (4), payload
 *   configuration  state (1; 0 closed, 1 open) ‖ [owner key 33 ‖ n (1), n writer keys 33 ‖ read key 33 ‖ length (4), payload]
 *
 * data hash = 0x01 ‖ SHA-256(context ‖ kind of the atom ‖ content), for a configuration SHA-256(context ‖ content).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { FieldReader, ProofRefused } from './format/bytes.ts';

export interface ProvenChunk {
  /** Tagged SHA-256 of the ciphertext, 33 bytes. */
  readonly hash: Uint8Array;
  readonly length: number;
}

export interface ProvenAtom {
  readonly chunks: readonly ProvenChunk[];
  /** Ids of 64 bytes; empty for a vertex. */
  readonly members: readonly Uint8Array[];
  readonly payload: Uint8Array;
}

export type ProvenConfig =
  | { readonly state: 'closed' }
  | {
      readonly state: 'open';
      readonly ownerKey: Uint8Array;
      readonly writerKeys: readonly Uint8Array[];
      readonly readKey: Uint8Array;
      readonly payload: Uint8Array;
    };

const encoder = new TextEncoder();
const contexts = {
  atom: encoder.encode('hypergate/atom-data/v1'),
  domain: encoder.encode('hypergate/domain-data/v1'),
  lease: encoder.encode('hypergate/lease-data/v1'),
} as const;

const taggedBytes = 33;
const atomIdBytes = 64;
const sha256Tag = 0x01;
const reservedBytes = 8;
const slotBytes = 24;

export type SlotUse = 'atom' | 'lease' | 'config';

/** Slots that begin with eight 0xff bytes are the node's own; the last one is the configuration. */
export function slotUse(slot: Uint8Array): SlotUse {
  if (slot.length !== slotBytes) throw new RangeError('a slot has 24 bytes');
  if (!slot.subarray(0, reservedBytes).every((byte) => byte === 0xff)) return 'atom';
  return slot.every((byte) => byte === 0xff) ? 'config' : 'lease';
}

/** Tagged, 33 bytes. */
export function contentHash(slot: Uint8Array, kind: 'vertex' | 'hyperedge', content: Uint8Array): Uint8Array {
  const hash = sha256.create();
  const use = slotUse(slot);
  if (use === 'atom') hash.update(contexts.atom).update(Uint8Array.of(kind === 'vertex' ? 0 : 1));
  else hash.update(use === 'config' ? contexts.domain : contexts.lease);
  const tagged = new Uint8Array(taggedBytes);
  tagged[0] = sha256Tag;
  tagged.set(hash.update(content).digest(), 1);
  return tagged;
}

/** @throws ProofRefused */
export function readAtomContent(content: Uint8Array): ProvenAtom {
  const input = new FieldReader(content);
  const chunks: ProvenChunk[] = [];
  for (let left = input.u8('the chunks'); left > 0; left--) {
    const hash = input.bytes(taggedBytes, 'the hash of a chunk');
    if (hash[0] !== sha256Tag) throw new ProofRefused('the hash of a chunk has another type tag');
    chunks.push({ hash, length: input.u32('the length of a chunk') });
  }
  const count = input.u16('the members');
  if (count * atomIdBytes > input.left) throw new ProofRefused('the bytes end inside the members');
  const members = Array.from({ length: count }, () => input.bytes(atomIdBytes, 'a member'));
  const payload = input.bytes(input.u32('the payload'), 'the payload');
  input.end('an atom');
  return { chunks, members, payload };
}

/** @throws ProofRefused */
export function readConfigContent(content: Uint8Array): ProvenConfig {
  const input = new FieldReader(content);
  const state = input.u8('the state of a domain');
  if (state > 1) throw new ProofRefused('unknown state of a domain');
  if (state === 0) {
    input.end('a closed domain');
    return { state: 'closed' };
  }
  const ownerKey = input.bytes(taggedBytes, 'the owner key');
  const count = input.u8('the writer keys');
  const writerKeys = Array.from({ length: count }, () => input.bytes(taggedBytes, 'a writer key'));
  const readKey = input.bytes(taggedBytes, 'the read key');
  const payload = input.bytes(input.u32('the payload'), 'the payload');
  input.end('a configuration');
  return { state: 'open', ownerKey, writerKeys, readKey, payload };
}
