/**
 * Garbling: `Garbler` gives tables, `Evaluator` takes them; both work synchronously, piece by piece, in memory of 16 bytes for each
 * wire and one piece.
 *
 * How secrets are kept from timing and traffic here, in block/ and in ot/:
 * - Labels, deltas, keys and choices are operands of AND, XOR and shifts alone. A bit that selects is spread to a mask (0 or all
 *   ones); no branch, index, length or loop bound depends on it. Indices are gates and wires, which are public.
 * - AES, GHASH, X25519, Ed25519 and SHA-2 are those of node:crypto, in hardware or in constant time.
 * - Two things are not constant-time: big integers of @noble/curves, when a receiver of base transfers adds and encodes elements
 *   that are random and used once; and the garbage collector, which sees sizes alone.
 * - Messages have lengths that follow from the circuit. Checks compare everything before they say that something is wrong, and do not
 *   say where.
 * - Nothing is wiped: a process that is taken over has its secrets in memory.
 */
export { Evaluator } from './evaluator.ts';
export { Garbler, type GarblingSecrets } from './garbler.ts';
export { LabelMemory } from './label-memory.ts';
export { gatherLabels, labelsOf, permuteBits, secretsFromSeed } from './wires.ts';
