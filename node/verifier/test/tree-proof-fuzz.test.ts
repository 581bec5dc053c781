/**
 * What an adversary can do to proofs: flip bits, cut, repeat and mix parts of true ones. Whatever is accepted for roots that are known
 * must be true of their trees.
 */
import { describe, expect, it } from 'vitest';
import type { TreeEntry, TreeName } from '../../hypergraph/tree/index.ts';
import { entryNumber, keyNumber } from '../../hypergraph/tree/test/keys.ts';
import { modelEntries } from '../../hypergraph/tree/test/model.ts';
import { type SeededRandom, seededRandom } from '../../sim/index.ts';
import type { ProofRequest } from '../../store/tree/index.ts';
import { hex } from '../../store/tree/test/support.ts';
import type { VerifiedTree } from '../tree-proof.ts';
import { plain, plainEntry, proofOf, type Scene, sceneOf, verify } from './tree-support.ts';

const mutations = process.env.HYPERGATE_SOAK === '1' ? 200_000 : 6000;
const firstSeed = Number(process.env.HYPERGATE_SEED ?? 1);

const adds: TreeName = { domain: Buffer.alloc(32, 1), set: 0 };
const removes: TreeName = { domain: Buffer.alloc(32, 1), set: 1 };

/** Some keys share 24 bytes, as incarnations of a slot do. */
function slotted(number: number): TreeEntry {
  const slot = keyNumber(Math.floor(number / 3)).subarray(0, 24);
  return { ...entryNumber(number), key: Buffer.concat([slot, keyNumber(number).subarray(0, 8)]) };
}

async function scenes(): Promise<{ scene: Scene; proofs: Buffer[] }[]> {
  const shapes = [
    { leafAtomsMax: 1, bucketEntries: 2 },
    { leafAtomsMax: 7, bucketEntries: 3 },
    { leafAtomsMax: 1000, bucketEntries: 8 },
  ];
  return Promise.all(
    shapes.map(async (shape) => {
      const all = Array.from({ length: 90 }, (_, number) => slotted(number));
      const scene = await sceneOf(
        new Map([
          [adds, all],
          [removes, all.slice(30, 60)],
        ]),
        shape,
      );
      const [live, gone] = [all[5]!.key, all[40]!.key];
      const slot = live.subarray(0, 24);
      const lists: ProofRequest[][] = [
        [{ tree: adds, kind: 'inclusion', key: live }],
        [{ tree: adds, kind: 'absence', prefix: keyNumber(999) }],
        [
          { tree: adds, kind: 'inclusion', key: live },
          { tree: removes, kind: 'absence', prefix: live },
        ],
        [
          { tree: adds, kind: 'entries', prefix: slot },
          { tree: removes, kind: 'absence', prefix: slot },
        ],
        [
          { tree: adds, kind: 'inclusion', key: gone },
          { tree: removes, kind: 'inclusion', key: gone },
        ],
        [0, 1, 2, 3, 4].map((number) => ({ tree: adds, kind: 'absence', prefix: keyNumber(500 + number) })),
        [
          { tree: removes, kind: 'absence', prefix: Buffer.alloc(32) },
          { tree: adds, kind: 'inclusion', key: gone },
        ],
      ];
      const proofs: Buffer[] = [];
      for (const requests of lists) proofs.push(Buffer.from((await proofOf(scene, requests)).bytes));
      return { scene, proofs };
    }),
  );
}

/** Every statement for a root of the scene is what its tree holds. @returns whether any root is of the scene */
async function isTrue(scene: Scene, trees: readonly VerifiedTree[]): Promise<boolean> {
  let known = false;
  for (const [tree, entries] of scene.trees) {
    const root = hex((await scene.forest.root(tree))?.root);
    for (const verified of trees) {
      if (hex(verified.root) !== root) continue;
      known = true;
      expect(verified.count).toBe(entries.length);
      for (const { prefix, entries: said } of verified.statements) {
        expect(said.map(plainEntry)).toEqual(modelEntries(entries, prefix).map(plainEntry));
      }
    }
  }
  return known;
}

function mutate(proofs: readonly Buffer[], random: SeededRandom): Buffer {
  const bytes = Buffer.from(random.pick(proofs));
  const other = random.pick(proofs);
  const at = random.below(bytes.length);
  const length = 1 + random.below(random.pick([2, 33, 80, 200]));
  switch (random.below(6)) {
    case 0:
      for (let times = 1 + random.below(3); times > 0; times -= 1) {
        const place = random.below(bytes.length);
        bytes[place] = random.pick([0, 1, 2, 3, 4, 255, random.below(256)]);
      }
      return bytes;
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 3: {
      const from = random.below(other.length);
      return Buffer.concat([bytes.subarray(0, at), other.subarray(from)]);
    }
    case 4: {
      const from = random.below(other.length);
      other.copy(bytes, at, from, Math.min(other.length, from + length));
      return bytes;
    }
    default:
      return Buffer.concat([bytes, random.bytes(1 + random.below(160))]);
  }
}

describe('tampered tree proofs', () => {
  it('with any one bit flipped are refused, or are about another root', async () => {
    let flips = 0;
    let otherRoots = 0;
    for (const { scene, proofs } of await scenes()) {
      // Proofs through forty branches have too many bits for each run.
      for (const proof of proofs.slice(0, 4).filter(({ length }) => length < 1500)) {
        const before = verify(scene, proof);
        if (!before.ok) throw new Error(before.reason);
        const roots = before.trees.map(({ root }) => hex(root)).join();
        for (let bit = 0; bit < proof.length * 8; bit += 1) {
          const flipped = Buffer.from(proof);
          flipped[bit >>> 3]! ^= 0x80 >>> (bit & 7);
          const outcome = verify(scene, flipped);
          flips += 1;
          if (!outcome.ok) continue;
          otherRoots += 1;
          if (outcome.trees.map(({ root }) => hex(root)).join() !== roots) continue;
          // A prefix may be flipped to one that is as absent as the first.
          expect(await isTrue(scene, outcome.trees)).toBe(true);
          expect(plain(outcome.trees)).not.toEqual(plain(before.trees));
        }
      }
    }
    expect(flips).toBeGreaterThan(20_000);
    expect(otherRoots).toBeGreaterThan(0);
  });

  it(`say nothing untrue of a known root (${mutations} mutations)`, async () => {
    const all = await scenes();
    let accepted = 0;
    for (let seed = firstSeed; seed < firstSeed + mutations; seed += 1) {
      const random = seededRandom(seed);
      const { scene, proofs } = random.pick(all);
      const outcome = verify(scene, mutate(proofs, random));
      try {
        if (outcome.ok && (await isTrue(scene, outcome.trees))) accepted += 1;
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
    expect(accepted).toBeGreaterThan(0);
  }, 600_000);

  it('cut short anywhere, empty, or with bytes behind are refused', async () => {
    for (const { scene, proofs } of await scenes()) {
      for (const proof of proofs) {
        for (let length = 0; length < proof.length; length += length < 300 ? 1 : 7) {
          expect(verify(scene, proof.subarray(0, length)).ok).toBe(false);
        }
        expect(verify(scene, Buffer.concat([proof, Buffer.of(0)])).ok).toBe(false);
      }
    }
  });
});
