/** Fields that several encodings share: configurations, chunk references, members, names, and the checks of sizes. */
import type { ChunkRef, DomainConfig } from '../../../api/index.ts';
import { nodeLimits, Tag } from '../../../api/index.ts';
import { type ByteReader, type ByteWriter, malformed } from './bytes.ts';
import { sizes } from './layout.ts';

export function configBytes(config: DomainConfig): number {
  tagged(config.ownerKey, Tag.ed25519PublicKey, 'owner key');
  tagged(config.readKey, Tag.ristretto255Point, 'read key');
  atMost(config.writerKeys.length, nodeLimits.writerKeysMax, 'writer keys');
  for (const key of config.writerKeys) tagged(key, Tag.ed25519PublicKey, 'writer key');
  atMost(config.payload.length, nodeLimits.payloadBytesMax, 'payload');
  return sizes.taggedKey * (2 + config.writerKeys.length) + 1 + 4 + config.payload.length;
}

export function writeConfig(writer: ByteWriter, config: DomainConfig): void {
  writer.bytes(config.ownerKey).u8(config.writerKeys.length);
  for (const key of config.writerKeys) writer.bytes(key);
  writer.bytes(config.readKey).u32(config.payload.length).bytes(config.payload);
}

export function readConfig(reader: ByteReader): DomainConfig {
  const ownerKey = reader.tagged(Tag.ed25519PublicKey, sizes.taggedKey, 'owner key');
  const count = reader.u8();
  atMost(count, nodeLimits.writerKeysMax, 'writer keys');
  const writerKeys: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    writerKeys.push(reader.tagged(Tag.ed25519PublicKey, sizes.taggedKey, 'writer key'));
  }
  const readKey = reader.tagged(Tag.ristretto255Point, sizes.taggedKey, 'read key');
  const payload = reader.bytes(reader.length32(nodeLimits.payloadBytesMax, 'payload'));
  return { ownerKey, writerKeys, readKey, payload };
}

export function writeChunks(writer: ByteWriter, chunks: readonly ChunkRef[]): void {
  writer.u8(chunks.length);
  for (const chunk of chunks) writer.bytes(chunk.hash).u32(chunk.length);
}

const noChunks: readonly ChunkRef[] = Object.freeze([]);

export function readChunks(reader: ByteReader): readonly ChunkRef[] {
  const count = reader.u8();
  if (count === 0) return noChunks;
  atMost(count, nodeLimits.chunksPerVertexMax, 'chunks');
  const chunks: ChunkRef[] = [];
  for (let index = 0; index < count; index++) {
    const hash = reader.tagged(Tag.sha256, sizes.taggedHash, 'chunk hash');
    const length = reader.u32();
    if (length < 1 || length > nodeLimits.chunkBytesMax)
      throw malformed('chunk length is outside its limits');
    chunks.push({ hash, length });
  }
  return chunks;
}

export function readMembers(reader: ByteReader): readonly Buffer[] {
  const count = reader.count16(nodeLimits.hyperedgeMembersMax, 'members');
  if (count * sizes.atomId > reader.left) throw malformed('bytes end inside the members');
  const members: Buffer[] = [];
  for (let index = 0; index < count; index++) members.push(reader.bytes(sizes.atomId));
  return members;
}

export function readResource(reader: ByteReader): string {
  const length = reader.count16(nodeLimits.resourceNameBytesMax, 'resource name');
  if (length === 0) throw malformed('resource name is empty');
  return reader.text(length);
}

export function writeText(writer: ByteWriter, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  writer.u16(bytes.length).bytes(bytes);
}

export function measureAtom(atom: { readonly slot: Uint8Array; readonly incarnation: Uint8Array }): void {
  exact(atom.slot, sizes.slot, 'slot');
  exact(atom.incarnation, sizes.incarnation, 'incarnation');
}

export function checkChunk(chunk: ChunkRef): void {
  tagged(chunk.hash, Tag.sha256, 'chunk hash');
  if (!Number.isInteger(chunk.length) || chunk.length < 1 || chunk.length > nodeLimits.chunkBytesMax) {
    throw malformed('chunk length is outside its limits');
  }
}

export function resourceBytes(resource: string): number {
  if (!resource.isWellFormed()) throw malformed('resource name is not well-formed text');
  const length = Buffer.byteLength(resource, 'utf8');
  if (length === 0) throw malformed('resource name is empty');
  atMost(length, nodeLimits.resourceNameBytesMax, 'resource name');
  return length;
}

export function tagged(value: Uint8Array, tag: number, what: string): void {
  exact(value, sizes.taggedKey, what);
  if (value[0] !== tag) throw malformed(`${what} has another type tag`);
}

export function exact(value: Uint8Array, length: number, what: string): void {
  if (value.length !== length) throw malformed(`${what} has ${value.length} bytes, not ${length}`);
}

export function atMost(value: number, max: number, what: string): void {
  if (value > max) throw malformed(`${what}: ${value} is more than ${max}`);
}

export function safe(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 0) throw malformed(`${what} is not a safe integer`);
}
