/** Requests for proofs over many trees of one commit, and the one proof that answers them. */
import { NodeError } from '../../api/index.ts';
import {
  type BranchCommitter,
  type PieceReader,
  type PieceRef,
  rootOf,
  TooManyEntries,
  type TreeEntry,
  type TreeName,
  type TreeRoot,
  treeLimits,
  writeProof,
} from '../../hypergraph/tree/index.ts';
import { decodeTreeName, encodeTreeName } from './format/v1.ts';
import { treeStoreLimits } from './limits.ts';
import { findTrees } from './tree-list.ts';

export type ProofRequest =
  /** The entry with this key (32 bytes) is there. */
  | { readonly tree: TreeName; readonly kind: 'inclusion'; readonly key: Uint8Array }
  /** No key begins with these bytes (1..32). */
  | { readonly tree: TreeName; readonly kind: 'absence'; readonly prefix: Uint8Array }
  /** All entries whose keys begin with these bytes (1..32): at most 64. */
  | { readonly tree: TreeName; readonly kind: 'entries'; readonly prefix: Uint8Array };

/** Rules of one proof: which requests failed to be true, by their index. */
export interface RefusedProof {
  readonly kind: 'refused';
  readonly request: number;
  /** `absent`: nothing to include; `present`: something stands there; `too-many`: more entries than a proof lists. */
  readonly reason: 'absent' | 'present' | 'too-many';
}

export interface TreeProof {
  readonly kind: 'proof';
  /** Format: node/hypergraph/tree/format/proof-v1.ts. */
  readonly bytes: Uint8Array;
  /** In the order of the proof's trees: what the verifier's roots belong to. */
  readonly trees: readonly (TreeRoot & { readonly tree: TreeName })[];
  /** Per request, the entries that the proof shows. */
  readonly entries: readonly (readonly TreeEntry[])[];
}

export type ProofResult = TreeProof | RefusedProof;

export interface ProofModules {
  readonly pieces: PieceReader;
  readonly committer: Pick<BranchCommitter, 'prove'>;
}

/** Where a request's answer stands in the proof. */
interface Place {
  readonly part: number;
  readonly prefix: number;
}

/** @param list of trees @throws NodeError `malformed`, `corrupt` */
export async function proveTrees(
  requests: readonly ProofRequest[],
  list: PieceRef | undefined,
  modules: ProofModules,
): Promise<ProofResult> {
  const { names, prefixes, places } = arranged(requests);
  const trees = await findTrees(list, names, modules.pieces);
  const parts = trees.map((tree, index) => ({ tree, prefixes: prefixes[index]! }));
  try {
    const written = await writeProof(parts, modules, (entries) => {
      const refused = refusal(requests, places, entries);
      if (refused !== undefined) throw new Refused(refused);
    });
    return {
      kind: 'proof',
      bytes: written.bytes,
      trees: names.map((name, index) => ({ tree: decodeTreeName(name), ...rootOf(trees[index]) })),
      entries: places.map(({ part, prefix }) => written.entries[part]![prefix]!),
    };
  } catch (error) {
    if (error instanceof Refused) return error.outcome;
    if (!(error instanceof TooManyEntries)) throw error;
    const request = places.findIndex(({ part, prefix }) => part === error.part && prefix === error.prefix);
    return {
      kind: 'refused',
      request,
      reason: requests[request]!.kind === 'absence' ? 'present' : 'too-many',
    };
  }
}

class Refused extends Error {
  readonly outcome: RefusedProof;
  constructor(outcome: RefusedProof) {
    super(outcome.reason);
    this.outcome = outcome;
  }
}

const prefixOf = (request: ProofRequest): Uint8Array =>
  request.kind === 'inclusion' ? request.key : request.prefix;

function refusal(
  requests: readonly ProofRequest[],
  places: readonly Place[],
  entries: readonly (readonly (readonly TreeEntry[])[])[],
): RefusedProof | undefined {
  for (const [index, { kind }] of requests.entries()) {
    const { part, prefix } = places[index]!;
    const found = entries[part]![prefix]!.length;
    if (kind === 'inclusion' && found === 0) return { kind: 'refused', request: index, reason: 'absent' };
    if (kind === 'absence' && found > 0) return { kind: 'refused', request: index, reason: 'present' };
  }
  return undefined;
}

/** Requests by tree and prefix, both rising, each once. */
function arranged(requests: readonly ProofRequest[]): {
  names: Buffer[];
  prefixes: Buffer[][];
  places: Place[];
} {
  if (requests.length === 0 || requests.length > treeStoreLimits.requestsMax) {
    throw new NodeError('malformed', `a proof answers 1 to ${treeStoreLimits.requestsMax} requests`);
  }
  const byName = new Map<string, Set<string>>();
  for (const request of requests) {
    checkRequest(request);
    const name = text(encodeTreeName(request.tree));
    const wanted = byName.get(name) ?? new Set();
    byName.set(name, wanted.add(text(prefixOf(request))));
  }
  const names = sorted(byName.keys());
  if (names.length > treeLimits.proofTreesMax) {
    throw new NodeError('malformed', `a proof is about ${treeLimits.proofTreesMax} trees at most`);
  }
  const prefixes = names.map((name) => sorted(byName.get(text(name))!));
  const places = requests.map((request): Place => {
    const part = names.findIndex((name) => name.equals(encodeTreeName(request.tree)));
    return { part, prefix: prefixes[part]!.findIndex((one) => one.equals(prefixOf(request))) };
  });
  return { names, prefixes, places };
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const sorted = (texts: Iterable<string>): Buffer[] =>
  [...texts].map((one) => Buffer.from(one, 'latin1')).sort(Buffer.compare);

function checkRequest(request: ProofRequest): void {
  const { length } = prefixOf(request);
  const { keyBytes } = treeLimits;
  if (length === 0 || length > keyBytes || (request.kind === 'inclusion' && length !== keyBytes)) {
    throw new NodeError('malformed', `a proof is asked for a key of ${length} bytes`);
  }
}
