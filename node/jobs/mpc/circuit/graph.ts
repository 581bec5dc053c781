/**
 * XOR-AND graphs. A literal is twice the number of a node, plus one when it is negated, so that NOT costs nothing. What is known of
 * two operands, and of what they read, is used at once where it saves an AND gate or does no harm: constants, equal gates, and the
 * local rules of Brummayer and Biere ("Local two-level And-Inverter Graph minimization without blowup", MEMICS 2006), extended by
 * XOR. AND gates that read the same two nodes with other negations are one AND gate and XOR gates: x & ~y = x ^ (x & y).
 * No rule makes an AND gate more or the depth larger.
 */
import { gateKind } from './circuit.ts';
import { NodeTable } from './node-table.ts';

export type Literal = number;

export const FALSE: Literal = 0;
export const TRUE: Literal = 1;

export class XorAndGraph {
  /** Node 0 is the constant, then inputs and gates as they come. */
  readonly nodes: NodeTable;

  /** @param nodesMax more throw a CircuitError */
  constructor(nodesMax: number) {
    this.nodes = new NodeTable(nodesMax);
    this.nodes.addInput();
  }

  input(): Literal {
    return 2 * this.nodes.addInput();
  }

  xor(a: Literal, b: Literal): Literal {
    const negated = (a ^ b) & 1;
    const x = (a < b ? a : b) & ~1;
    const y = (a < b ? b : a) & ~1;
    if (x === y) return negated;
    if (x === FALSE) return y | negated;
    const { nodes } = this;
    const node = y >>> 1;
    if (nodes.kind(node) === gateKind.xor) {
      if (nodes.left(node) === x) return nodes.right(node) ^ negated;
      if (nodes.right(node) === x) return nodes.left(node) ^ negated;
    }
    return (2 * nodes.gate(gateKind.xor, x, y)) | negated;
  }

  and(a: Literal, b: Literal): Literal {
    const x = a < b ? a : b;
    const y = a < b ? b : a;
    if (x >>> 1 === y >>> 1) return x === y ? x : FALSE;
    if (x === FALSE) return FALSE;
    if (x === TRUE) return y;
    const known = this.andKnowing(x, y);
    return known === undefined ? this.andGate(x, y) : known;
  }

  or(a: Literal, b: Literal): Literal {
    return this.and(a ^ 1, b ^ 1) ^ 1;
  }

  /** An AND gate, or what an AND gate of the same nodes and XOR gates make of it. */
  private andGate(x: Literal, y: Literal): Literal {
    const { nodes } = this;
    const node = nodes.gate(gateKind.and, x, y);
    const [left, right] = [nodes.left(node), nodes.right(node)];
    // (left ^ p)(right ^ q) = left right ^ q left ^ p right ^ p q
    let result = 2 * node;
    if (y !== right) result = this.xor(result, left);
    if (x !== left) result = this.xor(result, y);
    return result;
  }

  /** By what the later operand reads, then by what both read. */
  private andKnowing(x: Literal, y: Literal): Literal | undefined {
    const { nodes } = this;
    const node = y >>> 1;
    const kind = nodes.kind(node);
    if (kind === gateKind.xor) {
      const [left, right] = [nodes.left(node), nodes.right(node)];
      // Where x holds, the operand of y that is x or its negation is known.
      if ((x ^ left) <= 1) return this.and(x, right ^ (y & 1) ^ ((x ^ left) & 1) ^ 1);
      if ((x ^ right) <= 1) return this.and(x, left ^ (y & 1) ^ ((x ^ right) & 1) ^ 1);
      return undefined;
    }
    if (kind !== gateKind.and) return undefined;
    const [left, right] = [nodes.left(node), nodes.right(node)];
    if (x === left || x === right) return (y & 1) === 0 ? y : this.and(x, (x === left ? right : left) ^ 1);
    if (x === (left ^ 1) || x === (right ^ 1)) return (y & 1) === 0 ? FALSE : x;
    return nodes.kind(x >>> 1) === gateKind.and ? this.andOfAnds(x, y) : undefined;
  }

  private andOfAnds(x: Literal, y: Literal): Literal | undefined {
    // Of two AND gates, what the one says of an operand of the other.
    const found = this.implied(x >>> 1, y >>> 1) ?? this.implied(y >>> 1, x >>> 1);
    if (found === undefined) return undefined;
    const { by, value, rest } = found;
    const negations = (x & 1) + (y & 1);
    if (value === FALSE) {
      // They never hold both.
      if (negations === 0) return FALSE;
      if (negations === 1) return (x & 1) === 0 ? x : y;
      return this.xor(x, y) ^ 1;
    }
    // The one that holds says what is left of the negated other.
    if (negations !== 1 || ((x & 1) === 0 ? x : y) >>> 1 !== by) return undefined;
    return this.and(2 * by, rest ^ 1);
  }

  /** Where AND gate `by` holds, an operand of AND gate `of` has this value; `rest` is the other operand. */
  private implied(by: number, of: number): { by: number; value: Literal; rest: Literal } | undefined {
    const { nodes } = this;
    const [left, right] = [nodes.left(of), nodes.right(of)];
    const ofLeft = this.valueWhere(by, left);
    if (ofLeft !== undefined) return { by, value: ofLeft, rest: right };
    const ofRight = this.valueWhere(by, right);
    return ofRight === undefined ? undefined : { by, value: ofRight, rest: left };
  }

  private valueWhere(and: number, literal: Literal): Literal | undefined {
    const { nodes } = this;
    const [left, right] = [nodes.left(and), nodes.right(and)];
    if ((literal ^ left) <= 1) return literal === left ? TRUE : FALSE;
    if ((literal ^ right) <= 1) return literal === right ? TRUE : FALSE;
    const node = literal >>> 1;
    if (nodes.kind(node) !== gateKind.xor) return undefined;
    const isSum = (nodes.left(node) ^ left) <= 1 && (nodes.right(node) ^ right) <= 1;
    // left and right are one, so that the sum of their nodes is the sum of their negations.
    return isSum ? (left ^ right ^ literal) & 1 : undefined;
  }
}
