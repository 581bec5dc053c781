/**
 * A proof that stands for itself, version 1: what some slots hold at one signed frame. With the trust root it can be checked
 * offline (node/verifier).
 *
 *   version 1 ‖ flags (1; 1: delay output follows) ‖ genesis length (2) ‖ genesis document ‖ header
 *   [delay: hint (4) ‖ length (2) ‖ output of the delay function over the previous header]
 *   signers (a bit per frame key, whole bytes) ‖ aggregate signature (74)
 *   shard count (2), each: domain (32) ‖ position (8) ‖ log head (33) ‖ global tree (1) ‖ 8 sibling hashes (32) ‖
 *     mask (1; bit n: root n follows) ‖ roots (64 each)
 *   item count (2), each: shard (2) ‖ slot (24) ‖ kind (1; 0 vertex, 1 hyperedge) ‖ state (1; 0 absent, 1 present)
 *     ‖ [incarnation (8) ‖ revision (8) ‖ content length (4) ‖ content]
 *   tree proof (the rest; node/hypergraph/tree)
 *
 * Roots that the tree proof leads to do not stand in the shard; a root that does neither is that of an empty set. The
 * content of an atom is what its data hash covers: see node/hypergraph/data-hash.ts.
 */
import { curveSizes } from '../../../crypto/bls48581/curve.ts';
import { FieldReader, FieldWriter, ProofRefused, sameBytes } from '../bytes.ts';
import { decodeGenesis, type Genesis, hashBytes } from './genesis.ts';
import { encodeHeader, type FrameHeader, readHeader } from './header.ts';
import { globalPathHashes, rootBytes } from './shard.ts';

export interface DelayOutput {
  /** Where the discriminant's prime stands among its candidates. */
  readonly hint: number;
  readonly output: Uint8Array;
}

export interface SignedFrame {
  readonly header: FrameHeader;
  readonly signers: Uint8Array;
  readonly signature: Uint8Array;
}

export interface ProvenShard {
  readonly domain: Uint8Array;
  readonly position: number;
  readonly logHead: Uint8Array;
  /** One of its three. */
  readonly globalTree: number;
  readonly globalPath: readonly Uint8Array[];
  /** By set code; undefined: proven by the tree proof, or that of an empty set. */
  readonly roots: readonly (Uint8Array | undefined)[];
}

export type ItemState =
  | { readonly state: 'absent' }
  | {
      readonly state: 'present';
      readonly incarnation: Uint8Array;
      readonly revision: number;
      readonly content: Uint8Array;
    };

export type ProvenItem = ItemState & {
  /** Index of its shard. */
  readonly shard: number;
  readonly slot: Uint8Array;
  readonly kind: 'vertex' | 'hyperedge';
};

export interface PortableProof {
  readonly genesisBytes: Uint8Array;
  readonly genesis: Genesis;
  readonly frame: SignedFrame;
  readonly delay: DelayOutput | undefined;
  readonly shards: readonly ProvenShard[];
  readonly items: readonly ProvenItem[];
  readonly treeProof: Uint8Array;
}

const version = 1;
const delayFlag = 1;
const setsOfShard = 4;
const sizes = { domain: 32, slot: 24, incarnation: 8, taggedHash: 33 } as const;
const kinds = ['vertex', 'hyperedge'] as const;
const itemsMax = 1024;
const delayBytesMax = 2048;
const contentBytesMax = 2 * 1024 * 1024;

export function signerBytes(keys: number): number {
  return Math.ceil(keys / 8);
}

export function encodeProof(proof: Omit<PortableProof, 'genesis'>): Uint8Array {
  const { genesisBytes, frame, delay, shards, items } = proof;
  const out = new FieldWriter().u8(version).u8(delay === undefined ? 0 : delayFlag);
  out.u16(genesisBytes.length).bytes(genesisBytes).bytes(encodeHeader(frame.header));
  if (delay !== undefined) out.u32(delay.hint).u16(delay.output.length).bytes(delay.output);
  out.bytes(frame.signers).bytes(frame.signature).u16(shards.length);
  for (const shard of shards) writeShard(out, shard);
  out.u16(items.length);
  for (const item of items) writeItem(out, item);
  return out.bytes(proof.treeProof).done();
}

function writeShard(out: FieldWriter, shard: ProvenShard): void {
  out.bytes(shard.domain).u64(shard.position).bytes(shard.logHead).u8(shard.globalTree);
  for (const hash of shard.globalPath) out.bytes(hash);
  out.u8(shard.roots.reduce((mask, root, index) => mask | (root === undefined ? 0 : 1 << index), 0));
  for (const root of shard.roots) if (root !== undefined) out.bytes(root);
}

