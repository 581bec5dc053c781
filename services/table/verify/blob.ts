/**
 * The chunks of a blob in their order: the relation stands in the slot of the blob's id, lists the chunk vertices, and each
 * of them stands in the slot of its number. Runs in browsers.
 */
import type { DisclosedChunk } from '@hypergate/node/crypto/disclosure';
import { ProofRefused, type ProvenChunk, sameBytes } from '@hypergate/node/verifier';
import { addressOf, blobAddressName } from './addresses.ts';
import type { BlobChunk, VerifiedBlobRelation, VerifiedChunk, VerifiedDocument } from './verified.ts';

export interface BlobClaim {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly length: number;
  readonly chunkBytes: number;
}

/** Parts of a document that a claim rests on: what is in none of them was proven for nothing. */
export type UsedParts = Set<VerifiedDocument[Parts][number]>;
type Parts = 'records' | 'relations' | 'chunks' | 'absences';

/**
 * @param used gets the parts of the document that the blob is made of
 * @returns chunks in order, none for a blob of no bytes
 * @throws ProofRefused
 */
export function verifyBlob(
  document: VerifiedDocument,
  domain: Uint8Array,
  blob: BlobClaim,
  used?: UsedParts,
): BlobChunk[] {
  if (blob.length === 0) return [];
  const address = addressOf(document.addresses, domain, blobAddressName);
  const relationSlot = address.slotOf(blob.id);
  const relation = document.relations.find(
    (one): one is VerifiedBlobRelation =>
      !('table' in one) && sameBytes(one.domain, domain) && sameBytes(one.slot, relationSlot),
  );
  if (relation === undefined) throw new ProofRefused('the order of the chunks is not proven');
  checkRelation(relation, blob);
  used?.add(relation);
  return relation.members.map((member, index) => {
    const place = new Uint8Array([...domain, ...address.slotOf(chunkInput(blob.id, index))]);
    if (!sameBytes(member.subarray(0, place.length), place)) {
      throw new ProofRefused(`chunk ${index} stands in another place`);
    }
    const chunk = document.chunks.find(({ id }) => sameBytes(id, member));
    if (chunk === undefined) throw new ProofRefused(`chunk ${index} is not proven`);
    const expected = Math.min(blob.chunkBytes, blob.length - index * blob.chunkBytes);
    const length = plainLength(chunk);
    if (length !== undefined && length !== expected)
      throw new ProofRefused(`chunk ${index} has another length`);
    used?.add(chunk);
    return disclosed(chunk);
  });
}

/** @throws ProofRefused when the document proves something that its claim does not rest on */
export function refuseUnused(document: VerifiedDocument, used: UsedParts): void {
  const { records, relations, chunks, absences } = document;
  for (const part of [...records, ...relations, ...chunks, ...absences]) {
    if (!used.has(part)) throw new ProofRefused('the document proves more than it is about');
  }
}

function checkRelation(relation: VerifiedBlobRelation, blob: BlobClaim): void {
  const { length, chunkBytes, members } = relation;
  const isSame = length === blob.length && chunkBytes === blob.chunkBytes;
  if (!isSame || chunkBytes < 1) throw new ProofRefused('the chunks are of another blob');
  if (members.length !== Math.ceil(length / chunkBytes))
    throw new ProofRefused('the blob has another number of chunks');
}

function plainLength(chunk: VerifiedChunk): number | undefined {
  if (chunk.kind === 'opaque') return undefined;
  return chunk.kind === 'inline' ? chunk.plain.length : chunk.plainLength;
}

function disclosed(chunk: VerifiedChunk): BlobChunk {
  switch (chunk.kind) {
    case 'inline':
      return { kind: 'inline', plain: chunk.plain };
    case 'sealed':
      return sealedChunk(chunk.key, chunk.plainLength, chunk.chunk);
    case 'opaque':
      return { kind: 'opaque', chunk: chunk.chunk };
  }
}

/** A chunk whose key is known, as the check of a file takes it. */
export function sealedChunk(key: Uint8Array, plainLength: number, chunk: ProvenChunk): DisclosedChunk {
  return { kind: 'sealed', key, plainLength, hash: chunk.hash.subarray(1), sealedLength: chunk.length };
}

function chunkInput(id: Uint8Array, index: number): Uint8Array {
  const input = new Uint8Array(id.length + 4);
  input.set(id);
  new DataView(input.buffer).setUint32(id.length, index);
  return input;
}
