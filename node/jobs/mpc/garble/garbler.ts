/**
 * Garbling with half-gates (Zahur, Rosulek, Evans, "Two halves make a whole", EUROCRYPT 2015): XOR and NOT are free, an AND gate is
 * two blocks of table. Labels of a wire differ by `delta`, whose lowest bit is 1, so that the lowest bit of a label says which row
 * of a table to use (point and permute). The hash is TMMO (see block/tweaked-hash.ts), with the tweaks 2g and 2g + 1 for gate g.
 *
 * All of it is determined by delta, the labels of the inputs, and the key of the hash. Nothing here branches on a secret, and no
 * secret is an index.
 */
import { FixedKeyPermutation } from '../block/fixed-key-permutation.ts';
import { allocateBlocks, readWords, viewWords } from '../block/words.ts';
import { type Circuit, gateKind } from '../circuit/circuit.ts';
import { batchAnds, Prefixes, rowBytes, rowWords, tablePieceBytes } from './tables.ts';

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
  private readonly delta: Int32Array;
  private readonly permutation: FixedKeyPermutation;
  /** Of each AND gate of a batch: both labels of the left wire, both of the right one. */
  private readonly batch = allocateBlocks(4 * batchAnds);
  private readonly batchWords = viewWords(this.batch);
  private readonly batchOf = new Prefixes(this.batch, 64);

  /**
   * @param hashKey 16 bytes, public, of this garbling alone
   * @throws RangeError for secrets that do not fit the circuit
   */
  constructor(circuit: Circuit, secrets: GarblingSecrets, hashKey: Uint8Array) {
    const { delta, inputLabels } = secrets;
    if (delta.length !== 16 || (delta[0]! & 1) !== 1) throw new RangeError('a delta that is none');
    if (inputLabels.length !== 16 * circuit.inputBits)
      throw new RangeError('not one label for each input bit');
    this.circuit = circuit;
    this.delta = viewWords(new Uint8Array(delta));
    this.zeroLabels = new Int32Array(4 * circuit.wires);
    this.zeroLabels.set(readWords(inputLabels));
    this.permutation = new FixedKeyPermutation(hashKey);
  }

  /**
   * Tables of all AND gates, in order, 32 bytes each, in pieces. Each is made when it is asked for. Only once.
   *
   * @param pieceBytes a multiple of 32; the last piece may be shorter
   */
  *tables(pieceBytes: number = tablePieceBytes): Generator<Buffer, void, undefined> {
    let left = this.circuit.ands;
    let piece = new Int32Array(0);
    let rows = 0;
    for (const { linearFrom, andFrom, end } of this.circuit.layers) {
      this.linear(linearFrom, andFrom);
      for (let gate = andFrom; gate < end; ) {
        if (rows * rowWords === piece.length) {
          piece = new Int32Array(rowWords * Math.min(left, pieceBytes / rowBytes));
          left -= piece.length / rowWords;
          rows = 0;
        }
        const until = Math.min(end, gate + batchAnds, gate + piece.length / rowWords - rows);
        this.and(gate, until, piece, rows * rowWords);
        rows += until - gate;
        gate = until;
        if (rows * rowWords === piece.length) yield Buffer.from(piece.buffer);
      }
    }
  }

  private linear(from: number, until: number): void {
    const { kinds, left, right, inputBits } = this.circuit;
    const labels = this.zeroLabels;
    const [d0, d1, d2, d3] = this.delta as unknown as [number, number, number, number];
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
        labels[out] = labels[a]! ^ d0;
        labels[out + 1] = labels[a + 1]! ^ d1;
        labels[out + 2] = labels[a + 2]! ^ d2;
        labels[out + 3] = labels[a + 3]! ^ d3;
      }
    }
  }

  /** AND gates of one batch: their rows go to `table` from word `at` on. */
  private and(from: number, until: number, table: Int32Array, at: number): void {
    this.gather(from, until);
    const input = this.batchOf.of(4 * (until - from));
    const once = this.permutation.permute(input);
    this.tweak(from, until, once);
    const twice = this.permutation.permute(input);
    this.combine(from, until, once, twice, table, at);
  }

  private gather(from: number, until: number): void {
    const { left, right } = this.circuit;
    const { zeroLabels: labels, batchWords: batch } = this;
    const [d0, d1, d2, d3] = this.delta as unknown as [number, number, number, number];
    for (let gate = from, i = 0; gate < until; gate++, i += 16) {
      const a = 4 * left[gate]!;
      const b = 4 * right[gate]!;
      const [a0, a1, a2, a3] = [labels[a]!, labels[a + 1]!, labels[a + 2]!, labels[a + 3]!];
      const [b0, b1, b2, b3] = [labels[b]!, labels[b + 1]!, labels[b + 2]!, labels[b + 3]!];
      batch[i] = a0;
      batch[i + 1] = a1;
      batch[i + 2] = a2;
      batch[i + 3] = a3;
      batch[i + 4] = a0 ^ d0;
      batch[i + 5] = a1 ^ d1;
      batch[i + 6] = a2 ^ d2;
      batch[i + 7] = a3 ^ d3;
      batch[i + 8] = b0;
      batch[i + 9] = b1;
      batch[i + 10] = b2;
      batch[i + 11] = b3;
      batch[i + 12] = b0 ^ d0;
      batch[i + 13] = b1 ^ d1;
      batch[i + 14] = b2 ^ d2;
      batch[i + 15] = b3 ^ d3;
    }
  }

  private tweak(from: number, until: number, once: Int32Array): void {
    const batch = this.batchWords;
    batch.set(once);
    for (let gate = from, i = 0; gate < until; gate++, i += 16) {
      batch[i] = once[i]! ^ (2 * gate);
      batch[i + 4] = once[i + 4]! ^ (2 * gate);
      batch[i + 8] = once[i + 8]! ^ (2 * gate + 1);
      batch[i + 12] = once[i + 12]! ^ (2 * gate + 1);
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
    const { zeroLabels: labels, delta } = this;
    for (let gate = from, i = 0, row = at; gate < until; gate++, i += 16, row += rowWords) {
      const a = 4 * left[gate]!;
      const out = 4 * (inputBits + gate);
      const selectA = -(labels[a]! & 1);
      const selectB = -(labels[4 * right[gate]!]! & 1);
      for (let word = 0; word < 4; word++) {
        const hashA = once[i + word]! ^ twice[i + word]!;
        const hashB = once[i + 8 + word]! ^ twice[i + 8 + word]!;
        // The garbler's half: what the left wire says, under the permutation of the right one.
        const garblers = hashA ^ once[i + 4 + word]! ^ twice[i + 4 + word]! ^ (delta[word]! & selectB);
        const betweenB = hashB ^ once[i + 12 + word]! ^ twice[i + 12 + word]!;
        table[row + word] = garblers;
        table[row + 4 + word] = betweenB ^ labels[a + word]!;
        labels[out + word] = hashA ^ (garblers & selectA) ^ hashB ^ (betweenB & selectB);
      }
    }
  }
}
