/**
 * Garbling with half-gates (Zahur, Rosulek, Evans, "Two halves make a whole", EUROCRYPT 2015): XOR and NOT are free, an AND gate is
 * two blocks of table. Labels of a wire differ by `delta`, whose lowest bit is 1, so that the lowest bit of a label says which row
 * of a table to use (point and permute). The hash is TMMO (see block/tweaked-hash.ts), with the tweaks 2g and 2g + 1 for gate g.
 *
 * All of it is determined by delta, the labels of the inputs, and the key of the hash. Nothing here branches on a secret, and no
 * secret is an index.
 */
import { FixedKeyPermutation } from '../block/fixed-key-permutation.ts';
import { giveBack } from '../block/give-back.ts';
import { allocateBlocks, readHalves, spreadLowest, viewHalves, viewWords } from '../block/words.ts';
import { type Circuit, gateKind } from '../circuit/circuit.ts';
import { messagePieceBytes } from '../messages.ts';
import { LabelMemory } from './label-memory.ts';
import { batchAnds, largestBatch, Prefixes, rowBytes, rowHalves } from './tables.ts';

export interface GarblingSecrets {
  /** 16 bytes; bit 0 of byte 0 is 1. */
  readonly delta: Uint8Array;
  /** 16 bytes for each bit of the inputs, in the order of the wires: the label that means 0. */
  readonly inputLabels: Uint8Array;
}

export class Garbler {
  readonly circuit: Circuit;
  /** By wire, four words each: the label that means 0. Those of gates are there once `tables` came to its end. */
  readonly zeroLabels: Int32Array;
  private readonly halves: BigInt64Array;
  private readonly delta: BigInt64Array;
  private readonly permutation: FixedKeyPermutation;
  /** Of each AND gate of a batch: both labels of the left wire, both of the right one. */
  private readonly batchHalves: BigInt64Array;
  private readonly batchWords: Int32Array;
  private readonly batchOf: Prefixes;

  /**
   * @param hashKey 16 bytes, public, of this garbling alone
   * @param memory where the labels are, until the next garbling takes it
   * @throws RangeError for secrets that do not fit the circuit
   */
  constructor(circuit: Circuit, secrets: GarblingSecrets, hashKey: Uint8Array, memory = new LabelMemory()) {
    const { delta, inputLabels } = secrets;
    if (delta.length !== 16 || (delta[0]! & 1) !== 1) throw new RangeError('a delta that is none');
    if (inputLabels.length !== 16 * circuit.inputBits)
      throw new RangeError('not one label for each input bit');
    this.circuit = circuit;
    this.delta = viewHalves(new Uint8Array(delta));
    this.zeroLabels = memory.take(circuit.wires);
    this.halves = viewHalves(this.zeroLabels);
    this.halves.set(readHalves(inputLabels));
    this.permutation = new FixedKeyPermutation(hashKey);
    const batch = allocateBlocks(4 * largestBatch(circuit));
    this.batchHalves = viewHalves(batch);
    this.batchWords = viewWords(batch);
    this.batchOf = new Prefixes(batch, 64);
  }

  /**
   * Tables of all AND gates, in order, 32 bytes each, in pieces. Each is made when it is asked for. Only once.
   *
   * @param pieceBytes a multiple of 32; the last piece may be shorter
   */
  *tables(pieceBytes: number = messagePieceBytes): Generator<Buffer, void, undefined> {
    let left = this.circuit.ands;
    let piece = new BigInt64Array(0);
    let rows = 0;
    for (const { linearFrom, andFrom, end } of this.circuit.layers) {
      this.linear(linearFrom, andFrom);
      for (let gate = andFrom; gate < end; ) {
        if (rows * rowHalves === piece.length) {
          piece = new BigInt64Array(rowHalves * Math.min(left, pieceBytes / rowBytes));
          left -= piece.length / rowHalves;
          rows = 0;
        }
        const until = Math.min(end, gate + batchAnds, gate + piece.length / rowHalves - rows);
        this.and(gate, until, piece, rows * rowHalves);
        rows += until - gate;
        gate = until;
        if (rows * rowHalves === piece.length) yield Buffer.from(piece.buffer);
      }
    }
  }

