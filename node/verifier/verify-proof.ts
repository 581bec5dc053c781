/**
 * Checks a proof against a trust root. In this order, and whatever fails first is the reason:
 *
 *   the genesis document is the one of the trust root; the header names it; its keys' owners know their secrets
 *   the delay output, if any, is that of the header before
 *   each shard's tree proof ends in roots, these in its leaf, that in a global tree, and that in the header's global root
 *   each item is in those trees as it says
 *   the signature, the proofs of possession and the openings of commitments hold: one product of pairings for all
 *
 * Nothing is left out when there is nothing to prove it with: an opening is always checked, a root always bound.
 */
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import {
  type Bls,
  type Curve,
  createBls,
  equationsHold,
  type PairingEquation,
} from '../crypto/bls48581/index.ts';
import { createKzgVerifier, type KzgVerifier } from '../crypto/kzg/index.ts';
import { openVerifierKey, type VerifierKey } from '../crypto/srs/index.ts';
import { refusalWithHint } from '../crypto/vdf/index.ts';
import { shardL1 } from '../hypergraph/shard-key.ts';
import { contentHash } from '../proving/atom-content.ts';
import { hex, ProofRefused, sameBytes } from '../proving/format/bytes.ts';
import { type Genesis, trustRoot as trustRootOf } from '../proving/format/v1/genesis.ts';
import { type FrameHeader, frameDomain, headerHash } from '../proving/format/v1/header.ts';
import {
  decodeProof,
  type PortableProof,
  type ProvenItem,
  type ProvenShard,
} from '../proving/format/v1/proof.ts';
import { globalRootOf, phaseCodes, rootBytes, shardLeaf } from '../proving/format/v1/shard.ts';
import {
  findPart,
  itemPrefix,
  type PlannedItem,
  type PlannedTree,
  planTrees,
} from '../proving/proof-plan.ts';
import { type VerifiedTree, verifyTreeProof } from './tree-proof.ts';
import type { VerifiedProof, Verifier } from './types.ts';

export interface VerifierParts {
  readonly curve: Curve;
  /** Reference strings that proofs may be made with. */
  readonly keys: readonly VerifierKey[];
}

const branchWidth = 64;
const zeroRoot = new Uint8Array(rootBytes);
/** Largest time of a Date. */
const timeMsMax = 8.64e15;

export function createVerifierOver({ curve, keys }: VerifierParts): Verifier {
  const bls = createBls(curve);
  const opened = new Map<string, KzgVerifier>();
  const kzgOf = ({ srsHash }: Genesis): KzgVerifier => {
    const name = hex(srsHash);
    const known = opened.get(name);
    if (known !== undefined) return known;
    const key = keys.find((one) => one.srsHash === name);
    if (key === undefined)
      throw new ProofRefused('the network uses a reference string that is not known here');
    const kzg = createKzgVerifier(curve, openVerifierKey(curve, key), { width: branchWidth });
    opened.set(name, kzg);
    return kzg;
  };
  return {
    verify(bytes, trustRoot) {
      const proof = decodeProof(bytes);
      checkTrust(proof, trustRoot);
      const delayIterations = checkDelay(proof);
      const equations = [...signatureEquations(proof, bls)];
      const trees = checkTrees(proof, kzgOf(proof.genesis), equations);
      checkShards(proof, trees);
      checkItems(proof, trees);
      if (!equationsHold(curve, equations)) {
        throw new ProofRefused('the signature of the frame or the openings of its commitments do not hold');
      }
      return verified(proof, delayIterations);
    },
  };
}

interface PlannedProof {
  readonly plan: readonly PlannedTree[];
  readonly trees: readonly VerifiedTree[];
}

function checkTrust({ genesisBytes, genesis, frame }: PortableProof, trustRoot: Uint8Array): void {
  const found = trustRootOf(genesisBytes);
  if (!sameBytes(found, trustRoot)) {
    throw new ProofRefused(`the proof is of another network: its trust root is ${hex(found)}`);
  }
  const { header } = frame;
  if (!sameBytes(header.trustRoot, trustRoot)) throw new ProofRefused('the header is of another network');
  if (header.discriminantBits !== genesis.discriminantBits) {
    throw new ProofRefused('the header names another discriminant size than the genesis document');
  }
  if (header.number < 1) throw new ProofRefused('frames are counted from 1');
  if (header.timeMs > timeMsMax) throw new ProofRefused('the time of the frame is no time');
}

