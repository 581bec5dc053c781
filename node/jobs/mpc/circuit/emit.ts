/** Puts what outputs need of a graph into the layers of a circuit. */
import { CircuitError } from '../errors.ts';
import { mpcLimits } from '../limits.ts';
import { partiesOf } from './check.ts';
import { type Circuit, type CircuitInput, type CircuitOutput, gateKind, type Layer } from './circuit.ts';
import type { Literal, XorAndGraph } from './graph.ts';
import type { NodeTable } from './node-table.ts';

export interface GivenOutput {
  readonly name: string;
  readonly to: readonly string[];
  readonly bits: readonly Literal[];
}

/** A graph and what goes in and out of it. */
export interface Network {
  readonly graph: XorAndGraph;
  /** Node of each bit of the inputs. */
  readonly inputNodes: readonly number[];
  readonly outputs: readonly GivenOutput[];
}

const none = 0xffffffff;

/** By node: 1 when an output depends on it. */
export function neededNodes({ graph: { nodes }, outputs }: Network): Uint8Array {
  const needed = new Uint8Array(nodes.count);
  for (const { bits } of outputs) for (const bit of bits) needed[bit >>> 1] = 1;
  for (let node = nodes.count - 1; node > 0; node--) {
    if (needed[node] === 0 || nodes.isInput(node)) continue;
    needed[nodes.left(node) >>> 1] = 1;
    needed[nodes.right(node) >>> 1] = 1;
  }
  return needed;
}

/** @throws CircuitError for too many gates or layers */
export function emit(network: Network, inputs: readonly CircuitInput[]): Circuit {
  return new Emitter(network, inputs).emit();
}

/** Gates of a layer's two parts stand together: part 2d holds the XOR gates of AND depth d, part 2d + 1 the AND gates above them. */
interface Order {
  /** Needed gates, part by part. */
  readonly order: Uint32Array;
  /** First gate of each part, and the end. */
  readonly parts: Uint32Array;
}

class Emitter {
  private readonly network: Network;
  private readonly nodes: NodeTable;
  private readonly inputs: readonly CircuitInput[];
  private readonly inputBits: number;
  private readonly needed: Uint8Array;
  /** By node: the wire that holds it, and that of its negation; `none` while there is none. */
  private readonly wireOf: Uint32Array;
  private readonly negatedWireOf: Uint32Array;
  private readonly kinds: Uint8Array;
  private readonly left: Uint32Array;
  private readonly right: Uint32Array;
  private gates = 0;

  constructor(network: Network, inputs: readonly CircuitInput[]) {
    this.network = network;
    this.nodes = network.graph.nodes;
    this.inputs = inputs;
    this.inputBits = network.inputNodes.length;
    this.needed = neededNodes(network);
    const gates = this.countGates();
    if (gates > mpcLimits.gatesMax) throw new CircuitError(`a circuit of ${gates} gates is too large`);
    this.wireOf = new Uint32Array(this.nodes.count).fill(none);
    this.negatedWireOf = new Uint32Array(this.nodes.count).fill(none);
    this.kinds = new Uint8Array(gates);
    this.left = new Uint32Array(gates);
    this.right = new Uint32Array(gates);
  }

  emit(): Circuit {
    for (const [wire, node] of this.network.inputNodes.entries()) this.wireOf[node] = wire;
    const layers = this.emitLayers();
    const before = this.gates;
    const outputs = this.network.outputs.map(
      ({ name, to, bits }): CircuitOutput => ({
        name,
        to,
        wires: Uint32Array.from(bits, (bit) => this.wire(bit)),
      }),
    );
    if (this.gates > before) this.extendLastLayer(layers);
    if (layers.length > mpcLimits.andDepthMax) {
      throw new CircuitError(`a circuit of ${layers.length} layers is too deep`);
    }
    const { inputs, inputBits, kinds, left, right } = this;
    if (this.gates !== kinds.length) throw new Error('the gates were counted wrongly');
    return {
      inputs: [...inputs],
      inputBits,
      outputs,
      parties: partiesOf(inputs, outputs),
      kinds,
      left,
      right,
      layers,
      wires: inputBits + kinds.length,
      ands: layers.reduce((sum, { andFrom, end }) => sum + end - andFrom, 0),
    };
  }

