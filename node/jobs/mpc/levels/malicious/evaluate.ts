/**
 * Evaluation of a piece: from the labels of its inputs and their masked bits to those of its gates. With the labels A and B,
 * masked bits a and b, and MACs M of this party's parts of the masks (see `garble.ts`),
 *
 *     C = H(A) + H(B) + M[out] + M[product] + a (G0 + M[right mask]) + b (G1 + M[left mask] + A)
 *
 * is the label of the output's masked bit, which is the sum of its lowest bit and the one that was sent. A garbler that sent other
 * tables makes the masked bit wrong for some masked inputs; `verify.ts` finds it.
 */
import { batchBlocks } from '../../block/fixed-key-permutation.ts';
import type { TweakedHash } from '../../block/tweaked-hash.ts';
import { allocateBlocks, readWords, viewWords } from '../../block/words.ts';
import { gateKind } from '../../circuit/circuit.ts';
import type { SharedBits } from './authenticated-bits.ts';
import type { Piece } from './plan.ts';
import { domains, Tweaks } from './tweaks.ts';
import type { Wires } from './wires.ts';

const atOnce = batchBlocks / 2;

export class PieceEvaluator {
  private readonly wires: Wires;
  private readonly hash: TweakedHash;
  private readonly blocks = allocateBlocks(2 * atOnce);
  private readonly words = viewWords(this.blocks);
  private readonly tweaks = new Tweaks(2 * atOnce);

  constructor(wires: Wires, hash: TweakedHash) {
    this.wires = wires;
    this.hash = hash;
  }

  /**
   * @param rows G0 and G1 by AND gate
   * @param colours lowest bits of the labels of masked bits 0
   * @param firstTweak AND gates of the run before this piece
   */
  evaluate(piece: Piece, products: SharedBits, rows: Buffer, colours: Uint8Array, firstTweak: number): void {
    const tables = readWords(rows);
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
  }

  private linear(from: number, to: number): void {
    const { labels, masked, plan, circuit } = this.wires;
    const { slotOf } = plan;
    const { kinds, left, right, inputBits } = circuit;
    for (let gate = from; gate < to; gate++) {
      const out = slotOf[inputBits + gate]!;
      const a = slotOf[left[gate]!]!;
      const b = slotOf[right[gate]!]!;
      const isXor = kinds[gate] === gateKind.xor;
      masked[out] = masked[a]! ^ (isXor ? masked[b]! : 1);
      for (let word = 0; word < 4; word++) {
        labels[4 * out + word] = labels[4 * a + word]! ^ (isXor ? labels[4 * b + word]! : 0);
      }
    }
  }

  /** Into `words`, in two parts: the hashes of A and B. */
  private hashInputs(gate: number, count: number, tweak: number): void {
    const { words } = this;
    const { labels, plan, circuit } = this.wires;
    const part = 4 * count;
    for (let i = 0; i < count; i++) {
      const a = 4 * plan.slotOf[circuit.left[gate + i]!]!;
      const b = 4 * plan.slotOf[circuit.right[gate + i]!]!;
      for (let word = 0, at = 4 * i; word < 4; word++, at++) {
        words[at] = labels[a + word]!;
        words[part + at] = labels[b + word]!;
      }
    }
    this.tweaks.fill(0, count, domains.left, tweak);
    this.tweaks.fill(count, count, domains.right, tweak);
    this.hash.hash(this.blocks, this.tweaks.bytes, this.blocks, 2 * count);
  }

  private ands(
    gate: number,
    count: number,
    and: number,
    products: SharedBits,
    tables: Int32Array,
    colours: Uint8Array,
  ): void {
    const { words } = this;
    const { labels, macs, masked, plan, circuit } = this.wires;
    const part = 4 * count;
    for (let i = 0; i < count; i++) {
      const a = plan.slotOf[circuit.left[gate + i]!]!;
      const b = plan.slotOf[circuit.right[gate + i]!]!;
      const out = plan.slotOf[circuit.inputBits + gate + i]!;
      const [takeLeft, takeRight] = [-masked[a]!, -masked[b]!];
      const table = 8 * (and + i);
      for (let word = 0, at = 4 * i; word < 4; word++, at++) {
        labels[4 * out + word] =
          words[at]! ^
          words[part + at]! ^
          macs[4 * out + word]! ^
          products.macs[4 * (and + i) + word]! ^
          (takeLeft & (tables[table + word]! ^ macs[4 * b + word]!)) ^
          (takeRight & (tables[table + 4 + word]! ^ macs[4 * a + word]! ^ labels[4 * a + word]!));
      }
      masked[out] = (labels[4 * out]! & 1) ^ colours[and + i]!;
    }
  }
}
