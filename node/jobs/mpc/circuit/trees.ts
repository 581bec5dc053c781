/**
 * What can be saved in a graph when it is known how often a gate is read: trees of XOR or of AND gates that are read once, and the AND
 * gates they read.
 */
import { gateKind } from './circuit.ts';
import { type Network, neededNodes } from './emit.ts';
import type { Literal } from './graph.ts';
import type { NodeTable } from './node-table.ts';
import { type Affine, fewestProducts, type Sum } from './quadratic-form.ts';

/** AND gates of an AND tree that have an operand in common. */
export interface Group {
  readonly shared: Literal;
  readonly members: readonly number[];
}

/** AND gates of an XOR tree, and a sum of fewer products that is their sum. */
export interface Form {
  readonly members: readonly number[];
  /** Literals of the graph, by variable of the sum. */
  readonly variables: readonly Literal[];
  readonly sum: Sum;
}

/** Variables of a form: more would save little, and cost many XOR gates. */
const variablesMax = 64;
/** An operand that is the XOR of no more than this is seen as such. */
const summandsMax = 8;
/** What is read so often is read by many. Outputs count as much. */
const readsMax = 255;

/** Trees of gates of one kind, of which all but the root are read once, and what can be saved in them. */
export class Trees {
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
    const join = (operand: Literal, kind: number) => {
      if ((operand & 1) === 0 && this.isReadOnce(operand, kind)) this.inner[operand >>> 1] = 1;
    };
    for (let node = nodes.count - 1; node > 0; node--) {
      if (needed[node] === 0 || nodes.isInput(node)) continue;
      join(nodes.left(node), nodes.kind(node));
      join(nodes.right(node), nodes.kind(node));
    }
  }

  isRoot(node: number): boolean {
    return this.needed[node] === 1 && this.inner[node] === 0 && !this.nodes.isInput(node);
  }

  /** Operands of the tree. */
  leaves(root: number): Literal[] {
    const { nodes } = this;
    const found: Literal[] = [];
    const open: Literal[] = [nodes.right(root), nodes.left(root)];
    while (open.length > 0) {
      const literal = open.pop()!;
      const node = literal >>> 1;
      if (this.inner[node] === 1) open.push(nodes.right(node), nodes.left(node));
      else found.push(literal);
    }
    return found;
  }

  anySaving(): boolean {
    for (let node = 1; node < this.nodes.count; node++) {
      if (this.isRoot(node) && this.maySave(node) && this.saves(node)) return true;
    }
    return false;
  }

  /** The tree takes fewer AND gates in another form. */
  saves(root: number): boolean {
    const leaves = this.leaves(root);
    return this.nodes.kind(root) === gateKind.xor
      ? this.cancels(leaves) || this.forms(leaves).length > 0
      : new Set(leaves.map((leaf) => leaf >>> 1)).size < leaves.length || this.groups(leaves).length > 0;
  }

  /** Of the leaves of an AND tree, those that are negated AND gates read once: at least two of each group. */
  groups(leaves: readonly Literal[]): Group[] {
    const candidates = leaves.filter((leaf) => (leaf & 1) === 1 && this.isReadOnce(leaf, gateKind.and));
    if (candidates.length < 2) return [];
    const counts = new Map<Literal, number>();
    const operands = (node: number): [Literal, Literal] => [this.nodes.left(node), this.nodes.right(node)];
    for (const leaf of candidates) {
      for (const operand of operands(leaf >>> 1)) counts.set(operand, (counts.get(operand) ?? 0) + 1);
    }
    const groups = new Map<Literal, number[]>();
    for (const leaf of candidates) {
      const [left, right] = operands(leaf >>> 1);
      const shared = counts.get(left)! >= counts.get(right)! ? left : right;
      groups.set(shared, [...(groups.get(shared) ?? []), leaf >>> 1]);
    }
    return [...groups]
      .map(([shared, members]) => ({ shared, members }))
      .filter(({ members }) => members.length > 1);
  }

  /** Of the leaves of an XOR tree, AND gates read once that have variables in common, where fewer products do. */
  forms(leaves: readonly Literal[]): Form[] {
    const candidates = leaves.filter((leaf) => this.isReadOnce(leaf, gateKind.and)).map((leaf) => leaf >>> 1);
    if (candidates.length < 2) return [];
    return connected(candidates.map((node) => this.factors(node))).flatMap((components) =>
      this.form(components),
    );
  }

  private form(products: readonly Factors[]): Form[] {
    const variables = [...new Set(products.flatMap(({ variables: own }) => own))];
    if (products.length < 2 || variables.length > variablesMax) return [];
    const index = new Map(variables.map((variable, i) => [variable, i]));
    const affine = (summands: readonly Literal[]): Affine => ({
      variables: summands.reduce((set, each) => set ^ (1n << BigInt(index.get(each & ~1)!)), 0n),
      constant: summands.reduce((sum, each) => sum ^ (each & 1), 0),
    });
    const pairs = products.map(({ left, right }) => [affine(left), affine(right)] as const);
    const sum = fewestProducts(pairs, variables.length);
    if (sum.products.length >= products.length) return [];
    return [{ members: products.map(({ node }) => node), variables, sum }];
  }

  private factors(node: number): Factors {
    const [left, right] = [this.summands(this.nodes.left(node)), this.summands(this.nodes.right(node))];
    return { node, left, right, variables: [...left, ...right].map((each) => each & ~1) };
  }

  /**
   * Literals of which the XOR is the operand. It alone when there are too many, or an AND gate that nothing else reads is one of them:
   * that may go when its own tree takes another form.
   */
  private summands(operand: Literal): Literal[] {
    const { nodes } = this;
    const found: Literal[] = [];
    const open: Literal[] = [operand & ~1];
    for (let steps = 0; open.length > 0; steps++) {
      if (steps > 2 * summandsMax) return [operand];
      const literal = open.pop()!;
      const node = literal >>> 1;
      if (nodes.kind(node) === gateKind.xor) open.push(nodes.right(node), nodes.left(node));
      else if (this.isReadOnce(literal, gateKind.and)) return [operand];
      else found.push(literal);
    }
    found[0]! ^= operand & 1;
    return found;
  }

  /** Most gates read nothing that could be saved, and are done with here. */
  private maySave(node: number): boolean {
    const may = (literal: Literal) =>
      this.inner[literal >>> 1] === 1 || this.isReadOnce(literal, gateKind.and);
    return may(this.nodes.left(node)) || may(this.nodes.right(node));
  }

  /** An XOR tree reads an AND gate twice that nothing else reads. */
  private cancels(leaves: readonly Literal[]): boolean {
    const ands = leaves.filter((leaf) => this.nodes.kind(leaf >>> 1) === gateKind.and);
    if (ands.length < 2) return false;
    const counts = new Map<number, number>();
    for (const leaf of ands) counts.set(leaf >>> 1, (counts.get(leaf >>> 1) ?? 0) + 1);
    return [...counts].some(([node, count]) => count > 1 && count === this.reads[node]);
  }

  private isReadOnce(literal: Literal, kind: number): boolean {
    const node = literal >>> 1;
    return this.reads[node] === 1 && this.nodes.kind(node) === kind;
  }
}

/** An AND gate, and the literals that are added up for its operands. */
interface Factors {
  readonly node: number;
  readonly left: readonly Literal[];
  readonly right: readonly Literal[];
  readonly variables: readonly Literal[];
}

/** Products that have variables in common, also by way of others, together. */
function connected(products: readonly Factors[]): Factors[][] {
  const components = new Map<Literal, { readonly products: Factors[]; readonly variables: Literal[] }>();
  for (const product of products) {
    const met = new Set(product.variables.flatMap((variable) => components.get(variable) ?? []));
    const joined = {
      products: [...[...met].flatMap((component) => component.products), product],
      variables: [...[...met].flatMap((component) => component.variables), ...product.variables],
    };
    for (const variable of joined.variables) components.set(variable, joined);
  }
  return [...new Set(components.values())].map((component) => component.products);
}
