/**
 * Makes circuits gate by gate. A bit is a literal of an XOR-AND graph: twice the number of a node, plus one when it is negated,
 * so that NOT costs nothing here. Constants are folded, equal gates are one gate, negations go through XOR to its output, and
 * gates on which no output depends are left out at the end.
 */
import { CircuitError } from '../errors.ts';
import { mpcLimits } from '../limits.ts';
import { type Circuit, type CircuitInput, type CircuitOutput, gateKind, type Layer } from './circuit.ts';
import { holdersOf } from './holders.ts';
import { NodeTable } from './node-table.ts';

/** A wire while a circuit is being made. */
export type Bit = number;

/** Bits of a number, the least significant first. */
export type Word = readonly Bit[];

export const FALSE: Bit = 0;
export const TRUE: Bit = 1;

interface GivenOutput {
  readonly name: string;
  readonly to: readonly string[];
  readonly bits: Word;
}

export class CircuitBuilder {
  /** Node 0 is the constant, then inputs and gates as they come. */
  private readonly nodes = new NodeTable(mpcLimits.gatesMax);
  private readonly inputs: CircuitInput[] = [];
  private readonly inputNodes: number[] = [];
  private readonly outputs: GivenOutput[] = [];

  constructor() {
    this.nodes.addInput();
  }

  /**
   * @param party a party, or several that all know the input: see `holdersOf`
   * @throws CircuitError for a name that is taken, or too many bits
   */
  input(party: string, name: string, bits: number): Bit[] {
    for (const holder of holdersOf(party)) checkName(holder);
    checkName(name);
    if (this.inputs.some((each) => each.party === party && each.name === name)) {
      throw new CircuitError(`${party} has two inputs of the name ${name}`);
    }
    checkBits(this.inputNodes.length + bits);
    this.inputs.push({ party, name, bits });
    return Array.from({ length: bits }, () => {
      const node = this.nodes.addInput();
      this.inputNodes.push(node);
      return 2 * node;
    });
  }

  /** @param to parties that learn it */
  output(name: string, to: readonly string[], bits: Word): void {
    checkName(name);
    for (const party of to) checkName(party);
    if (to.length === 0 || new Set(to).size !== to.length) {
      throw new CircuitError(`output ${name} goes to no party, or twice to one`);
    }
    if (this.outputs.some((each) => each.name === name)) {
      throw new CircuitError(`there are two outputs of the name ${name}`);
    }
    checkBits(this.outputs.reduce((sum, each) => sum + each.bits.length, bits.length));
    this.outputs.push({ name, to: [...to], bits: [...bits] });
  }

  not(a: Bit): Bit {
    return a ^ 1;
  }

  xor(a: Bit, b: Bit): Bit {
    const negated = (a ^ b) & 1;
    const [x, y] = a < b ? [a & ~1, b & ~1] : [b & ~1, a & ~1];
    if (x === y) return negated;
    if (x === 0) return y | negated;
    return (2 * this.nodes.gate(gateKind.xor, x, y)) | negated;
  }

  and(a: Bit, b: Bit): Bit {
    if (a === b) return a;
    if ((a ^ b) === 1) return FALSE;
    const [x, y] = a < b ? [a, b] : [b, a];
    if (x === FALSE) return FALSE;
    if (x === TRUE) return y;
    return 2 * this.nodes.gate(gateKind.and, x, y);
  }

  or(a: Bit, b: Bit): Bit {
    return this.not(this.and(this.not(a), this.not(b)));
  }

  /** `whenTrue` if the condition holds, otherwise `whenFalse`: one AND gate. */
  mux(condition: Bit, whenTrue: Bit, whenFalse: Bit): Bit {
    return this.xor(whenFalse, this.and(condition, this.xor(whenTrue, whenFalse)));
  }

  /** AND gates that were made so far; those no output needs are not left out yet. */
  get ands(): number {
    return this.nodes.ands;
  }

  /** @throws CircuitError when it has no input, no output or too many gates */
  build(): Circuit {
    if (this.outputs.length === 0) throw new CircuitError('the circuit has no output');
    if (this.inputNodes.length === 0) throw new CircuitError('the circuit has no input');
    return new Emitter(this.nodes, this.inputs, this.inputNodes, this.outputs).emit();
  }
}

/** Puts what is needed into layers. */
class Emitter {
  private readonly nodes: NodeTable;
  private readonly inputs: readonly CircuitInput[];
  private readonly inputNodes: readonly number[];
  private readonly given: readonly GivenOutput[];
  /** By node: the wire that holds it, and that of its negation; 0xffffffff while there is none. */
  private readonly wireOf: Uint32Array;
  private readonly negatedWireOf: Uint32Array;
  private readonly kinds: number[] = [];
  private readonly left: number[] = [];
  private readonly right: number[] = [];

