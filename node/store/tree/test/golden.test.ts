/**
 * Bytes of the first release: hashes, proofs and the file. A change of these files is a new format with its own name. The test
 * committer stands for the curve's.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  branchHash,
  emptyRoot,
  entryHash,
  leafCommitment,
  nodeHash,
  nodeHashes,
  type TreeEntry,
  type TreeName,
} from '../../../hypergraph/tree/index.ts';
import { TestCommitter } from '../../../hypergraph/tree/test/committer.ts';
import { keyNumber } from '../../../hypergraph/tree/test/keys.ts';
import { modelRoot } from '../../../hypergraph/tree/test/model.ts';
import type { SimDisk } from '../../../sim/index.ts';
import { verifyTreeProof } from '../../../verifier/tree-proof.ts';
import type { Forest, ProofRequest } from '../index.ts';
import { counting, hex, newDisk, open } from './support.ts';

const golden = JSON.parse(readFileSync(new URL('golden/trees-v1.json', import.meta.url), 'utf8')) as {
  readonly hashes: unknown;
  readonly roots: unknown;
  readonly proof: string;
  readonly file: Record<string, string>;
};

const shape = { leafAtomsMax: 8, bucketEntries: 3 };
const adds: TreeName = { domain: Buffer.alloc(32, 0xd0), set: 0 };
const removes: TreeName = { domain: Buffer.alloc(32, 0xd0), set: 1 };
const named: TreeName = { name: Buffer.from('a name') };

/** Not of `entryNumber`: a golden file must not move with a helper. */
const entry = (number: number): TreeEntry => ({
  key: keyNumber(number),
  revision: number * 4096 + 1,
  dataHash: Buffer.concat([Buffer.of(1), Buffer.alloc(32, number)]),
});
const entries = (count: number): TreeEntry[] => Array.from({ length: count }, (_, number) => entry(number));
const requests: ProofRequest[] = [
  { tree: adds, kind: 'inclusion', key: keyNumber(13) },
  { tree: removes, kind: 'absence', prefix: keyNumber(13).subarray(0, 24) },
  { tree: named, kind: 'entries', prefix: keyNumber(1).subarray(0, 1) },
];
const committer = new TestCommitter();

async function made(disk: SimDisk): Promise<Forest> {
  const forest = await open(disk, committer, shape);
  const puts = (count: number) => entries(count).map(({ key, ...to }) => ({ key, to }));
  await forest.update([
    { tree: adds, changes: puts(20) },
    { tree: removes, changes: puts(8) },
    { tree: named, changes: puts(2) },
  ]);
  await forest.commit(Buffer.from('meta of the first commit'));
  return forest;
}

const zeroUnits = /^(?:00)+$/;

/** Units of the file that hold anything, by their number; zeros at their ends cut off; and its size. */
async function unitsOf(disk: SimDisk): Promise<Record<string, string>> {
  const file = await disk.open('trees/trees', 'read');
  const size = await file.size();
  const units: Record<string, string> = { bytes: String(size) };
  for (let at = 0; at < size; at += 512) {
    const text = hex(await file.read(at, 512))!;
    if (!zeroUnits.test(text)) units[at / 512] = text.replace(/(?:00)+$/, '');
  }
  return units;
}

async function diskOf({ bytes, ...units }: Record<string, string>): Promise<SimDisk> {
  const disk = newDisk();
  const file = await disk.open('trees/trees', 'create');
  for (const [unit, text] of Object.entries(units)) {
    await file.write(Number(unit) * 512, [Buffer.from(text.padEnd(1024, '0'), 'hex')]);
  }
  await file.truncate(Number(bytes));
  return disk;
}

async function rootsOf(forest: Forest): Promise<(string | undefined)[]> {
  const found = [await forest.root(adds), await forest.root(removes), await forest.root(named)];
  return found.map((one) => hex(one?.root));
}

describe('formats of trees, version 1', () => {
  it('hash as they did at the first release', () => {
    const [left, right] = [counting(32), Buffer.alloc(32, 0xee)];
    const path = Uint8Array.of(5, 63, 0);
    expect({
      empty: hex(emptyRoot),
      entry: hex(
        entryHash(nodeHashes, Buffer.concat([counting(32), Buffer.alloc(8, 1), Buffer.alloc(33, 2)])),
      ),
      node: hex(nodeHash(nodeHashes, 13, Buffer.alloc(32, 0xff), left, right)),
      leaf: hex(leafCommitment(nodeHashes, path, 16_384, left)),
      branch: hex(branchHash(nodeHashes, path, 2 ** 40 + 1, Buffer.alloc(74, 3))),
    }).toEqual(golden.hashes);
  });

  it('give the roots, the proof and the file of the first release', async () => {
    const disk = newDisk();
    const forest = await made(disk);
    expect(await rootsOf(forest)).toEqual(golden.roots);
    expect(golden.roots).toEqual([
      hex(await modelRoot(entries(20), shape.leafAtomsMax, new TestCommitter())),
      hex(await modelRoot(entries(8), shape.leafAtomsMax, new TestCommitter())),
      hex(await modelRoot(entries(2), shape.leafAtomsMax, new TestCommitter())),
    ]);
    const proof = await forest.prove(requests);
    expect(proof.kind === 'proof' && hex(proof.bytes)).toBe(golden.proof);
    await forest.close();
    expect(await unitsOf(disk)).toEqual(golden.file);
  });

  it('read the file and the proof of the first release', async () => {
    await (await made(newDisk())).prove(requests);
    const forest = await open(await diskOf(golden.file), committer, shape);
    expect(Buffer.from(forest.meta).toString()).toBe('meta of the first commit');
    expect(await rootsOf(forest)).toEqual(golden.roots);
    expect(await forest.verifyAll()).toBeUndefined();
    const outcome = verifyTreeProof(Buffer.from(golden.proof, 'hex'), {
      hashes: nodeHashes,
      verifyOpenings: committer.verifyOpenings,
      leafAtomsMax: shape.leafAtomsMax,
    });
    expect(outcome.ok && outcome.trees.map(({ root }) => hex(root))).toEqual(golden.roots);
    expect(outcome.ok && outcome.trees.map(({ statements }) => statements[0]!.entries.length)).toEqual([
      1, 0, 1,
    ]);
  });
});
