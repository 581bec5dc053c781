/**
 * The checks of a piece (Katz, Ranellucci, Rosulek, Wang 2018, section 3).
 *
 * 1. The evaluator tells the masked bits of the AND gates, with one hash of their labels. The garbler knows both labels of each wire
 *    and the evaluator one, so the bits are those that evaluation gave. Of linear gates both compute them.
 * 2. For each AND gate with inputs a, b, output o and product p of the masks, and masked bits written with a bar, the shared bit
 *
 *        c = a_ b_ + o_ + a_ mask(b) + b_ mask(a) + p + mask(o)
 *
 *    is 0 exactly when the gate's output is the AND of its inputs. So the garbler's part of c equals the evaluator's, and the
 *    garbler proves it by one hash of the MACs of its parts.
 *
 * What a cheating side learns: masked bits are sums with the evaluator's random masks, so they and all the evaluator computes from wrong
 * tables are independent of the inputs; the garbler knows beforehand for which masked bits the check fails. An evaluator gets
 * the hash of 2 only after 1 has passed, and could then compute it.
 */
import { equalConstantTime } from '../../../../crypto/compare.ts';
import { gateKind } from '../../circuit/circuit.ts';
import type { SharedBits } from './authenticated-bits.ts';
import { kinds } from './kinds.ts';
import { digestBytes, type Link, packed, packedBytes } from './link.ts';
import type { Piece } from './plan.ts';
import type { Wires } from './wires.ts';

/** Evaluator, 1. */
export async function tellMasked(link: Link, wires: Wires, piece: Piece): Promise<void> {
  const { bits, labels } = maskedOf(wires, piece);
  const proof = link.digest('labels', link.nextStep(), false).update(labels).digest();
  await link.send(kinds.maskedBits, packed(bits, proof));
}

/** Garbler, 1. Sets the masked bits of the piece. @throws MpcAbort `cheating` */
export async function receiveMasked(
  link: Link,
  delta: Int32Array,
  wires: Wires,
  piece: Piece,
): Promise<void> {
  const body = await link.receive(kinds.maskedBits, packedBytes(piece.ands) + digestBytes);
  setMasked(wires, piece, link.unpack(body.subarray(0, packedBytes(piece.ands)), piece.ands));
  const { bits, labels } = maskedOf(wires, piece);
  for (let i = 0; i < labels.length; i++) labels[i]! ^= delta[i & 3]! & -bits[i >> 2]!;
  const expected = link.digest('labels', link.nextStep(), false).update(labels).digest();
  if (!equalConstantTime(expected, body.subarray(packedBytes(piece.ands)))) {
    throw link.cheating('it told a masked bit whose label it does not hold');
  }
}

/** Garbler, 2. */
export async function proveGates(
  link: Link,
  wires: Wires,
  piece: Piece,
  products: SharedBits,
): Promise<void> {
  const parts = partsOfGates(wires, piece, products, wires.macs, products.macs);
  await link.send(kinds.gatesProof, link.digest('gates', link.nextStep(), true).update(parts).digest());
}

/** Evaluator, 2. @throws MpcAbort `cheating` */
export async function verifyGates(
  link: Link,
  delta: Int32Array,
  wires: Wires,
  piece: Piece,
  products: SharedBits,
): Promise<void> {
  const parts = partsOfGates(wires, piece, products, wires.keys, products.keys, delta);
  const expected = link.digest('gates', link.nextStep(), true).update(parts).digest();
  if (!equalConstantTime(expected, await link.receive(kinds.gatesProof, digestBytes))) {
    throw link.cheating('it garbled a gate that is not the one agreed on');
  }
}

/** Masked bits and labels of the AND gates of a piece. */
function maskedOf({ circuit, plan, masked, labels }: Wires, piece: Piece) {
  const bits = new Uint8Array(piece.ands);
  const words = new Int32Array(4 * piece.ands);
  let and = 0;
  for (const { andFrom, end } of piece.segments) {
    for (let gate = andFrom; gate < end; gate++, and++) {
      const slot = plan.slotOf[circuit.inputBits + gate]!;
      bits[and] = masked[slot]!;
      for (let word = 0; word < 4; word++) words[4 * and + word] = labels[4 * slot + word]!;
    }
  }
  return { bits, labels: words };
}

/** Garbler: the masked bits of all gates of a piece, from those of its AND gates. */
export function setMasked({ circuit, plan, masked }: Wires, piece: Piece, told: Uint8Array): void {
  const { kinds: gates, left, right, inputBits } = circuit;
  const { slotOf } = plan;
  let and = 0;
  for (let gate = piece.from; gate < piece.end; gate++) {
    const a = masked[slotOf[left[gate]!]!]!;
    const kind = gates[gate];
    masked[slotOf[inputBits + gate]!] =
      kind === gateKind.and ? told[and++]! : a ^ (kind === gateKind.xor ? masked[slotOf[right[gate]!]!]! : 1);
  }
}

/**
 * The garbler's MACs of its parts of c; or, from the evaluator's keys of them, what those MACs are when the parts are the evaluator's
 * own.
 *
 * @param wireWords, productWords MACs of the garbler, or keys of the evaluator
 * @param delta of the evaluator
 */
function partsOfGates(
  { circuit, plan, bits, masked }: Wires,
  piece: Piece,
  products: SharedBits,
  wireWords: Int32Array,
  productWords: Int32Array,
  delta?: Int32Array,
): Int32Array {
  const parts = new Int32Array(4 * piece.ands);
  let and = 0;
  for (const { andFrom, end } of piece.segments) {
    for (let gate = andFrom; gate < end; gate++, and++) {
      const a = plan.slotOf[circuit.left[gate]!]!;
      const b = plan.slotOf[circuit.right[gate]!]!;
      const out = plan.slotOf[circuit.inputBits + gate]!;
      const [bitA, bitB] = [masked[a]!, masked[b]!];
      const own =
        (bitA & bitB) ^
        masked[out]! ^
        (bitA & bits[b]!) ^
        (bitB & bits[a]!) ^
        products.bits[and]! ^
        bits[out]!;
      for (let word = 0; word < 4; word++) {
        parts[4 * and + word] =
          (wireWords[4 * b + word]! & -bitA) ^
          (wireWords[4 * a + word]! & -bitB) ^
          productWords[4 * and + word]! ^
          wireWords[4 * out + word]! ^
          (delta === undefined ? 0 : delta[word]! & -own);
      }
    }
  }
  return parts;
}
