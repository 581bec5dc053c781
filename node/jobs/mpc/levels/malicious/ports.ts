/**
 * Inputs and outputs.
 *
 * The mask of an input wire is a random authenticated bit of the party whose input it is; the other's part is 0. The party tells its
 * masked bit, which hides the input, and is bound to it: with the MAC of the mask there is one input. The evaluator gets labels for
 * masked bits. Outputs: each party opens its parts of the masks to the party whose output it is.
 */
import { readWords, viewWords } from '../../block/words.ts';
import type { RandomSource } from '../../channel.ts';
import { type Circuit, inputOffsets } from '../../circuit/circuit.ts';
import type { AuthenticatedBitSource } from './authenticated-bits.ts';
import { kinds } from './kinds.ts';
import { maliciousLimits } from './limits.ts';
import { type Link, packed, packedBytes } from './link.ts';
import { receiveOpened, sendOpened } from './opening.ts';
import { setBlock, type Wires } from './wires.ts';

/** Bits of one party on wires of the circuit. */
export interface PortBits {
  readonly wires: Uint32Array;
  readonly values: Uint8Array;
}

/** Input wires of a party, and their values where this is it. */
export function inputWires(
  circuit: Circuit,
  party: string,
  inputs: readonly (Uint8Array | undefined)[],
): PortBits {
  const offsets = inputOffsets(circuit);
  const all = circuit.inputs.map(({ bits }, index) => ({ index, bits, from: offsets[index]! }));
  const mine = all.filter(({ index }) => circuit.inputs[index]!.party === party);
  const count = mine.reduce((sum, { bits }) => sum + bits, 0);
  const port = { wires: new Uint32Array(count), values: new Uint8Array(count) };
  let at = 0;
  for (const { index, bits, from } of mine) {
    const given = inputs[index];
    for (let bit = 0; bit < bits; bit++, at++) {
      port.wires[at] = from + bit;
      port.values[at] = (given?.[bit] ?? 0) & 1;
    }
  }
  return port;
}

/** Wires of the outputs that go to a party, in their order. */
export function outputWires({ outputs }: Circuit, party: string): Uint32Array {
  const mine = outputs.filter(({ to }) => to.includes(party));
  const all = new Uint32Array(mine.reduce((sum, { wires }) => sum + wires.length, 0));
  let at = 0;
  for (const { wires } of mine) {
    all.set(wires, at);
    at += wires.length;
  }
  return all;
}

export async function garblerInputs(
  link: Link,
  source: AuthenticatedBitSource,
  random: RandomSource,
  wires: Wires,
  { own, theirs }: { readonly own: PortBits; readonly theirs: Uint32Array },
): Promise<void> {
  const { delta } = source;
  for (const [at, slots] of slotPieces(wires, own.wires)) {
    await maskOwn(source, wires, slots);
    const values = own.values.subarray(at, at + slots.length);
    for (const [i, slot] of slots.entries()) wires.masked[slot] = values[i]! ^ wires.bits[slot]!;
    const labels = giveLabels(random, wires, slots, delta);
    await link.send(kinds.garblerInputs, packed(maskedAt(wires, slots), labels));
  }
  for (const [, slots] of slotPieces(wires, theirs)) {
    await maskTheirs(source, wires, slots);
    const masked = link.unpack(
      await link.receive(kinds.evaluatorInputs, packedBytes(slots.length)),
      slots.length,
    );
    for (const [i, slot] of slots.entries()) wires.masked[slot] = masked[i]!;
    await link.send(kinds.evaluatorLabels, giveLabels(random, wires, slots, delta));
  }
}

export async function evaluatorInputs(
  link: Link,
  source: AuthenticatedBitSource,
  wires: Wires,
  { own, theirs }: { readonly own: PortBits; readonly theirs: Uint32Array },
): Promise<void> {
  for (const [, slots] of slotPieces(wires, theirs)) {
    await maskTheirs(source, wires, slots);
    const bytes = packedBytes(slots.length);
    const body = await link.receive(kinds.garblerInputs, bytes + 16 * slots.length);
    const masked = link.unpack(body.subarray(0, bytes), slots.length);
    for (const [i, slot] of slots.entries()) wires.masked[slot] = masked[i]!;
    takeLabels(wires, slots, body.subarray(bytes));
  }
  for (const [at, slots] of slotPieces(wires, own.wires)) {
    await maskOwn(source, wires, slots);
    const values = own.values.subarray(at, at + slots.length);
    for (const [i, slot] of slots.entries()) wires.masked[slot] = values[i]! ^ wires.bits[slot]!;
    await link.send(kinds.evaluatorInputs, packed(maskedAt(wires, slots)));
    takeLabels(wires, slots, await link.receive(kinds.evaluatorLabels, 16 * slots.length));
  }
}

