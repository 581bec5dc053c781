/** Labels outside a garbling: random ones from a seed, those for given bits, and what labels mean. */
import { createCipheriv } from 'node:crypto';
import { allocateBlocks, blockBytes, readWords, viewWords } from '../block/words.ts';
import type { GarblingSecrets } from './garbler.ts';

/** Delta and labels of the inputs that a seed determines: AES-128 in counter mode. @param seed 16 bytes */
export function secretsFromSeed(seed: Uint8Array, inputBits: number): GarblingSecrets {
  const stream = createCipheriv('aes-128-ctr', seed, Buffer.alloc(blockBytes));
  const delta = stream.update(Buffer.alloc(blockBytes));
  delta[0]! |= 1;
  return { delta, inputLabels: stream.update(Buffer.alloc(blockBytes * inputBits)) };
}

/**
 * @param zeroLabels 16 bytes for each bit, or their words
 * @param bits 0 or 1 each, secret
 * @returns the label of each bit
 */
export function labelsOf(zeroLabels: Uint8Array | Int32Array, bits: Uint8Array, delta: Uint8Array): Buffer {
  const zero = zeroLabels instanceof Int32Array ? zeroLabels : readWords(zeroLabels);
  const difference = readWords(delta);
  const labels = allocateBlocks(bits.length);
  const words = viewWords(labels);
  for (let i = 0; i < words.length; i++) words[i] = zero[i]! ^ (difference[i & 3]! & -(bits[i >> 2]! & 1));
  return labels;
}

/** Labels of some wires, 16 bytes each, from those of all. */
export function gatherLabels(labels: Int32Array, wires: Uint32Array): Buffer {
  const gathered = allocateBlocks(wires.length);
  const words = viewWords(gathered);
  for (let i = 0; i < words.length; i++) words[i] = labels[4 * wires[i >> 2]! + (i & 3)]!;
  return gathered;
}

/** The lowest bit of each wire's label: of the garbler's, what turns those of the evaluator into bits of the wires. */
export function permuteBits(labels: Int32Array, wires: Uint32Array): Uint8Array {
  // A loop: `Uint8Array.from` with a function takes the way of iterators, thirty times as long.
  const bits = new Uint8Array(wires.length);
  for (let i = 0; i < bits.length; i++) bits[i] = labels[4 * wires[i]!]! & 1;
  return bits;
}
