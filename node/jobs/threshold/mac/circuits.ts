/**
 * Circuits of HMAC on keys that three custodians share. Parties are named by their roles, so that all triples have the same circuits. A
 * shared value is three inputs of one name, each known to the two parties other than the one that lacks it; their XOR is the value.
 *
 * - `middle`: chaining value and public blocks to the next chaining value, shared anew under masks.
 * - `last`: chaining value, the last public block and the outer chaining value to the MAC.
 * - `create`: a key to both of its chaining values, masked.
 *
 * AND gates, held by a test: 16,120 for a public block of SHA-256 and 40,824 of SHA-512.
 */

import { CircuitBuilder, type Word } from '../../mpc/circuit/builder.ts';
import type { Circuit } from '../../mpc/circuit/circuit.ts';
import { jointParty } from '../../mpc/circuit/holders.ts';
import {
  blockBytes,
  bytesOfState,
  compress,
  compressScheduled,
  digestFrom,
  initialState,
  type Sha2,
  truncatedInitialState,
  wordsOf,
} from '../../mpc/circuit/standard/sha2.ts';
import { constantBytes, xorWord } from '../../mpc/circuit/words/index.ts';
import { macLimits } from './limits.ts';
import { type MacScheme, pieceBytes, stateBytes } from './schemes.ts';

/** First garbler, second garbler, evaluator: as the three-party level has them. */
export const roles = ['g1', 'g2', 'e'] as const;
export const evaluatorRole = 2;

/** Who holds a share, by the role that lacks it. */
export const holders: readonly string[] = roles.map((lacking) =>
  jointParty(roles.filter((role) => role !== lacking)),
);
export const everybody = jointParty(roles);

/** Share of the next chaining value that is an output: this role lacks it. The masks are the other two shares. */
export const outputLacking = 1;

/** Random bytes that a piece of a new key is committed to with. */
export const tailBytes = 32;

const made = new Map<string, Circuit>();

/** @param blocks a power of two */
export function middleCircuit(hash: Sha2, blocks: number): Circuit {
  return once(`middle ${hash.name} ${blocks}`, () => {
    const builder = new CircuitBuilder();
    const bits = 8 * hash.wordBits;
    let state = wordsOf(hash, shared(builder, 'state', bits));
    for (const schedule of publicBlocks(builder, hash, blocks))
      state = compressScheduled(builder, hash, state, schedule);
    const masked = holders
      .filter((_, lacking) => lacking !== outputLacking)
      .map((party): Word => builder.input(party, 'mask', bits))
      .reduce((sum, mask) => xorWord(builder, sum, mask), bytesOfState(state));
    const to = roles.filter((_, role) => role !== outputLacking);
    builder.output('state', to, masked);
    return builder.build();
  });
}

export function lastCircuit(scheme: MacScheme): Circuit {
  const { hash, tagBytes } = scheme;
  return once(`last ${scheme.scheme}`, () => {
    const builder = new CircuitBuilder();
    const bits = 8 * stateBytes(scheme);
    const state = wordsOf(hash, shared(builder, 'state', bits));
    const outer = wordsOf(hash, shared(builder, 'outer', bits));
    const [schedule] = publicBlocks(builder, hash, 1);
    const inner = bytesOfState(compressScheduled(builder, hash, state, schedule!));
    const tag = digestFrom(builder, hash, outer, blockBytes(hash), inner.slice(0, 8 * tagBytes));
    builder.output('mac', roles, tag.slice(0, 8 * tagBytes));
    return builder.build();
  });
}

/**
 * Output `piece`: both chaining values and `tailBytes` zeros, masked with three masks of as many bytes.
 * @param keyBytes at most a block
 */
export function createCircuit(scheme: MacScheme, keyBytes: number = scheme.tagBytes): Circuit {
  return once(`create ${scheme.scheme} ${keyBytes}`, () => {
    const builder = new CircuitBuilder();
    const { hash, truncated } = scheme;
    const key = shared(builder, 'key', 8 * keyBytes);
    const padded = [...key, ...constantBytes(new Uint8Array(blockBytes(hash) - keyBytes))];
    const initial = truncated ? truncatedInitialState(hash) : initialState(hash);
    const keyed = (pad: number): Word => {
      const block = xorWord(builder, padded, constantBytes(new Uint8Array(blockBytes(hash)).fill(pad)));
      return bytesOfState(compress(builder, hash, initial, wordsOf(hash, block)));
    };
    const states = [...keyed(0x36), ...keyed(0x5c), ...constantBytes(new Uint8Array(tailBytes))];
    const mask = shared(builder, 'mask', 8 * (pieceBytes(scheme) + tailBytes));
    builder.output('piece', roles, xorWord(builder, states, mask));
    return builder.build();
  });
}

/** Makes the circuits that MACs of a scheme need: the first call need not wait for them then. */
export function prepareCircuits(scheme: MacScheme): void {
  for (let blocks = blocksPerRun(scheme.hash); blocks >= 1; blocks /= 2) middleCircuit(scheme.hash, blocks);
  lastCircuit(scheme);
}

/** A power of two. */
export function blocksPerRun(hash: Sha2): number {
  return macLimits.runBitsMax / (8 * blockBytes(hash));
}

/** There are so many circuits as limits and schemes allow: some 40 MB if all are used. */
function once(name: string, make: () => Circuit): Circuit {
  const found = made.get(name);
  if (found !== undefined) return found;
  const circuit = make();
  made.set(name, circuit);
  return circuit;
}

function shared(builder: CircuitBuilder, name: string, bits: number): Word {
  return holders
    .map((party): Word => builder.input(party, name, bits))
    .reduce((sum, share) => xorWord(builder, sum, share));
}

/** By block, the words that all parties know. */
function publicBlocks(builder: CircuitBuilder, { rounds, wordBits }: Sha2, blocks: number): Word[][] {
  const bits = builder.input(everybody, 'schedule', blocks * rounds * wordBits);
  return Array.from({ length: blocks }, (_, block) =>
    Array.from({ length: rounds }, (_, round) => {
      const at = (block * rounds + round) * wordBits;
      return bits.slice(at, at + wordBits);
    }),
  );
}
