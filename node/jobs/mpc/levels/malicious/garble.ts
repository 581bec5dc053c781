/**
 * Garbled tables of a piece: half gates whose masks are shared (Katz, Ranellucci, Rosulek, Wang 2018, section 3). With
 * P(w) = K[the evaluator's part of w's mask] + (the garbler's part) * delta, the evaluator knows M[its part] = P(w) + mask(w) * delta.
 * For labels A and B of masked bits 0 on the inputs a and b, and p the product of their masks, the garbler sends
 *
 *     G0 = H(A) + H(A + delta) + P(b)
 *     G1 = H(B) + H(B + delta) + P(a) + A
 *     C  = H(A) + H(B) + P(out) + P(p)       the output's label for a masked bit of 0; its lowest bit is sent
 */
import { batchBlocks } from '../../block/fixed-key-permutation.ts';
import type { TweakedHash } from '../../block/tweaked-hash.ts';
import { allocateBlocks, viewWords } from '../../block/words.ts';
import { gateKind } from '../../circuit/circuit.ts';
import type { SharedBits } from './authenticated-bits.ts';
import { packedBytes } from './link.ts';
import type { Piece } from './plan.ts';
import { domains, Tweaks } from './tweaks.ts';
import type { Wires } from './wires.ts';

/** Bytes of a piece's tables: G0 and G1 by AND gate, then the lowest bits of C. */
export const tableBytes = (ands: number): number => 32 * ands + packedBytes(ands);

const atOnce = batchBlocks / 4;

export class PieceGarbler {
  private readonly wires: Wires;
  private readonly delta: Int32Array;
  private readonly hash: TweakedHash;
  private readonly blocks = allocateBlocks(4 * atOnce);
  private readonly words = viewWords(this.blocks);
  private readonly tweaks = new Tweaks(4 * atOnce);

  constructor(wires: Wires, delta: Int32Array, hash: TweakedHash) {
    this.wires = wires;
    this.delta = delta;
    this.hash = hash;
  }

  /** @param firstTweak AND gates of the run before this piece. @returns the message */
  garble(piece: Piece, products: SharedBits, firstTweak: number): Buffer {
    const message = Buffer.from(new ArrayBuffer(tableBytes(piece.ands)));
    const tables = new Int32Array(message.buffer, 0, 8 * piece.ands);
    const colours = message.subarray(32 * piece.ands);
    let and = 0;
    for (const { linearFrom, andFrom, end } of piece.segments) {
      this.linear(linearFrom, andFrom);
      for (let gate = andFrom; gate < end; gate += atOnce) {
        const count = Math.min(atOnce, end - gate);
        this.hashInputs(gate, count, firstTweak + and);
        this.ands(gate, count, and, products, tables, colours);
        and += count;
      }
    }
    return message;
  }

  private linear(from: number, to: number): void {
    const { labels, plan, circuit } = this.wires;
    const { delta } = this;
    const { slotOf } = plan;
    const { kinds, left, right, inputBits } = circuit;
    for (let gate = from; gate < to; gate++) {
      const out = 4 * slotOf[inputBits + gate]!;
      const a = 4 * slotOf[left[gate]!]!;
      const b = 4 * slotOf[right[gate]!]!;
      const isXor = kinds[gate] === gateKind.xor;
      for (let word = 0; word < 4; word++) {
        labels[out + word] = labels[a + word]! ^ (isXor ? labels[b + word]! : delta[word]!);
      }
    }
  }

  /** Into `words`, in four parts: the hashes of A, A + delta, B, B + delta. */
  private hashInputs(gate: number, count: number, tweak: number): void {
    const { words, delta, tweaks } = this;
    const { labels, plan, circuit } = this.wires;
    const part = 4 * count;
    for (let i = 0; i < count; i++) {
      const a = 4 * plan.slotOf[circuit.left[gate + i]!]!;
      const b = 4 * plan.slotOf[circuit.right[gate + i]!]!;
      for (let word = 0, at = 4 * i; word < 4; word++, at++) {
        words[at] = labels[a + word]!;
        words[part + at] = labels[a + word]! ^ delta[word]!;
        words[2 * part + at] = labels[b + word]!;
        words[3 * part + at] = labels[b + word]! ^ delta[word]!;
      }
    }
    tweaks.fill(0, count, domains.left, tweak);
    tweaks.fill(count, count, domains.left, tweak);
    tweaks.fill(2 * count, count, domains.right, tweak);
    tweaks.fill(3 * count, count, domains.right, tweak);
    this.hash.hash(this.blocks, tweaks.bytes, this.blocks, 4 * count);
  }

  private ands(
    gate: number,
    count: number,
    and: number,
    products: SharedBits,
    tables: Int32Array,
    colours: Uint8Array,
  ): void {
    const { words, delta } = this;
    const { labels, keys, bits, plan, circuit } = this.wires;
    const part = 4 * count;
    for (let i = 0; i < count; i++) {
      const a = plan.slotOf[circuit.left[gate + i]!]!;
      const b = plan.slotOf[circuit.right[gate + i]!]!;
      const out = plan.slotOf[circuit.inputBits + gate + i]!;
      const [maskA, maskB] = [-bits[a]!, -bits[b]!];
      const maskC = -(bits[out]! ^ products.bits[and + i]!);
      const table = 8 * (and + i);
      for (let word = 0, at = 4 * i; word < 4; word++, at++) {
        const difference = delta[word]!;
        const [left, right] = [words[at]!, words[2 * part + at]!];
        const ofA = keys[4 * a + word]! ^ (difference & maskA);
        const ofB = keys[4 * b + word]! ^ (difference & maskB);
        const ofC = keys[4 * out + word]! ^ products.keys[4 * (and + i) + word]! ^ (difference & maskC);
        tables[table + word] = left ^ words[part + at]! ^ ofB;
        tables[table + 4 + word] = right ^ words[3 * part + at]! ^ ofA ^ labels[4 * a + word]!;
        labels[4 * out + word] = left ^ right ^ ofC;
      }
      colours[(and + i) >> 3]! |= (labels[4 * out]! & 1) << ((and + i) & 7);
    }
  }
}
