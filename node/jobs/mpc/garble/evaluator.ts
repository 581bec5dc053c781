/** The evaluator's side of half-gates: see garbler.ts. It holds one label of each wire and does not know what it means. */
import { FixedKeyPermutation } from '../block/fixed-key-permutation.ts';
import { giveBack } from '../block/give-back.ts';
import { allocateBlocks, readHalves, spreadLowest, viewHalves, viewWords } from '../block/words.ts';
import { type Circuit, gateKind } from '../circuit/circuit.ts';
import { LabelMemory } from './label-memory.ts';
import { batchAnds, largestBatch, Prefixes, rowBytes, rowHalves } from './tables.ts';

export class Evaluator {
  readonly circuit: Circuit;
  /** By wire, four words each. Those of gates are there once `done`. */
  readonly labels: Int32Array;
  private readonly halves: BigInt64Array;
  private readonly permutation: FixedKeyPermutation;
  /** Of each AND gate of a batch: the label of the left wire and that of the right one. */
  private readonly batchHalves: BigInt64Array;
  private readonly batchWords: Int32Array;
  private readonly batchOf: Prefixes;
  private layer = 0;
  /** Next AND gate of that layer. */
  private gate = 0;
  private ands = 0;

  /**
   * @param inputLabels 16 bytes for each bit of the inputs, in the order of the wires
   * @param hashKey the garbler's
   * @param memory where the labels are, until the next evaluation takes it
   */
  constructor(circuit: Circuit, inputLabels: Uint8Array, hashKey: Uint8Array, memory = new LabelMemory()) {
    if (inputLabels.length !== 16 * circuit.inputBits)
      throw new RangeError('not one label for each input bit');
    this.circuit = circuit;
    this.labels = memory.take(circuit.wires);
    this.halves = viewHalves(this.labels);
    this.halves.set(readHalves(inputLabels));
    this.permutation = new FixedKeyPermutation(hashKey);
    const batch = allocateBlocks(2 * largestBatch(circuit));
    this.batchHalves = viewHalves(batch);
    this.batchWords = viewWords(batch);
    this.batchOf = new Prefixes(batch, 64);
    this.enter();
  }

  /** All gates are evaluated. */
  get done(): boolean {
    return this.layer === this.circuit.layers.length;
  }

  /** Bytes of tables that are still to come. */
  get tableBytesLeft(): number {
    return rowBytes * (this.circuit.ands - this.ands);
  }

  /**
   * Evaluates as many AND gates as the next piece of tables holds.
   * @throws RangeError for a piece that has no whole rows, or more than are left
   */
  push(piece: Uint8Array): void {
    if (piece.length % rowBytes !== 0 || piece.length > this.tableBytesLeft) {
      throw new RangeError(`a piece of ${piece.length} bytes of tables`);
    }
    const table = readHalves(piece);
    for (let at = 0; at < table.length; ) {
      const { end } = this.circuit.layers[this.layer]!;
      const until = Math.min(end, this.gate + batchAnds, this.gate + (table.length - at) / rowHalves);
      this.and(this.gate, until, table, at);
      at += rowHalves * (until - this.gate);
      this.ands += until - this.gate;
      this.gate = until;
      if (until === end) {
        this.layer++;
        this.enter();
      }
    }
  }

  /** Evaluates what needs no table: up to the next layer that has AND gates. */
  private enter(): void {
    const { layers } = this.circuit;
    for (; this.layer < layers.length; this.layer++) {
      const { linearFrom, andFrom, end } = layers[this.layer]!;
      this.linear(linearFrom, andFrom);
      this.gate = andFrom;
      if (andFrom < end) return;
    }
  }

  private linear(from: number, until: number): void {
    const { kinds, left, right, inputBits } = this.circuit;
    const { halves } = this;
    for (let gate = from; gate < until; gate++) {
      const out = 2 * (inputBits + gate);
      const a = 2 * left[gate]!;
      if (kinds[gate] === gateKind.xor) {
        const b = 2 * right[gate]!;
        halves[out] = halves[a]! ^ halves[b]!;
        halves[out + 1] = halves[a + 1]! ^ halves[b + 1]!;
      } else {
        halves[out] = halves[a]!;
        halves[out + 1] = halves[a + 1]!;
      }
    }
  }

  private and(from: number, until: number, table: BigInt64Array, at: number): void {
    this.gather(from, until);
    const input = this.batchOf.of(2 * (until - from));
    const once = this.permutation.permute(input);
    this.tweak(from, until, once);
    const twice = this.permutation.permute(input);
    this.combine(from, until, once, twice, table, at);
    giveBack(once);
    giveBack(twice);
  }

  private gather(from: number, until: number): void {
    const { left, right } = this.circuit;
    const { halves, batchHalves: batch } = this;
    for (let gate = from, i = 0; gate < until; gate++, i += 4) {
      const a = 2 * left[gate]!;
      const b = 2 * right[gate]!;
      batch[i] = halves[a]!;
      batch[i + 1] = halves[a + 1]!;
      batch[i + 2] = halves[b]!;
      batch[i + 3] = halves[b + 1]!;
    }
  }

  private tweak(from: number, until: number, once: BigInt64Array): void {
    this.batchHalves.set(once);
    const words = this.batchWords;
    for (let gate = from, i = 0; gate < until; gate++, i += 8) {
      words[i]! ^= 2 * gate;
      words[i + 4]! ^= 2 * gate + 1;
    }
  }

  private combine(
    from: number,
    until: number,
    once: BigInt64Array,
    twice: BigInt64Array,
    table: BigInt64Array,
    at: number,
  ): void {
    const { left, right, inputBits } = this.circuit;
    const { halves } = this;
    for (let gate = from, i = 0, row = at; gate < until; gate++, i += 4, row += rowHalves) {
      const a = 2 * left[gate]!;
      const out = 2 * (inputBits + gate);
      const selectA = spreadLowest(halves[a]!);
      const selectB = spreadLowest(halves[2 * right[gate]!]!);
      const hashes0 = once[i]! ^ twice[i]! ^ once[i + 2]! ^ twice[i + 2]!;
      const hashes1 = once[i + 1]! ^ twice[i + 1]! ^ once[i + 3]! ^ twice[i + 3]!;
      halves[out] = hashes0 ^ (table[row]! & selectA) ^ ((table[row + 2]! ^ halves[a]!) & selectB);
      halves[out + 1] =
        hashes1 ^ (table[row + 1]! & selectA) ^ ((table[row + 3]! ^ halves[a + 1]!) & selectB);
    }
  }
}
