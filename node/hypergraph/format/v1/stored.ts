/**
 * Values of the key-value store:
 *
 *   atom      u8 marker ‖ u8 kind (0 vertex, 1 hyperedge) ‖ u64 revision ‖ incarnation 8
 *             ‖ u8 n, n chunks (hash 33 ‖ u32 length) ‖ u16 n, n members of 64 ‖ u32 length, payload
 *   domain    u8 marker ‖ u8 state (0 closed, 1 open) ‖ u64 revision ‖ [configuration, when open]
 *   usage     u8 marker ‖ u64 atoms ‖ u64 bytes ‖ u64 remembered removals
 *   lease     u8 marker ‖ u64 revision ‖ u64 term ‖ u64 duration ‖ u16 length, holder ‖ u16 length, resource
 *   removal   u8 marker ‖ u8 kind ‖ u64 revision of the add ‖ u64 revision of the removal ‖ data hash 33
 *   chunk     u8 marker ‖ u64 references ‖ u32 length
 */
import type { Atom, AtomKind, DomainConfig, DomainUsage, Revision, TaggedHash } from '../../../api/index.ts';
import { nodeLimits, Tag } from '../../../api/index.ts';
import { asBuffer, ByteReader, ByteWriter, malformed, readU64 } from './bytes.ts';
import { configBytes, readChunks, readConfig, readMembers, writeChunks, writeConfig } from './fields.ts';
import { marker, sizes } from './layout.ts';

const kinds: readonly AtomKind[] = ['vertex', 'hyperedge'];
const revisionAt = 2;
const incarnationAt = revisionAt + 8;
const contentAt = incarnationAt + sizes.incarnation;

export function encodeAtom(atom: Atom): Buffer {
  const { chunks, members, payload } = atom;
  const size =
    contentAt + 1 + chunks.length * sizes.chunkRef + 2 + members.length * sizes.atomId + 4 + payload.length;
  const writer = new ByteWriter(size).u8(marker.atom).u8(atom.kind === 'vertex' ? 0 : 1);
  writer.u64(atom.revision).bytes(atom.incarnation);
  writeChunks(writer, chunks);
  writer.u16(members.length);
  for (const member of members) writer.bytes(member);
  return writer.u32(payload.length).bytes(payload).done();
}

/** Views into `value`. @throws NodeError `malformed` */
export function decodeAtom(value: Uint8Array): Atom {
  const reader = new ByteReader(value);
  reader.marker(marker.atom, 'atom');
  const kind = kindOf(reader.u8());
  const revision = reader.u64();
  const incarnation = reader.bytes(sizes.incarnation);
  const chunks = readChunks(reader);
  const members = readMembers(reader);
  if (kind === 'vertex' && members.length > 0) throw malformed('a vertex has members');
  if (kind === 'hyperedge' && chunks.length > 0) throw malformed('a hyperedge has chunks');
  const payload = reader.bytes(reader.length32(nodeLimits.payloadBytesMax, 'payload'));
  reader.end('atom');
  return { kind, incarnation, revision, payload, chunks, members };
}

/** Revision of a stored atom without decoding the rest. */
export function atomRevision(value: Uint8Array): Revision {
  if (value[0] !== marker.atom) throw malformed('atom has another version marker');
  return readU64(asBuffer(value), revisionAt);
}

/** What names a stored atom and its last write, without decoding its content. */
export function storedAtomId(value: Uint8Array): Pick<Atom, 'kind' | 'incarnation' | 'revision'> {
  const revision = atomRevision(value);
  const kind = kindOf(value[1] as number);
  return { kind, incarnation: value.subarray(incarnationAt, contentAt), revision };
}

/** The part of a stored atom that its data hash covers: everything behind revision and incarnation. */
export function atomContent(value: Uint8Array): Uint8Array {
  return value.subarray(contentAt);
}

export function kindOf(code: number): AtomKind {
  const kind = kinds[code];
  if (kind === undefined) throw malformed('unknown kind of atom');
  return kind;
}

export type StoredDomain =
  | { readonly state: 'closed'; readonly revision: Revision }
  | { readonly state: 'open'; readonly revision: Revision; readonly config: DomainConfig };

