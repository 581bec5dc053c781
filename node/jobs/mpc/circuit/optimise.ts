/**
 * Saves AND gates that show only when it is known how often a gate is read.
 *
 * - A sum of products becomes the sum of as few as there can be (quadratic-form.ts): x & y ^ x & z is x & (y ^ z), also with x negated
 *   on one side, which is how a choice is written without `mux`; x & y ^ x & z ^ y & z is one gate.
 * - ~(x & y) & ~(x & z) is ~(x & (y | z)).
 * - What a tree reads twice it reads once or, where it is XOR, never.
 *
 * All for gates that nothing else reads. XOR trees do not become deeper; an AND tree of leaves of unequal depth can, by one. A graph
 * in which nothing is saved is handed back as it is, so that large ones are not copied.
 */
import { gateKind } from './circuit.ts';
import { type Network, neededNodes } from './emit.ts';
import { FALSE, type Literal, TRUE, XorAndGraph } from './graph.ts';
import { bitsOf } from './quadratic-form.ts';
import { type Form, type Group, Trees } from './trees.ts';

/** One pass seldom leaves anything to the next. */
const passesMax = 4;

/** Nodes of the copy: it can have more than the original before what nobody needs is left out. */
const growthMax = 4;

export interface OptimiseOptions {
  /** Also puts trees of AND gates into the order of least depth. */
  readonly balance?: boolean;
}

export function optimise(network: Network, { balance = false }: OptimiseOptions): Network {
  let best = network;
  for (let pass = 0; pass < passesMax; pass++) {
    const trees = new Trees(best);
    if (!trees.anySaving() && !(balance && pass === 0)) return best;
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
    if (trees.isRoot(node) && (this.balance || trees.saves(node))) {
      const leaves = trees.leaves(node);
      return kind === gateKind.xor
        ? this.xorTree(leaves, trees.forms(leaves))
        : this.andTree(leaves, trees.groups(leaves));
    }
    const [left, right] = [this.copy(trees.nodes.left(node)), this.copy(trees.nodes.right(node))];
    return kind === gateKind.xor ? graph.xor(left, right) : graph.and(left, right);
  }

  private xorTree(leaves: readonly Literal[], forms: readonly Form[]): Literal {
    const { graph } = this;
    const replaced = new Set(forms.flatMap(({ members }) => members));
    const terms = oddOnes(leaves)
      .filter((leaf) => !replaced.has(leaf >>> 1))
      .map((leaf) => this.copy(leaf));
    for (const { variables, sum } of forms) {
      const linear = (set: bigint) =>
        [...bitsOf(set)].reduce((all, i) => graph.xor(all, this.copy(variables[i]!)), FALSE);
      for (const [left, right] of sum.products) terms.push(graph.and(linear(left), linear(right)));
      terms.push(linear(sum.rest.variables), sum.rest.constant === 1 ? TRUE : FALSE);
    }
    return terms.reduce((left, right) => graph.xor(left, right), FALSE);
  }

  private andTree(leaves: readonly Literal[], groups: readonly Group[]): Literal {
    const { graph, trees } = this;
    const grouped = new Set(groups.flatMap(({ members }) => members));
    const terms = leaves.filter((leaf) => !grouped.has(leaf >>> 1)).map((leaf) => this.copy(leaf));
    for (const { shared, members } of groups) {
      const others = members.map((member) => {
        const [left, right] = [trees.nodes.left(member), trees.nodes.right(member)];
        return this.copy(left === shared ? right : left) ^ 1;
      });
      terms.push(graph.and(this.copy(shared), this.conjunction(others) ^ 1) ^ 1);
    }
    return this.conjunction(terms);
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
