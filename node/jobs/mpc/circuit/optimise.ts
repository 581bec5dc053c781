/**
 * Saves AND gates that show only when it is known how often a gate is read. Gates that are read once, by a tree of XOR or of AND gates,
 * and that read the same node, are one gate:
 *
 *     x & y ^ x & z     = x & (y ^ z)        also with x negated on one side, which is how a choice is written without `mux`
 *     ~(x & y) & ~(x & z) = ~(x & (y | z))
 *     (x & y) & (x & z) = x & (y & z)
 *
 * and what a tree reads twice it reads once or, where it is XOR, never.
 *
 * XOR trees do not become deeper; an AND tree of leaves of unequal depth can, by one. A graph in which no rule applies is handed back
 * as it is, so that large ones are not copied.
 */
import { gateKind } from './circuit.ts';
import { type Network, neededNodes } from './emit.ts';
import { FALSE, type Literal, TRUE, XorAndGraph } from './graph.ts';
import type { NodeTable } from './node-table.ts';

/** One pass seldom leaves anything to the next. */
const passesMax = 4;

/** Nodes of the copy: it can have more than the original before what nobody needs is left out. */
const growthMax = 4;

/** What is read so often is read by many. Outputs count as much. */
const readsMax = 255;

export interface OptimiseOptions {
  /** Also puts trees of AND gates into the order of least depth. */
  readonly balance?: boolean;
}

export function optimise(network: Network, { balance = false }: OptimiseOptions): Network {
  let best = network;
  for (let pass = 0; pass < passesMax; pass++) {
    const trees = new Trees(best);
    if (!trees.anyRuleApplies() && !(balance && pass === 0)) return best;
    const next = new Rebuild(best, trees, balance).run();
    // Gates that became equal to others are no longer read once: then a rule can cost what it saves.
    if (neededAnds(next) > neededAnds(best)) return best;
    best = next;
  }
  return best;
}

function neededAnds(network: Network): number {
  const { nodes } = network.graph;
  const needed = neededNodes(network);
  let ands = 0;
  for (let node = 1; node < nodes.count; node++) {
    if (needed[node] === 1 && nodes.kind(node) === gateKind.and) ands++;
  }
  return ands;
}

/** AND gates of which one operand is the same node. */
interface Group {
  readonly shared: number;
  readonly members: number[];
}

/** Trees of gates of one kind, of which all but the root are read once. */
class Trees {
  readonly nodes: NodeTable;
  readonly needed: Uint8Array;
  /** By node: how often it is read, at most `readsMax`. */
  private readonly reads: Uint8Array;
  /** By node: it is within the tree of what reads it. */
  private readonly inner: Uint8Array;

  constructor(network: Network) {
    this.nodes = network.graph.nodes;
    this.needed = neededNodes(network);
    this.reads = new Uint8Array(this.nodes.count);
    this.inner = new Uint8Array(this.nodes.count);
    for (const { bits } of network.outputs) for (const bit of bits) this.reads[bit >>> 1] = readsMax;
    const { nodes, needed, reads } = this;
    const read = (node: number) => {
      if (reads[node]! < readsMax) reads[node]!++;
    };
    for (let node = nodes.count - 1; node > 0; node--) {
      if (needed[node] === 0 || nodes.isInput(node)) continue;
      read(nodes.left(node) >>> 1);
      read(nodes.right(node) >>> 1);
    }
    for (let node = nodes.count - 1; node > 0; node--) {
      if (needed[node] === 0 || nodes.isInput(node)) continue;
      for (const operand of [nodes.left(node), nodes.right(node)]) {
        if (this.isReadOnce(operand, nodes.kind(node)) && (operand & 1) === 0) this.inner[operand >>> 1] = 1;
      }
    }
  }

  isRoot(node: number): boolean {
    return this.needed[node] === 1 && this.inner[node] === 0 && !this.nodes.isInput(node);
  }

  /** Operands of the tree. */
  leaves(root: number): Literal[] {
    const { nodes } = this;
    const kind = nodes.kind(root);
    const found: Literal[] = [];
    const open: Literal[] = [nodes.right(root), nodes.left(root)];
    while (open.length > 0) {
      const literal = open.pop()!;
      const node = literal >>> 1;
      if (this.inner[node] === 1 && nodes.kind(node) === kind) open.push(nodes.right(node), nodes.left(node));
      else found.push(literal);
    }
    return found;
  }

