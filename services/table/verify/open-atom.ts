/** Opens the sealed content of one proven atom (services/table/format/v1). Runs in browsers. */
import { openDisclosedRecord, Purpose } from '@hypergate/node/crypto/disclosure';
import {
  FieldReader,
  ProofRefused,
  type ProvenAtom,
  type ProvenChunk,
  readAtomContent,
  type VerifiedItem,
} from '@hypergate/node/verifier';
import { readRecord } from './record.ts';
import type { ChunkState, VerifiedChunk, VerifiedRecord, VerifiedRelation } from './verified.ts';

export type PresentItem = VerifiedItem & { readonly state: 'present' };

export interface OpenedAtoms {
  readonly records: VerifiedRecord[];
  readonly relations: VerifiedRelation[];
  readonly chunks: VerifiedChunk[];
}

const dataKeyBytes = 32;
/** First byte of a relation over records (services/table/format/v1/relation.ts). */
const recordRelationVersion = 2;

/** @param secret what opens it, 32 bytes. @throws ProofRefused */
export function openAtom(item: PresentItem, secret: Uint8Array | undefined, found: OpenedAtoms): void {
  const { domain, slot, incarnation, revision } = item;
  const atom = readAtomContent(item.content);
  const purpose = purposeOf(item, atom);
  const id = new Uint8Array([...domain, ...slot, ...incarnation]);
  if (purpose === Purpose.chunk) {
    if (secret !== undefined) throw new ProofRefused('an older chunk has a secret');
    found.chunks.push({ id, kind: 'opaque', chunk: atom.chunks[0] });
    return;
  }
  if (secret === undefined) throw new ProofRefused('a sealed atom has no secret that opens it');
  const opened = openDisclosedRecord(secret, purpose, { domain, slot, incarnation }, atom.payload);
  if (!opened.ok) throw new ProofRefused(opened.reason);
  if (purpose === Purpose.record) {
    const { chunks } = atom;
    found.records.push({ ...readRecord(opened.value), domain, slot, incarnation, revision, chunks });
  } else if (purpose === Purpose.relation) {
    const { members } = atom;
    if (opened.value[0] === recordRelationVersion) {
      const content = readRecord(opened.value.subarray(1));
      found.relations.push({ ...content, domain, slot, revision, members });
    } else found.relations.push({ ...readRelation(opened.value), domain, slot, members });
  } else found.chunks.push({ id, ...readChunk(opened.value, atom.chunks) });
}

/** The first byte of what is sealed says what it is; the atom around it must be of that kind. */
function purposeOf({ kind }: PresentItem, { payload, chunks, members }: ProvenAtom): Purpose {
  const purpose = payload[0];
  switch (purpose) {
    case Purpose.relation:
      if (kind === 'hyperedge' && chunks.length === 0) return purpose;
      break;
    case Purpose.record:
      if (kind === 'vertex' && members.length === 0) return purpose;
      break;
    case Purpose.chunk:
    case Purpose.chunkKey:
      if (kind === 'vertex' && members.length === 0 && chunks.length <= 1) return purpose;
      break;
  }
  throw new ProofRefused('an atom is neither a record nor a part of large data');
}

function readRelation(plaintext: Uint8Array): { readonly length: number; readonly chunkBytes: number } {
  const input = new FieldReader(plaintext);
  if (input.u8('a relation') !== 1) throw new ProofRefused('unknown version of a relation');
  const length = input.u64('the length of a blob');
  const chunkBytes = input.u32('the size of chunks');
  input.end('a relation');
  return { length, chunkBytes };
}

function readChunk(plaintext: Uint8Array, [chunk]: readonly ProvenChunk[]): ChunkState {
  const input = new FieldReader(plaintext);
  const how = input.u8('a chunk');
  if (how > 1) throw new ProofRefused('unknown kind of a chunk');
  if ((how === 0) !== (chunk !== undefined)) {
    throw new ProofRefused('the vertex of a chunk holds a chunk too many or too few');
  }
  if (chunk === undefined) return { kind: 'inline', plain: input.bytes(input.left, 'a chunk') };
  const key = input.bytes(dataKeyBytes, 'the key of a chunk');
  const plainLength = input.u32('the length of a chunk');
  input.end('a chunk');
  return { kind: 'sealed', key, plainLength, chunk };
}