function writeItem(out: FieldWriter, item: ProvenItem): void {
  out.u16(item.shard).bytes(item.slot).u8(kinds.indexOf(item.kind));
  if (item.state === 'absent') {
    out.u8(0);
    return;
  }
  const { incarnation, revision, content } = item;
  out.u8(1).bytes(incarnation).u64(revision).u32(content.length).bytes(content);
}

/** @throws ProofRefused */
export function decodeProof(bytes: Uint8Array): PortableProof {
  const input = new FieldReader(bytes);
  if (input.u8('the proof') !== version) throw new ProofRefused('unknown version of a proof');
  const flags = input.u8('the flags');
  if (flags > delayFlag) throw new ProofRefused('unknown flags of a proof');
  const genesisBytes = input.bytes(input.u16('the genesis document'), 'the genesis document');
  const genesis = decodeGenesis(genesisBytes);
  const header = readHeader(input);
  const delay = flags === delayFlag ? readDelay(input) : undefined;
  const signers = input.bytes(signerBytes(genesis.frameKeys.length), 'the signers');
  const signature = input.bytes(curveSizes.g1, 'the signature');
  const shards = readShards(input);
  const items = readItems(input, shards.length);
  const treeProof = input.bytes(input.left, 'the tree proof');
  return { genesisBytes, genesis, frame: { header, signers, signature }, delay, shards, items, treeProof };
}

function readDelay(input: FieldReader): DelayOutput {
  const hint = input.u32('the hint');
  const length = input.u16('the delay output');
  if (length < 1 || length > delayBytesMax)
    throw new ProofRefused('the delay output has an impossible length');
  return { hint, output: input.bytes(length, 'the delay output') };
}

function readShards(input: FieldReader): ProvenShard[] {
  const count = counted(input, 'shards');
  const shards: ProvenShard[] = [];
  for (let index = 0; index < count; index++) {
    const shard = readShard(input);
    const before = shards.at(-1);
    if (before !== undefined && !isBefore(before.domain, shard.domain)) {
      throw new ProofRefused('the shards are not in order');
    }
    shards.push(shard);
  }
  return shards;
}

function readShard(input: FieldReader): ProvenShard {
  const domain = input.bytes(sizes.domain, 'an app address');
  const position = input.u64('the position of a shard');
  const logHead = input.bytes(sizes.taggedHash, 'the log head of a shard');
  const globalTree = input.u8('the number of a global tree');
  const globalPath = Array.from({ length: globalPathHashes }, () =>
    input.bytes(hashBytes, 'the path of a global tree'),
  );
  const mask = input.u8('the mask of roots');
  if (mask >= 1 << setsOfShard) throw new ProofRefused('unknown roots of a shard');
  const roots: (Uint8Array | undefined)[] = [];
  for (let set = 0; set < setsOfShard; set++) {
    const root = (mask & (1 << set)) === 0 ? undefined : input.bytes(rootBytes, 'a root');
    if (root !== undefined && isZero(root)) throw new ProofRefused('the root of an empty set needs no bytes');
    roots.push(root);
  }
  return { domain, position, logHead, globalTree, globalPath, roots };
}

function readItems(input: FieldReader, shards: number): ProvenItem[] {
  const count = counted(input, 'items');
  const items: ProvenItem[] = [];
  for (let index = 0; index < count; index++) {
    const shard = input.u16('the shard of an item');
    if (shard >= shards) throw new ProofRefused('an item names no shard');
    const slot = input.bytes(sizes.slot, 'a slot');
    const kind = kinds[input.u8('the kind of an atom')];
    if (kind === undefined) throw new ProofRefused('unknown kind of an atom');
    items.push({ shard, slot, kind, ...readState(input) });
  }
  return items;
}

function readState(input: FieldReader): ItemState {
  const state = input.u8('the state of an item');
  if (state > 1) throw new ProofRefused('unknown state of an item');
  if (state === 0) return { state: 'absent' };
  const incarnation = input.bytes(sizes.incarnation, 'an incarnation');
  const revision = input.u64('a revision');
  const length = input.u32('the content of an atom');
  if (length > contentBytesMax) throw new ProofRefused('the content of an atom is too large');
  return { state: 'present', incarnation, revision, content: input.bytes(length, 'the content of an atom') };
}

function counted(input: FieldReader, what: string): number {
  const count = input.u16(`the number of ${what}`);
  if (count < 1 || count > itemsMax) throw new ProofRefused(`a proof has 1 to ${itemsMax} ${what}`);
  return count;
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function isBefore(left: Uint8Array, right: Uint8Array): boolean {
  const at = left.findIndex((byte, index) => byte !== right[index]);
  return at >= 0 && !sameBytes(left, right) && (left[at] as number) < (right[at] as number);
}