  /** Leaves that are AND gates read once and have an operand in common, at least two of each. */
  groups(kind: number, leaves: readonly Literal[]): Group[] {
    const candidates = leaves.filter((leaf) => this.isCandidate(kind, leaf)).map((leaf) => leaf >>> 1);
    if (candidates.length < 2) return [];
    const counts = new Map<number, number>();
    for (const node of candidates) {
      for (const key of this.keys(kind, node)) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const groups = new Map<number, Group>();
    for (const node of candidates) {
      const [left, right] = this.keys(kind, node);
      const shared = counts.get(left)! >= counts.get(right)! ? left : right;
      const group = groups.get(shared);
      if (group === undefined) groups.set(shared, { shared, members: [node] });
      else group.members.push(node);
    }
    return [...groups.values()].filter(({ members }) => members.length > 1);
  }

  /** An AND tree reads a node twice, or an XOR tree an AND gate that nothing else reads: it cancels. */
  repeatsGate(kind: number, leaves: readonly Literal[]): boolean {
    if (kind === gateKind.and) return new Set(leaves.map((leaf) => leaf >>> 1)).size < leaves.length;
    const counts = new Map<number, number>();
    for (const leaf of leaves) {
      const node = leaf >>> 1;
      if (this.nodes.kind(node) === gateKind.and) counts.set(node, (counts.get(node) ?? 0) + 1);
    }
    return [...counts].some(([node, count]) => count > 1 && count === this.reads[node]);
  }

  anyRuleApplies(): boolean {
    const { nodes } = this;
    for (let node = 1; node < nodes.count; node++) {
      if (!this.isRoot(node)) continue;
      // Most gates read no leaf that could be in a group, and are done with here.
      const kind = nodes.kind(node);
      if (!this.mayGroup(kind, nodes.left(node)) && !this.mayGroup(kind, nodes.right(node))) continue;
      const leaves = this.leaves(node);
      if (this.groups(kind, leaves).length > 0 || this.repeatsGate(kind, leaves)) return true;
    }
    return false;
  }

  private mayGroup(kind: number, literal: Literal): boolean {
    return this.inner[literal >>> 1] === 1 || this.isCandidate(kind, literal);
  }

  private isCandidate(kind: number, leaf: Literal): boolean {
    // A leaf of an AND tree that is an AND gate read once is negated: otherwise it is within the tree.
    return this.isReadOnce(leaf, gateKind.and) && (kind === gateKind.xor || (leaf & 1) === 1);
  }

  private isReadOnce(literal: Literal, kind: number): boolean {
    const node = literal >>> 1;
    return this.reads[node] === 1 && this.nodes.kind(node) === kind;
  }

  /** What must be the same: the node in an XOR tree, in an AND tree also its negation. */
  private keys(kind: number, node: number): [number, number] {
    const [left, right] = [this.nodes.left(node), this.nodes.right(node)];
    return kind === gateKind.xor ? [left & ~1, right & ~1] : [left, right];
  }
}

/** What is left of a sum of which equal terms cancel. */
function oddOnes(leaves: readonly Literal[]): Literal[] {
  const odd = new Set<Literal>();
  for (const leaf of leaves) if (!odd.delete(leaf)) odd.add(leaf);
  return [...odd];
}

class Rebuild {
  private readonly network: Network;
  private readonly trees: Trees;
  private readonly balance: boolean;
  private readonly graph: XorAndGraph;
  /** By node of the original: its literal in the copy. */
  private readonly copies: Uint32Array;
  /** By node of the copy, as far as asked for. */
  private readonly depths: number[] = [];

  constructor(network: Network, trees: Trees, balance: boolean) {
    this.network = network;
    this.trees = trees;
    this.balance = balance;
    this.graph = new XorAndGraph(growthMax * trees.nodes.count);
    this.copies = new Uint32Array(trees.nodes.count);
  }