  constructor(
    nodes: NodeTable,
    inputs: readonly CircuitInput[],
    inputNodes: readonly number[],
    given: readonly GivenOutput[],
  ) {
    this.nodes = nodes;
    this.inputs = inputs;
    this.inputNodes = inputNodes;
    this.given = given;
    this.wireOf = new Uint32Array(nodes.count).fill(none);
    this.negatedWireOf = new Uint32Array(nodes.count).fill(none);
  }

  emit(): Circuit {
    const { nodes } = this;
    for (const [wire, node] of this.inputNodes.entries()) this.wireOf[node] = wire;
    const byLayer = this.gatesByLayer();
    const layers: Layer[] = [];
    let ands = 0;
    for (const { linear, and } of byLayer) {
      const linearFrom = this.kinds.length;
      for (const node of linear) this.put(node, gateKind.xor, nodes.left(node), nodes.right(node));
      // Negations that the AND gates of this layer read.
      for (const node of and) {
        this.wire(nodes.left(node));
        this.wire(nodes.right(node));
      }
      const andFrom = this.kinds.length;
      for (const node of and) this.put(node, gateKind.and, nodes.left(node), nodes.right(node));
      ands += and.length;
      layers.push({ linearFrom, andFrom, end: this.kinds.length });
    }
    const before = this.kinds.length;
    const outputs = this.given.map(
      ({ name, to, bits }): CircuitOutput => ({
        name,
        to,
        wires: Uint32Array.from(bits, (bit) => this.wire(bit)),
      }),
    );
    // Negations of outputs follow the last layer, which has no AND gates then.
    if (this.kinds.length > before)
      layers.push({ linearFrom: before, andFrom: this.kinds.length, end: this.kinds.length });
    const inputBits = this.inputNodes.length;
    if (this.kinds.length > mpcLimits.gatesMax || layers.length > mpcLimits.andDepthMax) {
      throw new CircuitError(
        `a circuit of ${this.kinds.length} gates in ${layers.length} layers is too large`,
      );
    }
    return {
      inputs: [...this.inputs],
      inputBits,
      outputs,
      parties: [...new Set([...this.inputs.map(({ party }) => party), ...outputs.flatMap(({ to }) => to)])],
      kinds: Uint8Array.from(this.kinds),
      left: Uint32Array.from(this.left),
      right: Uint32Array.from(this.right),
      layers,
      wires: inputBits + this.kinds.length,
      ands,
    };
  }

  /** Nodes that outputs depend on. Layer d: XOR gates of AND depth d, then the AND gates that make depth d + 1. */
  private gatesByLayer(): { readonly linear: number[]; readonly and: number[] }[] {
    const { nodes } = this;
    const needed = new Uint8Array(nodes.count);
    for (const { bits } of this.given) for (const bit of bits) needed[bit >>> 1] = 1;
    for (let node = nodes.count - 1; node > 0; node--) {
      if (needed[node] === 0 || nodes.isInput(node)) continue;
      needed[nodes.left(node) >>> 1] = 1;
      needed[nodes.right(node) >>> 1] = 1;
    }
    const depth = new Uint32Array(nodes.count);
    const layers: { linear: number[]; and: number[] }[] = [];
    const layer = (at: number) => {
      while (layers.length <= at) layers.push({ linear: [], and: [] });
      return layers[at]!;
    };
    for (let node = 1; node < nodes.count; node++) {
      if (needed[node] === 0 || nodes.isInput(node)) continue;
      const below = Math.max(depth[nodes.left(node) >>> 1]!, depth[nodes.right(node) >>> 1]!);
      if (nodes.kind(node) === gateKind.and) {
        depth[node] = below + 1;
        layer(below).and.push(node);
      } else {
        depth[node] = below;
        layer(below).linear.push(node);
      }
    }
    return layers;
  }

  private put(node: number, kind: number, a: Bit, b: Bit): void {
    const [left, right] = [this.wire(a), this.wire(b)];
    this.wireOf[node] = this.add(kind, left, right);
  }

  /** The wire of a bit; makes the constant and negations where they are needed. */
  private wire(bit: Bit): number {
    const node = bit >>> 1;
    if (this.wireOf[node] === none) {
      if (node !== 0) throw new Error('a gate is read before it is made');
      this.wireOf[0] = this.add(gateKind.xor, 0, 0);
    }
    const positive = this.wireOf[node]!;
    if ((bit & 1) === 0) return positive;
    if (this.negatedWireOf[node] === none)
      this.negatedWireOf[node] = this.add(gateKind.not, positive, positive);
    return this.negatedWireOf[node]!;
  }

  private add(kind: number, left: number, right: number): number {
    this.kinds.push(kind);
    this.left.push(left);
    this.right.push(right);
    return this.inputNodes.length + this.kinds.length - 1;
  }
}

const none = 0xffffffff;

function checkName(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) || name.length > mpcLimits.nameCharsMax) {
    throw new CircuitError(`${JSON.stringify(name)} is no name of a party, an input or an output`);
  }
}

function checkBits(bits: number): void {
  if (!Number.isInteger(bits) || bits > mpcLimits.portBitsMax) {
    throw new CircuitError(`inputs or outputs of ${bits} bits are too large`);
  }
}
