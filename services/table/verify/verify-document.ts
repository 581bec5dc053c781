/**
 * Checks a proof document: the node's proof against the trust root, then what opens the sealed atoms, and for each record
 * that is said to be absent that its key leads to the slot that is empty. Every item and every field takes part: what is
 * not used is refused. Runs in browsers.
 */
import {
  decodeDomainPayload,
  openDisclosedRecord,
  Purpose,
  slotOf,
  verifyAddressDisclosure,
} from '@hypergate/node/crypto/disclosure';
import {
  FieldReader,
  ProofRefused,
  type ProvenChunk,
  readAtomContent,
  readConfigContent,
  sameBytes,
  slotUse,
  type VerifiedFrame,
  type VerifiedItem,
  type Verifier,
} from '@hypergate/node/verifier';
import { type AbsenceClaim, type AddressClaim, decodeDocument, type ProofDocument } from './document.ts';
import { addressInput, type DisclosedRecord, readRecord } from './record.ts';

export interface VerifiedRecord extends DisclosedRecord {
  readonly domain: Uint8Array;
  readonly revision: number;
  /** Held by the record itself. */
  readonly chunks: readonly ProvenChunk[];
}

/** The hyperedge that orders the chunks of a blob. */
export interface VerifiedRelation {
  readonly domain: Uint8Array;
  readonly slot: Uint8Array;
  readonly length: number;
  readonly chunkBytes: number;
  /** Ids of its chunk vertices, in order. */
  readonly members: readonly Uint8Array[];
}

export type VerifiedChunk = {
  /** Of its vertex: domain ‖ slot ‖ incarnation. */
  readonly id: Uint8Array;
} & (
  | {
      readonly kind: 'sealed';
      readonly key: Uint8Array;
      readonly plainLength: number;
      readonly chunk: ProvenChunk;
    }
  | { readonly kind: 'inline'; readonly plain: Uint8Array }
  /** Written before chunks had keys of their own: its ciphertext alone is proven. */
  | { readonly kind: 'opaque'; readonly chunk: ProvenChunk | undefined }
);

/** The address function of one table of a domain. */
export interface VerifiedAddress {
  readonly domain: Uint8Array;
  readonly table: string;
  slotOf(input: Uint8Array): Uint8Array;
}

export interface VerifiedAbsence {
  readonly domain: Uint8Array;
  readonly table: string;
  readonly partition: Uint8Array;
  readonly sort: Uint8Array;
}

export interface VerifiedDocument {
  readonly subject: string;
  readonly frame: VerifiedFrame;
  readonly records: readonly VerifiedRecord[];
  readonly relations: readonly VerifiedRelation[];
  readonly chunks: readonly VerifiedChunk[];
  readonly absences: readonly VerifiedAbsence[];
  readonly addresses: readonly VerifiedAddress[];
}

type Present = VerifiedItem & { readonly state: 'present' };

/** @param trustRoot 32 bytes. @throws ProofRefused with the reason */
export function verifyDocument(text: string, trustRoot: Uint8Array, verifier: Verifier): VerifiedDocument {
  const document = decodeDocument(text);
  const { frame, items } = verifier.verify(document.proof, trustRoot);
  if (document.frame !== frame.number)
    throw new ProofRefused('the document names another frame than it proves');
  if (document.time !== new Date(frame.timeMs).toISOString()) {
    throw new ProofRefused('the document names another time than it proves');
  }
  if (document.secrets.length !== items.length)
    throw new ProofRefused('the document has a secret too many or too few');
  const found = {
    records: [] as VerifiedRecord[],
    relations: [] as VerifiedRelation[],
    chunks: [] as VerifiedChunk[],
  };
  for (const [index, item] of items.entries()) {
    const secret = document.secrets[index];
    if (item.state === 'present' && slotUse(item.slot) === 'atom') openAtom(item, secret, found);
    else if (secret !== undefined)
      throw new ProofRefused(`item ${index} has a secret and nothing that it opens`);
  }
  const addresses = document.addresses.map((claim) => checkAddress(claim, items));
  const absences = checkAbsences(document, items, addresses);
  return { subject: document.subject, frame, ...found, absences, addresses };
}

