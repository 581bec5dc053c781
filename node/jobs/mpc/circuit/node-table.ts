/**
 * Nodes of the graph while a circuit is being made, in typed arrays that grow, and where each gate is found by what it reads. A node
 * stands behind all it reads. 9 bytes for a node and 8 to 16 for finding it.
 */
import { CircuitError } from '../errors.ts';
import { gateKind } from './circuit.ts';

const isInputKind = 255;
const empty = 0xffffffff;

export class NodeTable {
  count = 0;
  ands = 0;
  private readonly max: number;
  private kinds = new Uint8Array(1024);
  private lefts = new Uint32Array(1024);
  private rights = new Uint32Array(1024);
  /** Open addressing: gates by a hash of kind and operands. At most half full. */
  private slots = new Uint32Array(4096).fill(empty);
  private gates = 0;

  /** @param max nodes */
  constructor(max: number) {
    this.max = max;
  }

  addInput(): number {
    return this.add(isInputKind, 0, 0);
  }

  /**
   * The gate of this kind that reads these two nodes, negated or not: a new one that reads the literals as they are given, or one
   * that was there.
   */
  gate(kind: number, left: number, right: number): number {
    const { slots, lefts, rights, kinds } = this;
    const mask = slots.length - 1;
    let slot = hash(kind, left, right) & mask;
    for (; slots[slot] !== empty; slot = (slot + 1) & mask) {
      const node = slots[slot]!;
      const differs = (lefts[node]! ^ left) | (rights[node]! ^ right);
      if (differs <= 1 && kinds[node] === kind) return node;
    }
    const node = this.add(kind, left, right);
    slots[slot] = node;
    if (kind === gateKind.and) this.ands++;
    if (++this.gates * 2 > slots.length) this.rehash();
    return node;
  }

  isInput(node: number): boolean {
    return this.kinds[node] === isInputKind;
  }

  kind(node: number): number {
    return this.kinds[node]!;
  }

  left(node: number): number {
    return this.lefts[node]!;
  }

  right(node: number): number {
    return this.rights[node]!;
  }

  private add(kind: number, left: number, right: number): number {
    if (this.count === this.max)
      throw new CircuitError(`a circuit of more than ${this.max} gates is too large`);
    if (this.count === this.kinds.length) this.grow();
    const node = this.count++;
    this.kinds[node] = kind;
    this.lefts[node] = left;
    this.rights[node] = right;
    return node;
  }

  private grow(): void {
    const size = this.kinds.length * 2;
    const kinds = new Uint8Array(size);
    const [lefts, rights] = [new Uint32Array(size), new Uint32Array(size)];
    kinds.set(this.kinds);
    lefts.set(this.lefts);
    rights.set(this.rights);
    this.kinds = kinds;
    this.lefts = lefts;
    this.rights = rights;
  }

  private rehash(): void {
    const slots = new Uint32Array(this.slots.length * 2).fill(empty);
    const mask = slots.length - 1;
    for (let node = 0; node < this.count; node++) {
      if (this.isInput(node)) continue;
      let slot = hash(this.kinds[node]!, this.lefts[node]!, this.rights[node]!) & mask;
      while (slots[slot] !== empty) slot = (slot + 1) & mask;
      slots[slot] = node;
    }
    this.slots = slots;
  }
}

/** Of public values: any mixing will do. Negations do not count. */
function hash(kind: number, left: number, right: number): number {
  let mixed = Math.imul(left >>> 1, 0x9e3779b1) ^ Math.imul(right >>> 1, 0x85ebca77) ^ kind;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
