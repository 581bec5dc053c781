/** The evaluator's side of half-gates: see garbler.ts. It holds one label of each wire and does not know what it means. */
import { FixedKeyPermutation } from '../block/fixed-key-permutation.ts';
import { allocateBlocks, readWords, viewWords } from '../block/words.ts';
import { type Circuit, gateKind } from '../circuit/circuit.ts';
import { batchAnds, Prefixes, rowBytes, rowWords } from './tables.ts';

export class Evaluator {
  readonly circuit: Circuit;
  /** By wire, four words each. Those of gates are there once `done`. */
  readonly labels: Int32Array;
  private readonly permutation: FixedKeyPermutation;
  /** Of each AND gate of a batch: the label of the left wire and that of the right one. */
  private readonly batch = allocateBlocks(2 * batchAnds);
  private readonly batchWords = viewWords(this.batch);
  private readonly batchOf = new Prefixes(this.batch, 64);
  private layer = 0;
  /** Next AND gate of that layer. */
  private gate = 0;
  private ands = 0;

  /**
   * @param inputLabels 16 bytes for each bit of the inputs, in the order of the wires
   * @param hashKey the garbler's
   */
  constructor(circuit: Circuit, inputLabels: Uint8Array, hashKey: Uint8Array) {
    if (inputLabels.length !== 16 * circuit.inputBits)
      throw new RangeError('not one label for each input bit');
    this.circuit = circuit;
    this.labels = new Int32Array(4 * circuit.wires);
    this.labels.set(readWords(inputLabels));
    this.permutation = new FixedKeyPermutation(hashKey);
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
    const table = readWords(piece);
    for (let at = 0; at < table.length; ) {
      const { end } = this.circuit.layers[this.layer]!;
      const until = Math.min(end, this.gate + batchAnds, this.gate + (table.length - at) / rowWords);
      this.and(this.gate, until, table, at);
      at += rowWords * (until - this.gate);
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
    const { labels } = this;
    for (let gate = from; gate < until; gate++) {
      const out = 4 * (inputBits + gate);
      const a = 4 * left[gate]!;
      if (kinds[gate] === gateKind.xor) {
        const b = 4 * right[gate]!;
        labels[out] = labels[a]! ^ labels[b]!;
        labels[out + 1] = labels[a + 1]! ^ labels[b + 1]!;
        labels[out + 2] = labels[a + 2]! ^ labels[b + 2]!;
        labels[out + 3] = labels[a + 3]! ^ labels[b + 3]!;
      } else {
        labels[out] = labels[a]!;
        labels[out + 1] = labels[a + 1]!;
        labels[out + 2] = labels[a + 2]!;
        labels[out + 3] = labels[a + 3]!;
      }
    }
  }

  private and(from: number, until: number, table: Int32Array, at: number): void {
    this.gather(from, until);
    const input = this.batchOf.of(2 * (until - from));
    const once = this.permutation.permute(input);
    this.tweak(from, until, once);
    const twice = this.permutation.permute(input);
    this.combine(from, until, once, twice, table, at);
  }

  private gather(from: number, until: number): void {
    const { left, right } = this.circuit;
    const { labels, batchWords: batch } = this;
    for (let gate = from, i = 0; gate < until; gate++, i += 8) {
      const a = 4 * left[gate]!;
      const b = 4 * right[gate]!;
      batch[i] = labels[a]!;
      batch[i + 1] = labels[a + 1]!;
      batch[i + 2] = labels[a + 2]!;
      batch[i + 3] = labels[a + 3]!;
      batch[i + 4] = labels[b]!;
      batch[i + 5] = labels[b + 1]!;
      batch[i + 6] = labels[b + 2]!;
      batch[i + 7] = labels[b + 3]!;
    }
  }

  private tweak(from: number, until: number, once: Int32Array): void {
    const batch = this.batchWords;
    batch.set(once);
    for (let gate = from, i = 0; gate < until; gate++, i += 8) {
      batch[i] = once[i]! ^ (2 * gate);
      batch[i + 4] = once[i + 4]! ^ (2 * gate + 1);
    }
  }

  private combine(
    from: number,
    until: number,
    once: Int32Array,
    twice: Int32Array,
    table: Int32Array,
    at: number,
  ): void {
    const { left, right, inputBits } = this.circuit;
    const { labels } = this;
    for (let gate = from, i = 0, row = at; gate < until; gate++, i += 8, row += rowWords) {
      const a = 4 * left[gate]!;
      const out = 4 * (inputBits + gate);
      const selectA = -(labels[a]! & 1);
      const selectB = -(labels[4 * right[gate]!]! & 1);
      for (let word = 0; word < 4; word++) {
        const hashes = once[i + word]! ^ twice[i + word]! ^ once[i + 4 + word]! ^ twice[i + 4 + word]!;
        const garblers = table[row + word]! & selectA;
        const evaluators = (table[row + 4 + word]! ^ labels[a + word]!) & selectB;
        labels[out + word] = hashes ^ garblers ^ evaluators;
      }
    }
  }
}