function openAtom(
  item: Present,
  secret: Uint8Array | undefined,
  found: { records: VerifiedRecord[]; relations: VerifiedRelation[]; chunks: VerifiedChunk[] },
): void {
  const { domain, slot, incarnation, revision, kind } = item;
  const { payload, chunks, members } = readAtomContent(item.content);
  const purpose = payload[0];
  const isKnown =
    kind === 'hyperedge'
      ? purpose === Purpose.relation
      : purpose === Purpose.record || purpose === Purpose.chunkKey || purpose === Purpose.chunk;
  if (!isKnown) throw new ProofRefused('an atom has no purpose that is known');
  const id = new Uint8Array([...domain, ...slot, ...incarnation]);
  if (purpose === Purpose.chunk) {
    if (secret !== undefined) throw new ProofRefused('an older chunk has a secret');
    found.chunks.push({ id, kind: 'opaque', chunk: chunks[0] });
    return;
  }
  if (secret === undefined) throw new ProofRefused('a sealed atom has no secret that opens it');
  const opened = openDisclosedRecord(secret, purpose as Purpose, { domain, slot, incarnation }, payload);
  if (!opened.ok) throw new ProofRefused(opened.reason);
  if (purpose === Purpose.record) {
    found.records.push({ ...readRecord(opened.value), domain, revision, chunks });
  } else if (purpose === Purpose.relation) {
    found.relations.push({ ...readRelation(opened.value), domain, slot, members });
  } else found.chunks.push({ id, ...readChunk(opened.value, chunks) });
}

function readRelation(plaintext: Uint8Array): { readonly length: number; readonly chunkBytes: number } {
  const input = new FieldReader(plaintext);
  if (input.u8('a relation') !== 1) throw new ProofRefused('unknown version of a relation');
  const length = input.u64('the length of a blob');
  const chunkBytes = input.u32('the size of chunks');
  input.end('a relation');
  return { length, chunkBytes };
}

function readChunk(
  plaintext: Uint8Array,
  chunks: readonly ProvenChunk[],
):
  | { readonly kind: 'inline'; readonly plain: Uint8Array }
  | {
      readonly kind: 'sealed';
      readonly key: Uint8Array;
      readonly plainLength: number;
      readonly chunk: ProvenChunk;
    } {
  const input = new FieldReader(plaintext);
  const how = input.u8('a chunk');
  if (how === 1) return { kind: 'inline', plain: input.bytes(input.left, 'a chunk') };
  if (how !== 0) throw new ProofRefused('unknown kind of a chunk');
  const [chunk] = chunks;
  if (chunk === undefined || chunks.length !== 1) throw new ProofRefused('a chunk vertex holds one chunk');
  const key = input.bytes(32, 'the key of a chunk');
  const plainLength = input.u32('the length of a chunk');
  input.end('a chunk');
  return { kind: 'sealed', key, plainLength, chunk };
}

function checkAddress(
  { domain, table, disclosure }: AddressClaim,
  items: readonly VerifiedItem[],
): VerifiedAddress {
  const key = verifyAddressDisclosure(addressCommitment(domain, items), domain, table, disclosure);
  if (!key.ok) throw new ProofRefused(key.reason);
  return { domain, table, slotOf: (input) => slotOf(key.value, input) };
}

/** @throws ProofRefused when the document does not disclose it */
export function addressOf(
  addresses: readonly VerifiedAddress[],
  domain: Uint8Array,
  table: string,
): VerifiedAddress {
  const found = addresses.filter((address) => address.table === table && sameBytes(address.domain, domain));
  if (found.length !== 1) throw new ProofRefused('the address key of a table is not disclosed, or twice');
  return found[0] as VerifiedAddress;
}

function checkAbsences(
  { absences }: ProofDocument,
  items: readonly VerifiedItem[],
  addresses: readonly VerifiedAddress[],
): VerifiedAbsence[] {
  const claimed = new Set(absences.map(({ item }) => item));
  if (claimed.size !== absences.length) throw new ProofRefused('an item is said to be absent twice');
  for (const [index, { state }] of items.entries()) {
    if ((state === 'absent') !== claimed.has(index)) {
      throw new ProofRefused(`item ${index} is ${state}, which is not what the document says`);
    }
  }
  return absences.map((absence) => checkAbsence(absence, items, addresses));
}

function checkAbsence(
  claim: AbsenceClaim,
  items: readonly VerifiedItem[],
  addresses: readonly VerifiedAddress[],
): VerifiedAbsence {
  const { table, partition, sort } = claim;
  const item = items[claim.item];
  if (item === undefined) throw new ProofRefused('an absence names no item');
  const { domain } = item;
  const address = addressOf(addresses, domain, table);
  if (!sameBytes(address.slotOf(addressInput(partition, sort)), item.slot)) {
    throw new ProofRefused('the slot that is empty is not that of the key');
  }
  return { domain, table, partition, sort };
}

/** From the configuration of the domain, which must be among the items. */
function addressCommitment(domain: Uint8Array, items: readonly VerifiedItem[]): Uint8Array {
  for (const item of items) {
    if (item.state !== 'present' || slotUse(item.slot) !== 'config' || !sameBytes(item.domain, domain))
      continue;
    const config = readConfigContent(item.content);
    if (config.state === 'closed') throw new ProofRefused('the domain is closed');
    const payload = decodeDomainPayload(config.payload);
    if (payload === undefined) throw new ProofRefused('unknown version of a configuration');
    return payload.addressCommitment;
  }
  throw new ProofRefused('the configuration of the domain is not proven');
}