  /** Negations of outputs belong to the last layer, which has no AND gates then: only the last may have none. */
  private extendLastLayer(layers: Layer[]): void {
    const last = layers.at(-1);
    const isLinear = last !== undefined && last.andFrom === last.end;
    const linearFrom = isLinear ? layers.pop()!.linearFrom : (last?.end ?? 0);
    layers.push({ linearFrom, andFrom: this.gates, end: this.gates });
  }

  private emitLayers(): Layer[] {
    const { nodes } = this;
    const { order, parts } = this.gatesInOrder();
    const layers: Layer[] = [];
    for (let part = 0; part + 1 < parts.length; part += 2) {
      const [from, and, end] = [parts[part]!, parts[part + 1]!, parts[part + 2]!];
      const linearFrom = this.gates;
      for (let i = from; i < and; i++) this.put(order[i]!, gateKind.xor);
      // Negations that the AND gates of this layer read.
      for (let i = and; i < end; i++) {
        this.wire(nodes.left(order[i]!));
        this.wire(nodes.right(order[i]!));
      }
      const andFrom = this.gates;
      for (let i = and; i < end; i++) this.put(order[i]!, gateKind.and);
      layers.push({ linearFrom, andFrom, end: this.gates });
    }
    return layers;
  }

  /** A counting sort by depth: within a part the order of nodes, in which each stands behind what it reads. */
  private gatesInOrder(): Order {
    const { nodes, needed } = this;
    const partOf = new Uint32Array(nodes.count);
    const counts = new Uint32Array(2 * nodes.ands + 4);
    let last = -1;
    for (let node = 1; node < nodes.count; node++) {
      if (needed[node] === 0 || nodes.isInput(node)) continue;
      const below = Math.max(partOf[nodes.left(node) >>> 1]!, partOf[nodes.right(node) >>> 1]!);
      // What reads an AND gate of part 2d + 1 is in part 2d + 2 at least.
      const linear = below + (below & 1);
      const part = nodes.kind(node) === gateKind.and ? linear + 1 : linear;
      partOf[node] = part;
      counts[part]!++;
      if (part > last) last = part;
    }
    const parts = new Uint32Array((last | 1) + 2);
    for (let part = 0; part + 1 < parts.length; part++) parts[part + 1] = parts[part]! + counts[part]!;
    const next = parts.slice();
    const order = new Uint32Array(parts.at(-1)!);
    for (let node = 1; node < nodes.count; node++) {
      if (needed[node] === 1 && !nodes.isInput(node)) order[next[partOf[node]!]!++] = node;
    }
    return { order, parts };
  }

  /** Needed gates, the constant, and a negation for each node that is read negated. */
  private countGates(): number {
    const { nodes, needed, network } = this;
    const negated = new Uint8Array(nodes.count);
    let gates = needed[0]!;
    const read = (bit: Literal) => {
      if ((bit & 1) === 0 || negated[bit >>> 1] === 1) return;
      negated[bit >>> 1] = 1;
      gates++;
    };
    for (let node = 1; node < nodes.count; node++) {
      if (needed[node] === 0 || nodes.isInput(node)) continue;
      gates++;
      read(nodes.left(node));
      read(nodes.right(node));
    }
    for (const { bits } of network.outputs) for (const bit of bits) read(bit);
    return gates;
  }

  private put(node: number, kind: number): void {
    const left = this.wire(this.nodes.left(node));
    const right = this.wire(this.nodes.right(node));
    this.wireOf[node] = this.add(kind, left, right);
  }

  /** The wire of a literal; makes the constant and negations where they are needed. */
  private wire(bit: Literal): number {
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
    const gate = this.gates++;
    this.kinds[gate] = kind;
    this.left[gate] = left;
    this.right[gate] = right;
    return this.inputBits + gate;
  }
}