/** @returns the iterations that were checked; undefined when the proof brings no output */
function checkDelay({ frame, delay }: PortableProof): number | undefined {
  const { header } = frame;
  if (delay === undefined) return undefined;
  if (header.iterations === 0)
    throw new ProofRefused('the frame has no delay function, but the proof an output of it');
  if (!sameBytes(sha256(delay.output), header.delayHash)) {
    throw new ProofRefused('the delay output is not the one that the header names');
  }
  const { iterations, discriminantBits: bits, previous: challenge } = header;
  const reason = refusalWithHint({ challenge, iterations, bits }, delay.hint, delay.output);
  if (reason !== undefined) throw new ProofRefused(`the delay output is refused: ${reason}`);
  return iterations;
}

function* signatureEquations({ genesis, frame }: PortableProof, bls: Bls): Generator<PairingEquation> {
  const { header, signers, signature } = frame;
  checkSignerBits(signers, genesis.frameKeys.length);
  const keys = genesis.frameKeys.map(({ publicKey, possession }) => {
    const key = bls.decodePublicKey(publicKey);
    const proof = bls.decodeSignature(possession);
    if (key === undefined || proof === undefined) throw new ProofRefused('a frame key is not valid');
    return { key, proof };
  });
  for (const { key, proof } of keys) yield bls.possessionEquation(key, proof);
  const signed = keys.filter((_, index) => isSigner(signers, index));
  // More than two thirds, of one key one.
  if (3 * signed.length <= 2 * keys.length) throw new ProofRefused('too few frame keys signed');
  // What was just asked to be proven; all equations are checked before anything is said.
  const key = bls.aggregateKeys(signed.map((one) => bls.assumeAccepted(one.key)));
  const decoded = bls.decodeSignature(signature);
  if (key === undefined || decoded === undefined)
    throw new ProofRefused('the signature of the frame is not valid');
  yield bls.equation(key, headerHash(header), frameDomain, decoded);
}

function isSigner(signers: Uint8Array, index: number): boolean {
  return (((signers[index >>> 3] ?? 0) << (index & 7)) & 0x80) !== 0;
}

function checkSignerBits(signers: Uint8Array, keys: number): void {
  for (let index = keys; index < signers.length * 8; index++) {
    if (isSigner(signers, index)) throw new ProofRefused('a signer is no frame key');
  }
}

/** Openings are added to the equations, to be checked with the rest. */
function checkTrees(proof: PortableProof, kzg: KzgVerifier, equations: PairingEquation[]): PlannedProof {
  const { shards, items, genesis } = proof;
  const plan = planTrees(
    shards.map(({ domain, globalTree }, index) => ({
      domain,
      globalTree,
      items: items.filter(({ shard }) => shard === index).map(planned),
    })),
  );
  const outcome = verifyTreeProof(proof.treeProof, {
    hashes: { sha256, sha512 },
    leafAtomsMax: genesis.leafAtomsMax,
    verifyOpenings(openings, multiproof) {
      const claim = kzg.claimMany(openings, multiproof);
      if (claim.refused !== undefined) return false;
      equations.push(...claim.equations);
      return true;
    },
  });
  if (!outcome.ok) throw new ProofRefused(outcome.reason);
  const { trees } = outcome;
  const isPlanned =
    trees.length === plan.length &&
    plan.every(({ prefixes }, part) => {
      const statements = trees[part]?.statements ?? [];
      return (
        statements.length === prefixes.length &&
        statements.every(({ prefix }, at) => sameBytes(prefix, prefixes[at] as Uint8Array))
      );
    });
  if (!isPlanned) throw new ProofRefused('the tree proof is about something else than the items');
  return { plan, trees };
}

function planned(item: ProvenItem): PlannedItem {
  const { slot, kind } = item;
  return { slot, kind, incarnation: item.state === 'present' ? item.incarnation : undefined };
}