export function encodeDomain(domain: StoredDomain): Buffer {
  const open = domain.state === 'open';
  const writer = new ByteWriter(1 + 1 + 8 + (open ? configBytes(domain.config) : 0));
  writer
    .u8(marker.domain)
    .u8(open ? 1 : 0)
    .u64(domain.revision);
  if (open) writeConfig(writer, domain.config);
  return writer.done();
}

/** @throws NodeError `malformed` */
export function decodeDomain(value: Uint8Array): StoredDomain {
  const reader = new ByteReader(value);
  reader.marker(marker.domain, 'domain');
  const state = reader.u8();
  if (state > 1) throw malformed('unknown state of a domain');
  const revision = reader.u64();
  const domain: StoredDomain =
    state === 0 ? { state: 'closed', revision } : { state: 'open', revision, config: readConfig(reader) };
  reader.end('domain');
  return domain;
}

export interface StoredUsage extends DomainUsage {
  /** Removed atoms whose incarnations must not return yet. */
  readonly removals: number;
}

export function encodeUsage(usage: StoredUsage): Buffer {
  const writer = new ByteWriter(1 + 24).u8(marker.usage);
  return writer.u64(usage.atoms).u64(usage.bytes).u64(usage.removals).done();
}

/** @throws NodeError `malformed` */
export function decodeUsage(value: Uint8Array): StoredUsage {
  const reader = new ByteReader(value);
  reader.marker(marker.usage, 'usage');
  const usage = { atoms: reader.u64(), bytes: reader.u64(), removals: reader.u64() };
  reader.end('usage');
  return usage;
}

export interface StoredLease {
  /** Of the last renewal. */
  readonly revision: Revision;
  readonly term: number;
  /** 0: released. */
  readonly durationMs: number;
  readonly holder: Uint8Array;
  readonly resource: string;
}

export function encodeLease(lease: StoredLease): Buffer {
  const resource = Buffer.from(lease.resource, 'utf8');
  const writer = new ByteWriter(1 + 24 + 2 + lease.holder.length + 2 + resource.length).u8(marker.lease);
  writer.u64(lease.revision).u64(lease.term).u64(lease.durationMs);
  writer.u16(lease.holder.length).bytes(lease.holder);
  return writer.u16(resource.length).bytes(resource).done();
}

/** @throws NodeError `malformed` */
export function decodeLease(value: Uint8Array): StoredLease {
  const reader = new ByteReader(value);
  reader.marker(marker.lease, 'lease');
  const revision = reader.u64();
  const term = reader.u64();
  const durationMs = reader.u64();
  const holder = reader.bytes(reader.count16(nodeLimits.holderBytesMax, 'holder'));
  const resource = reader.text(reader.count16(nodeLimits.resourceNameBytesMax, 'resource name'));
  reader.end('lease');
  return { revision, term, durationMs, holder, resource };
}

export interface StoredRemoval {
  readonly kind: AtomKind;
  readonly addRevision: Revision;
  readonly removeRevision: Revision;
  /** Of the atom as it was when it was removed. */
  readonly dataHash: TaggedHash;
}

export function encodeRemoval(removal: StoredRemoval): Buffer {
  const writer = new ByteWriter(2 + 16 + sizes.taggedHash).u8(marker.removal);
  writer.u8(removal.kind === 'vertex' ? 0 : 1);
  return writer.u64(removal.addRevision).u64(removal.removeRevision).bytes(removal.dataHash).done();
}

/** @throws NodeError `malformed` */
export function decodeRemoval(value: Uint8Array): StoredRemoval {
  const reader = new ByteReader(value);
  reader.marker(marker.removal, 'removal');
  const kind = kindOf(reader.u8());
  const addRevision = reader.u64();
  const removeRevision = reader.u64();
  const dataHash = reader.tagged(Tag.sha256, sizes.taggedHash, 'data hash');
  reader.end('removal');
  return { kind, addRevision, removeRevision, dataHash };
}

export interface StoredChunkCount {
  readonly references: number;
  readonly length: number;
}

export function encodeChunkCount(count: StoredChunkCount): Buffer {
  return new ByteWriter(1 + 8 + 4).u8(marker.chunkCount).u64(count.references).u32(count.length).done();
}

/** @throws NodeError `malformed` */
export function decodeChunkCount(value: Uint8Array): StoredChunkCount {
  const reader = new ByteReader(value);
  reader.marker(marker.chunkCount, 'chunk count');
  const count = { references: reader.u64(), length: reader.u32() };
  reader.end('chunk count');
  return count;
}
