import { createHash } from 'node:crypto';
import { verifyDisclosedData } from '@hypergate/node/crypto/disclosure';
import { type PlainItem, PlainProver } from '@hypergate/node/sim';
import { ProofRefused } from '@hypergate/node/verifier';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BlobRef, BlobUnknown, tableLimits } from '../../index.ts';
import {
  type BlobChunk,
  type BlobClaim,
  type ProofDocument,
  refuseUnused,
  type UsedParts,
  type VerifiedDocument,
  verifyBlob,
} from '../index.ts';
import { openProvingTables, type ProvingTables } from './harness.ts';

const { chunkBytes } = tableLimits;
let proving: ProvingTables;
let claim: BlobClaim;
let document: ProofDocument;
let verified: VerifiedDocument;
const bytes = Buffer.alloc(chunkBytes + 100_000, 'the bytes of a large object ');
const small = Buffer.from('fewer than a chunk of the node');

const prove = (blob: BlobRef) => proving.document([{ kind: 'blob', domain: proving.domain, blob }]);
const blobOf = (found: VerifiedDocument, blob = claim) => verifyBlob(found, proving.domain.address, blob);
const disclosed = (chunks: readonly BlobChunk[]) =>
  chunks.filter((chunk): chunk is Exclude<BlobChunk, { kind: 'opaque' }> => chunk.kind !== 'opaque');

beforeAll(async () => {
  proving = await openProvingTables();
  claim = await proving.storeBlob(bytes);
  document = await prove(claim);
  verified = proving.verify(document);
});
afterAll(() => proving.close());

test('the chunks are those of the blob, in their order, and a file is compared with them', async () => {
  const chunks = disclosed(blobOf(verified));
  expect(chunks.map((chunk) => chunk.kind)).toEqual(['sealed', 'sealed']);
  expect(await verifyDisclosedData(chunks, [bytes])).toEqual({ ok: true, value: bytes.length });
  for (const at of [0, chunkBytes - 1, chunkBytes, bytes.length - 1]) {
    const other = Buffer.from(bytes);
    other[at]! ^= 1;
    expect((await verifyDisclosedData(chunks, [other])).ok, `byte ${at}`).toBe(false);
  }
});

test('a short blob is disclosed itself', async () => {
  const blob = await proving.storeBlob(small);
  expect(blobOf(proving.verify(await prove(blob)), blob)).toEqual([
    { kind: 'inline', plain: Uint8Array.from(small) },
  ]);
});

test('the hash of a sealed chunk is that of the ciphertext that the node keeps', async () => {
  const [, last] = disclosed(blobOf(verified)) as [BlobChunk, BlobChunk & { kind: 'sealed' }];
  const { prover } = proving;
  const items = prover.verifier.verify(document.proof, prover.trustRoot).items;
  const [, chunk] = verified.chunks as [unknown, { chunk: { hash: Uint8Array; length: number } }];
  expect(items).toHaveLength(4);
  expect(Buffer.from(last.hash).equals(chunk.chunk.hash.subarray(1))).toBe(true);
  expect(last.sealedLength).toBe(chunk.chunk.length);
  expect(last.hash).toHaveLength(createHash('sha256').digest().length);
});

test('no bytes need no proof', () => {
  expect(blobOf(verified, { ...claim, length: 0 })).toEqual([]);
});

describe('what is not the blob is refused', () => {
  test('another id, length or size of chunks', () => {
    const id = Uint8Array.from(claim.id, (byte) => byte ^ 1);
    expect(() => blobOf(verified, { ...claim, id })).toThrow('the order of the chunks is not proven');
    expect(() => blobOf(verified, { ...claim, length: claim.length - 1 })).toThrow('of another blob');
    expect(() => blobOf(verified, { ...claim, chunkBytes: 1 })).toThrow('of another blob');
    const domain = new Uint8Array(32);
    expect(() => verifyBlob(verified, domain, claim)).toThrow('is not disclosed');
  });

  const [relation, first, second] = [0, 1, 2];
  const withChunks = (chunks: VerifiedDocument['chunks']) => () => blobOf({ ...verified, chunks });
  const withMembers = (change: (members: readonly Uint8Array[]) => readonly Uint8Array[]) => () => {
    const [one] = verified.relations;
    return blobOf({ ...verified, relations: [{ ...one!, members: change(one!.members) }] });
  };

  test('a chunk that is missing, of another length, or in another place', () => {
    const [one, two] = verified.chunks as [
      VerifiedDocument['chunks'][number],
      VerifiedDocument['chunks'][number],
    ];
    expect(withChunks([one])).toThrow('chunk 1 is not proven');
    expect(withChunks([two])).toThrow('chunk 0 is not proven');
    expect(withChunks([{ ...one, kind: 'inline', plain: new Uint8Array(5) }, two])).toThrow(
      'chunk 0 has another length',
    );
    expect(withMembers(([a, b]) => [b!, a!])).toThrow('chunk 0 stands in another place');
    expect(withMembers(([a]) => [a!])).toThrow('another number of chunks');
    expect(withMembers(([a, b]) => [a!, b!, b!])).toThrow('another number of chunks');
    // The same slot of another domain.
    const moved = (member: Uint8Array) => Uint8Array.from(member, (byte, at) => (at === 0 ? byte ^ 1 : byte));
    expect(withMembers(([a, b]) => [moved(a!), b!])).toThrow('chunk 0 stands in another place');
  });

  test('a relation of no chunks or without sizes', () => {
    const [one] = verified.relations;
    const zero = { ...one!, chunkBytes: 0 };
    expect(() => blobOf({ ...verified, relations: [zero] }, { ...claim, chunkBytes: 0 })).toThrow(
      ProofRefused,
    );
    expect(() => blobOf({ ...verified, relations: [] })).toThrow('the order of the chunks is not proven');
  });

  test('items that were left out of the proof', () => {
    const { prover } = proving;
    const items = prover.verifier.verify(document.proof, prover.trustRoot).items as readonly PlainItem[];
    const without = (index: number): ProofDocument => ({
      ...document,
      frame: prover.frame,
      proof: prover.give(items.filter((_, at) => at !== index)),
      secrets: document.secrets.filter((_, at) => at !== index),
    });
    const check = (index: number) => () => {
      const found = proving.verify(without(index));
      return blobOf(found);
    };
    expect(check(relation)).toThrow('not needed');
    expect(check(first)).toThrow('chunk 0 is not proven');
    expect(check(second)).toThrow('chunk 1 is not proven');
  });
});

test('parts that no claim rests on are found', async () => {
  const other = await proving.storeBlob(small);
  const both = proving.verify(
    await proving.document([
      { kind: 'blob', domain: proving.domain, blob: claim },
      { kind: 'blob', domain: proving.domain, blob: other },
    ]),
  );
  const used: UsedParts = new Set();
  verifyBlob(both, proving.domain.address, claim, used);
  expect(() => refuseUnused(both, used)).toThrow('proves more than it is about');
  verifyBlob(both, proving.domain.address, other, used);
  expect(() => refuseUnused(both, used)).not.toThrow();
});

test('a blob that is gone is no reason to wait for more frames', async () => {
  const blob = await proving.storeBlob(small);
  await proving.tables.transact([{ domain: proving.domain, kind: 'remove-blob', blob }]);
  const before = proving.prover.frame;
  await expect(prove(blob)).rejects.toThrow(BlobUnknown);
  expect(proving.prover.frame).toBe(before + 1);
});

test('another prover knows nothing of the proof', () => {
  const other = new PlainProver();
  expect(() => other.verifier.verify(document.proof, other.trustRoot)).toThrow(ProofRefused);
});