  run(): Network {
    const { nodes, needed } = this.trees;
    const inputNodes = this.network.inputNodes.map((node) => {
      const input = this.graph.input();
      this.copies[node] = input;
      return input >>> 1;
    });
    for (let node = 1; node < nodes.count; node++) {
      if (needed[node] === 1 && !nodes.isInput(node)) this.copies[node] = this.copyGate(node);
    }
    const outputs = this.network.outputs.map(({ name, to, bits }) => ({
      name,
      to,
      bits: bits.map((bit) => this.copy(bit)),
    }));
    return { graph: this.graph, inputNodes, outputs };
  }

  private copy(literal: Literal): Literal {
    return this.copies[literal >>> 1]! ^ (literal & 1);
  }

  private copyGate(node: number): Literal {
    const { trees, graph } = this;
    const kind = trees.nodes.kind(node);
    if (trees.isRoot(node)) {
      const leaves = trees.leaves(node);
      const groups = trees.groups(kind, leaves);
      if (groups.length > 0 || trees.repeatsGate(kind, leaves) || this.balance) {
        return kind === gateKind.xor ? this.xorTree(leaves, groups) : this.andTree(leaves, groups);
      }
    }
    const [left, right] = [this.copy(trees.nodes.left(node)), this.copy(trees.nodes.right(node))];
    return kind === gateKind.xor ? graph.xor(left, right) : graph.and(left, right);
  }

  private xorTree(leaves: readonly Literal[], groups: readonly Group[]): Literal {
    const { graph } = this;
    const grouped = new Set(groups.flatMap(({ members }) => members));
    let sum: Literal = FALSE;
    for (const leaf of oddOnes(leaves)) if (!grouped.has(leaf >>> 1)) sum = graph.xor(sum, this.copy(leaf));
    for (const { shared, members } of groups) {
      let others: Literal = FALSE;
      for (const member of members) {
        const [same, other] = this.operands(member, shared);
        others = graph.xor(others, other);
        // (x ^ 1) y = x y ^ y
        if (same !== shared) sum = graph.xor(sum, other);
      }
      sum = graph.xor(sum, graph.and(this.copy(shared), others));
    }
    return sum;
  }

  private andTree(leaves: readonly Literal[], groups: readonly Group[]): Literal {
    const { graph } = this;
    const grouped = new Set(groups.flatMap(({ members }) => members));
    const terms = leaves.filter((leaf) => !grouped.has(leaf >>> 1)).map((leaf) => this.copy(leaf));
    for (const { shared, members } of groups) {
      const some = members.map((member) => this.operands(member, shared)[1] ^ 1);
      terms.push(graph.and(this.copy(shared), this.conjunction(some) ^ 1) ^ 1);
    }
    return this.conjunction(terms);
  }

  /** The literal of the original that is shared, and the copy of the other. */
  private operands(member: number, shared: Literal): readonly [same: Literal, other: Literal] {
    const [left, right] = [this.trees.nodes.left(member), this.trees.nodes.right(member)];
    return (left ^ shared) <= 1 ? [left, this.copy(right)] : [right, this.copy(left)];
  }

  /** Of the shallowest first, two by two. */
  private conjunction(literals: readonly Literal[]): Literal {
    const byDepth: Literal[][] = [];
    const put = (depth: number, literal: Literal) => {
      while (byDepth.length <= depth) byDepth.push([]);
      byDepth[depth]!.push(literal);
    };
    for (const literal of new Set(literals)) put(this.depthOf(literal), literal);
    for (let depth = 0; depth < byDepth.length; depth++) {
      const level = byDepth[depth]!;
      if (depth === byDepth.length - 1 && level.length === 1) return level[0]!;
      for (let i = 0; i < level.length; i += 2) {
        put(depth + 1, i + 1 < level.length ? this.graph.and(level[i]!, level[i + 1]!) : level[i]!);
      }
    }
    return TRUE;
  }

  private depthOf(literal: Literal): number {
    const { nodes } = this.graph;
    for (let node = this.depths.length; node < nodes.count; node++) {
      if (node === 0 || nodes.isInput(node)) this.depths.push(0);
      else {
        const below = Math.max(this.depths[nodes.left(node) >>> 1]!, this.depths[nodes.right(node) >>> 1]!);
        this.depths.push(nodes.kind(node) === gateKind.and ? below + 1 : below);
      }
    }
    return this.depths[literal >>> 1]!;
  }
}