/** From the four roots of each shard to the header. */
function checkShards({ shards, frame }: PortableProof, { plan, trees }: PlannedProof): void {
  for (const [index, shard] of shards.entries()) {
    const roots = Object.values(phaseCodes).map((set) => rootOf(index, set, shard, { plan, trees }));
    if (!(shardL1(shard.domain) as readonly number[]).includes(shard.globalTree)) {
      throw new ProofRefused('a shard is shown in a global tree that is none of its own');
    }
    const place = findPart(
      plan,
      (tree) => tree.kind === 'global' && tree.index === shard.globalTree,
      shard.domain,
    );
    const tree = place === undefined ? undefined : trees[place[0]];
    const [entry] = (place === undefined ? undefined : tree?.statements[place[1]]?.entries) ?? [];
    if (tree === undefined || entry === undefined) throw new ProofRefused('a shard is not in the frame');
    const { domain, position, logHead } = shard;
    const isShown =
      entry.revision === position &&
      sameBytes(entry.dataHash, shardLeaf({ domain, roots, position, logHead }));
    if (!isShown) throw new ProofRefused('the roots of a shard are not those of the frame');
    if (position > frame.header.position) throw new ProofRefused('a shard is ahead of its frame');
    if (!sameBytes(globalRootOf(shard.globalTree, tree.root, shard.globalPath), frame.header.globalRoot)) {
      throw new ProofRefused('a global tree is not the one of the header');
    }
  }
}

function rootOf(
  shard: number,
  set: number,
  { roots }: ProvenShard,
  { plan, trees }: PlannedProof,
): Uint8Array {
  const part = plan.findIndex((tree) => tree.kind === 'phase' && tree.shard === shard && tree.set === set);
  const given = roots[set];
  if (part < 0) return given ?? zeroRoot;
  if (given !== undefined) throw new ProofRefused('a root is given that the tree proof leads to');
  return (trees[part] as VerifiedTree).root;
}

function checkItems({ items }: PortableProof, { plan, trees }: PlannedProof): void {
  for (const [index, item] of items.entries()) {
    const prefix = itemPrefix(planned(item));
    const [adds, removes] = (['adds', 'removes'] as const).map((phase) => {
      const set = phaseCodes[`${item.kind}-${phase}`];
      const is = (tree: PlannedTree) =>
        tree.kind === 'phase' && tree.shard === item.shard && tree.set === set;
      const place = findPart(plan, is, prefix);
      const entries = place === undefined ? undefined : trees[place[0]]?.statements[place[1]]?.entries;
      if (entries === undefined) throw new ProofRefused(`item ${index} is not in the tree proof`);
      return entries;
    }) as [VerifiedTree['statements'][number]['entries'], VerifiedTree['statements'][number]['entries']];
    if (item.state === 'absent') {
      const isRemoved = (key: Uint8Array) => removes.some((removed) => sameBytes(removed.key, key));
      if (!adds.every(({ key }) => isRemoved(key))) throw new ProofRefused(`item ${index} is not absent`);
      continue;
    }
    const [entry] = adds;
    if (entry === undefined) throw new ProofRefused(`item ${index} was never added`);
    if (removes.length > 0) throw new ProofRefused(`item ${index} is removed`);
    if (entry.revision !== item.revision) throw new ProofRefused(`item ${index} has another revision`);
    if (!sameBytes(entry.dataHash, contentHash(item.slot, item.kind, item.content))) {
      throw new ProofRefused(`the content of item ${index} is not what was committed to`);
    }
  }
}

function verified(proof: PortableProof, delayIterations: number | undefined): VerifiedProof {
  const { genesis, frame, shards, items } = proof;
  const { header } = frame as { header: FrameHeader };
  const keys = genesis.frameKeys.length;
  const signers = genesis.frameKeys.filter((_, index) => isSigner(frame.signers, index)).length;
  const { number, timeMs, position, discriminantBits } = header;
  return {
    frame: {
      network: genesis.name,
      number,
      timeMs,
      position,
      hash: headerHash(header),
      discriminantBits,
      delayIterations,
      signers,
      keys,
    },
    items: items.map((item) => ({ ...item, domain: (shards[item.shard] as ProvenShard).domain })),
  };
}
