/** Messages of the setup of pseudo-random sharing. */
import { createHash } from 'node:crypto';
import type { Bytes } from '../../../api/index.ts';
import { type MessageReader, MessageWriter } from '../codec.ts';
import { thresholdLimits } from '../limits.ts';
import type { PrssName } from './keys.ts';
import { prssLimits } from './limits.ts';

const signatureBytesMax = 128;

/** 32 bytes for each set of one custodian, in the order of `subsetsOf`, and its signature: commitments, or hashes of keys. */
export interface SignedHashes {
  readonly from: number;
  readonly hashes: readonly Bytes[];
  readonly signature: Bytes;
}

export interface SealedPart {
  /** Its receiver in what a contributor answers, its contributor in what a receiver is asked. */
  readonly peer: number;
  readonly sealed: Bytes;
}

export interface SetupRequest {
  readonly epoch: number;
  /** 32 random bytes of the coordinator. */
  readonly session: Bytes;
}

export function writeName(writer: MessageWriter, { epoch, id }: PrssName): MessageWriter {
  return writer.u32(epoch).bytes(id);
}

export function readName(reader: MessageReader): PrssName {
  const epoch = reader.u32('the epoch');
  return { epoch, id: reader.bytes(prssLimits.labelBytes, 'the name of the keys') };
}

export function writeSetup(writer: MessageWriter, { epoch, session }: SetupRequest): MessageWriter {
  return writer.u32(epoch).bytes(session);
}

export function readSetup(reader: MessageReader): SetupRequest {
  const epoch = reader.u32('the epoch');
  return { epoch, session: reader.bytes(prssLimits.labelBytes, 'the session') };
}

export function writeHashes(writer: MessageWriter, { from, hashes, signature }: SignedHashes): void {
  writer.u16(from).list(hashes, (hash) => void writer.bytes(hash));
  writer.field(signature);
}

export function readHashes(reader: MessageReader): SignedHashes {
  const from = reader.u16('a custodian');
  const hashes = reader.list(prssLimits.subsetsMax, 'hashes', () => reader.bytes(32, 'a hash'));
  return { from, hashes, signature: reader.field(signatureBytesMax, 'a signature') };
}

export function readManyHashes(reader: MessageReader): SignedHashes[] {
  return reader.list(thresholdLimits.custodiansMax, 'statements', () => readHashes(reader));
}

export function writeSealed(writer: MessageWriter, { peer, sealed }: SealedPart): void {
  writer.u16(peer).field(sealed);
}

export function readSealed(reader: MessageReader): SealedPart[] {
  return reader.list(thresholdLimits.custodiansMax, 'sealed parts', () => ({
    peer: reader.u16('a custodian'),
    sealed: reader.field(prssLimits.sealedBytesMax, 'a sealed part'),
  }));
}

/** What a custodian signs about its sets. @param subject session and epoch of a setup, or name of the keys it made */
export function hashesStatement(subject: Bytes, from: number, hashes: readonly Bytes[]): Uint8Array {
  const writer = new MessageWriter().field(subject).u16(from);
  return writer.list(hashes, (hash) => void writer.bytes(hash)).done();
}

/** Name of the keys that contributions with these commitments make. */
export function setupId(request: SetupRequest, commitments: readonly SignedHashes[]): Bytes {
  const writer = new MessageWriter().text('hypergate/prss/setup/v1\0');
  writeSetup(writer, request).list(commitments, (one) => writeHashes(writer, one));
  return Uint8Array.from(createHash('sha256').update(writer.done()).digest());
}
