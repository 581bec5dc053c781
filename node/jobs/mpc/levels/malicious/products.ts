/**
 * Function-dependent preprocessing of a piece: masks of its wires, and of each AND gate a shared bit that is the product of the masks
 * of its inputs. Masks of XOR gates are sums and those of NOT gates the same; those of AND gates are fresh. With an
 * authenticated AND (x, y, z), the parties open d = mask of the left input + x and e = mask of the right one + y, and
 *
 *     product = z + d y + e x + d e
 *
 * (Beaver's way, as in Wang, Ranellucci, Katz 2017). The garbler's part takes d e, and the evaluator's key follows.
 */
import { gateKind } from '../../circuit/circuit.ts';
import type { AuthenticatedBitSource, SharedBits } from './authenticated-bits.ts';
import { kinds } from './kinds.ts';
import { type AndTriples, tripleWords } from './leaky-ands.ts';
import type { Link } from './link.ts';
import { openShared } from './opening.ts';
import type { Piece } from './plan.ts';
import { setBlock, type Wires } from './wires.ts';

/** @param triples one for each AND gate of the piece. @returns products, by AND gate of the piece. @throws MpcAbort */
export async function preprocessPiece(
  link: Link,
  source: AuthenticatedBitSource,
  wires: Wires,
  piece: Piece,
  triples: AndTriples,
): Promise<SharedBits> {
  const fresh = await source.shared(piece.ands);
  setMasks(wires, piece, fresh);
  if (piece.ands === 0) return fresh;
  const { own, keys } = differences(wires, piece, triples);
  const opened = await openShared(link, kinds.productDifferences, source.delta, own, keys);
  for (let i = 0; i < opened.length; i++) opened[i]! ^= own.bits[i]!;
  return productsOf(link.isGarbler, source.delta, triples, opened);
}

function setMasks({ circuit, plan, bits, macs, keys }: Wires, piece: Piece, fresh: SharedBits): void {
  const { kinds: gates, left, right, inputBits } = circuit;
  const { slotOf } = plan;
  let and = 0;
  for (let gate = piece.from; gate < piece.end; gate++) {
    const out = slotOf[inputBits + gate]!;
    if (gates[gate] === gateKind.and) {
      bits[out] = fresh.bits[and]!;
      setBlock(macs, out, fresh.macs, and);
      setBlock(keys, out, fresh.keys, and);
      and++;
      continue;
    }
    const a = slotOf[left[gate]!]!;
    if (gates[gate] === gateKind.not) {
      bits[out] = bits[a]!;
      setBlock(macs, out, macs, a);
      setBlock(keys, out, keys, a);
      continue;
    }
    const b = slotOf[right[gate]!]!;
    bits[out] = bits[a]! ^ bits[b]!;
    for (let word = 0; word < 4; word++) {
      macs[4 * out + word] = macs[4 * a + word]! ^ macs[4 * b + word]!;
      keys[4 * out + word] = keys[4 * a + word]! ^ keys[4 * b + word]!;
    }
  }
}

/** Of AND gate i: d at 2 i and e at 2 i + 1. */
function differences({ circuit, plan, bits, macs, keys }: Wires, piece: Piece, triples: AndTriples) {
  const { left, right } = circuit;
  const { slotOf } = plan;
  const own = { bits: new Uint8Array(2 * piece.ands), macs: new Int32Array(8 * piece.ands) };
  const openedKeys = new Int32Array(8 * piece.ands);
  let and = 0;
  for (const { andFrom, end } of piece.segments) {
    for (let gate = andFrom; gate < end; gate++, and++) {
      const [a, b] = [slotOf[left[gate]!]!, slotOf[right[gate]!]!];
      const triple = triples.bits[and]!;
      own.bits[2 * and] = bits[a]! ^ (triple & 1);
      own.bits[2 * and + 1] = bits[b]! ^ ((triple >> 1) & 1);
      const x = tripleWords * and;
      for (let word = 0; word < 4; word++) {
        own.macs[8 * and + word] = macs[4 * a + word]! ^ triples.macs[x + word]!;
        own.macs[8 * and + 4 + word] = macs[4 * b + word]! ^ triples.macs[x + 4 + word]!;
        openedKeys[8 * and + word] = keys[4 * a + word]! ^ triples.keys[x + word]!;
        openedKeys[8 * and + 4 + word] = keys[4 * b + word]! ^ triples.keys[x + 4 + word]!;
      }
    }
  }
  return { own, keys: openedKeys };
}

function productsOf(
  isGarbler: boolean,
  delta: Int32Array,
  triples: AndTriples,
  opened: Uint8Array,
): SharedBits {
  const count = triples.bits.length;
  const products = {
    bits: new Uint8Array(count),
    macs: new Int32Array(4 * count),
    keys: new Int32Array(4 * count),
  };
  for (let and = 0; and < count; and++) {
    const d = opened[2 * and]!;
    const e = opened[2 * and + 1]!;
    const triple = triples.bits[and]!;
    const bit = (triple >> 2) ^ (d & (triple >> 1)) ^ (e & triple);
    products.bits[and] = isGarbler ? bit ^ (d & e) : bit;
    const constant = isGarbler ? 0 : -(d & e);
    const x = tripleWords * and;
    for (let word = 0; word < 4; word++) {
      products.macs[4 * and + word] = product(triples.macs, x + word, -d, -e);
      products.keys[4 * and + word] = product(triples.keys, x + word, -d, -e) ^ (delta[word]! & constant);
    }
  }
  return products;
}

/** z + d y + e x of one word. @param d, e masks */
function product(words: Int32Array, x: number, d: number, e: number): number {
  return words[x + 8]! ^ (words[x + 4]! & d) ^ (words[x]! & e);
}