/** Opens this party's parts of the masks of wires whose values the other is to learn. */
export async function revealOutputs(link: Link, wires: Wires, outputs: Uint32Array): Promise<void> {
  for (const [, slots] of slotPieces(wires, outputs)) {
    const macs = blocksAt(wires.macs, slots);
    await sendOpened(
      link,
      outputKind(link.isGarbler),
      Uint8Array.from(slots, (slot) => wires.bits[slot]!),
      macs,
    );
  }
}

/** @returns values of wires, of which the other calls `revealOutputs`. @throws MpcAbort `cheating` */
export async function learnOutputs(
  link: Link,
  delta: Int32Array,
  wires: Wires,
  outputs: Uint32Array,
): Promise<Uint8Array> {
  const values = new Uint8Array(outputs.length);
  for (const [at, slots] of slotPieces(wires, outputs)) {
    const keys = blocksAt(wires.keys, slots);
    const theirs = await receiveOpened(link, outputKind(!link.isGarbler), delta, keys);
    for (const [i, slot] of slots.entries()) {
      values[at + i] = wires.masked[slot]! ^ wires.bits[slot]! ^ theirs[i]!;
    }
  }
  return values;
}

const outputKind = (ofGarbler: boolean) =>
  ofGarbler ? kinds.garblerOutputShares : kinds.evaluatorOutputShares;

/** Slots of wires, as many as go into one message, with how many came before. */
function* slotPieces({ plan }: Wires, wires: Uint32Array): Generator<readonly [number, Uint32Array]> {
  for (let at = 0; at < wires.length; at += maliciousLimits.portBitsAtOnce) {
    yield [at, wires.subarray(at, at + maliciousLimits.portBitsAtOnce).map((wire) => plan.slotOf[wire]!)];
  }
}

/** Keys and the other's parts are 0 already. */
async function maskOwn(source: AuthenticatedBitSource, wires: Wires, slots: Uint32Array): Promise<void> {
  const { bits, macs } = await source.own(slots.length);
  for (const [i, slot] of slots.entries()) {
    wires.bits[slot] = bits[i]!;
    setBlock(wires.macs, slot, macs, i);
  }
}

async function maskTheirs(source: AuthenticatedBitSource, wires: Wires, slots: Uint32Array): Promise<void> {
  const keys = await source.keys(slots.length);
  for (const [i, slot] of slots.entries()) setBlock(wires.keys, slot, keys, i);
}

/** Chooses labels of masked bits 0. @returns those of the masked bits */
function giveLabels(random: RandomSource, wires: Wires, slots: Uint32Array, delta: Int32Array): Buffer {
  const chosen = readWords(random(16 * slots.length));
  const given = Buffer.from(new ArrayBuffer(16 * slots.length));
  const words = viewWords(given);
  for (const [i, slot] of slots.entries()) {
    setBlock(wires.labels, slot, chosen, i);
    for (let word = 0; word < 4; word++) {
      words[4 * i + word] = chosen[4 * i + word]! ^ (delta[word]! & -wires.masked[slot]!);
    }
  }
  return given;
}

function takeLabels(wires: Wires, slots: Uint32Array, labels: Uint8Array): void {
  const words = readWords(labels);
  for (const [i, slot] of slots.entries()) setBlock(wires.labels, slot, words, i);
}

function maskedAt({ masked }: Wires, slots: Uint32Array): Uint8Array {
  return Uint8Array.from(slots, (slot) => masked[slot]!);
}

function blocksAt(words: Int32Array, slots: Uint32Array): Int32Array {
  const blocks = new Int32Array(4 * slots.length);
  for (const [i, slot] of slots.entries()) setBlock(blocks, i, words, slot);
  return blocks;
}