  private linear(from: number, until: number): void {
    const { kinds, left, right, inputBits } = this.circuit;
    const { halves } = this;
    const d0 = this.delta[0]!;
    const d1 = this.delta[1]!;
    for (let gate = from; gate < until; gate++) {
      const out = 2 * (inputBits + gate);
      const a = 2 * left[gate]!;
      if (kinds[gate] === gateKind.xor) {
        const b = 2 * right[gate]!;
        halves[out] = halves[a]! ^ halves[b]!;
        halves[out + 1] = halves[a + 1]! ^ halves[b + 1]!;
      } else {
        halves[out] = halves[a]! ^ d0;
        halves[out + 1] = halves[a + 1]! ^ d1;
      }
    }
  }

  /** AND gates of one batch: their rows go to `table` from half `at` on. */
  private and(from: number, until: number, table: BigInt64Array, at: number): void {
    this.gather(from, until);
    const input = this.batchOf.of(4 * (until - from));
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
    const d0 = this.delta[0]!;
    const d1 = this.delta[1]!;
    for (let gate = from, i = 0; gate < until; gate++, i += 8) {
      const a = 2 * left[gate]!;
      const b = 2 * right[gate]!;
      batch[i] = halves[a]!;
      batch[i + 1] = halves[a + 1]!;
      batch[i + 2] = halves[a]! ^ d0;
      batch[i + 3] = halves[a + 1]! ^ d1;
      batch[i + 4] = halves[b]!;
      batch[i + 5] = halves[b + 1]!;
      batch[i + 6] = halves[b]! ^ d0;
      batch[i + 7] = halves[b + 1]! ^ d1;
    }
  }

  private tweak(from: number, until: number, once: BigInt64Array): void {
    this.batchHalves.set(once);
    const words = this.batchWords;
    for (let gate = from, i = 0; gate < until; gate++, i += 16) {
      words[i]! ^= 2 * gate;
      words[i + 4]! ^= 2 * gate;
      words[i + 8]! ^= 2 * gate + 1;
      words[i + 12]! ^= 2 * gate + 1;
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
    const d0 = this.delta[0]!;
    const d1 = this.delta[1]!;
    for (let gate = from, i = 0, row = at; gate < until; gate++, i += 8, row += rowHalves) {
      const a = 2 * left[gate]!;
      const out = 2 * (inputBits + gate);
      const selectA = spreadLowest(halves[a]!);
      const selectB = spreadLowest(halves[2 * right[gate]!]!);
      const hashA0 = once[i]! ^ twice[i]!;
      const hashA1 = once[i + 1]! ^ twice[i + 1]!;
      const hashB0 = once[i + 4]! ^ twice[i + 4]!;
      const hashB1 = once[i + 5]! ^ twice[i + 5]!;
      // The garbler's half: what the left wire says, under the permutation of the right one.
      const garbler0 = hashA0 ^ once[i + 2]! ^ twice[i + 2]! ^ (d0 & selectB);
      const garbler1 = hashA1 ^ once[i + 3]! ^ twice[i + 3]! ^ (d1 & selectB);
      // The evaluator's half, but for the left wire's label.
      const between0 = hashB0 ^ once[i + 6]! ^ twice[i + 6]!;
      const between1 = hashB1 ^ once[i + 7]! ^ twice[i + 7]!;
      table[row] = garbler0;
      table[row + 1] = garbler1;
      table[row + 2] = between0 ^ halves[a]!;
      table[row + 3] = between1 ^ halves[a + 1]!;
      halves[out] = hashA0 ^ (garbler0 & selectA) ^ hashB0 ^ (between0 & selectB);
      halves[out + 1] = hashA1 ^ (garbler1 & selectA) ^ hashB1 ^ (between1 & selectB);
    }
  }
}
