/**
 * Bodies of requests and replies, version 1. Atoms, transactions, configurations and certificates are written as the
 * hypergraph writes them. Whatever does not decode is `malformed` and ends the connection.
 */
import type {
  AppliedBatch,
  Atom,
  ChunkRef,
  CommitResult,
  DomainConfig,
  DomainUsage,
  LeaseOptions,
  NodeErrorCode,
  Outcome,
  Position,
  ProofItem,
  ProofRequest,
  ReadOptions,
  Slot,
  SlotKey,
} from '../../api/index.ts';
import { NodeError, nodeLimits, Tag } from '../../api/index.ts';
import {
  ByteReader,
  ByteWriter,
  configBytes,
  decodeAtom,
  decodeCertificate,
  decodeLogRecord,
  decodeTransaction,
  encodeAtom,
  encodeCertificate,
  encodeLogRecord,
  encodeTransaction,
  exact,
  kindOf,
  malformed,
  outcomeOf,
  readConfig,
  refusalCodes,
  revisionStep,
  sizes,
  writeConfig,
} from '../../hypergraph/index.ts';
import { remoteLimits } from '../limits.ts';

export const method = {
  stage: 1,
  fetch: 2,
  commit: 3,
  outcome: 4,
  read: 5,
  position: 6,
  domain: 7,
  follow: 8,
  scan: 9,
  lease: 10,
  leaseLeft: 11,
  leaseRelease: 12,
  leaseAbandon: 13,
  prove: 14,
  job: 15,
  commitWithBatch: 16,
} as const;

const errorCodes: readonly NodeErrorCode[] = [
  'aborted',
  'chunk-too-large',
  'chunk-unknown',
  'closed',
  'compacted',
  'corrupt',
  'malformed',
  'not-supported',
  'overloaded',
  'storage-full',
];

/** Reads all of a body with one function. */
function whole<Value>(body: Uint8Array, what: string, read: (reader: ByteReader) => Value): Value {
  const reader = new ByteReader(body);
  const value = read(reader);
  reader.end(what);
  return value;
}

export function encodeError(error: unknown): Buffer {
  const known = error instanceof NodeError;
  const code = known ? error.code : 'closed';
  const message = Buffer.from(known ? error.message : 'the node failed inside; its log says more');
  const cut = message.subarray(0, remoteLimits.errorMessageBytesMax);
  return Buffer.concat([Buffer.of(errorCodes.indexOf(code)), cut]);
}

export function decodeError(body: Buffer): NodeError {
  const code = errorCodes[body[0] ?? -1];
  if (code === undefined) throw malformed('unknown error code');
  return new NodeError(code, body.subarray(1).toString('utf8'));
}

const proofItemBytes = sizes.domain + sizes.slot + 1;

export function encodeProofRequest({ items, delay }: ProofRequest): Buffer {
  if (items.length < 1 || items.length > nodeLimits.proofItemsMax)
    throw malformed(`a proof has 1 to ${nodeLimits.proofItemsMax} items`);
  const writer = new ByteWriter(1 + 2 + items.length * proofItemBytes);
  writer.u8(delay === true ? 1 : 0).u16(items.length);
  for (const { domain, slot, kind } of items) {
    exact(domain, sizes.domain, 'app address');
    exact(slot, sizes.slot, 'slot');
    writer
      .bytes(domain)
      .bytes(slot)
      .u8(kind === 'vertex' ? 0 : 1);
  }
  return writer.done();
}

export function decodeProofRequest(body: Uint8Array): ProofRequest {
  return whole(body, 'proof request', (reader) => {
    const delay = reader.u8();
    if (delay > 1) throw malformed('unknown flags of a proof request');
    const count = reader.count16(nodeLimits.proofItemsMax, 'items');
    if (count < 1 || count * proofItemBytes > reader.left) throw malformed('the items of a proof request');
    const items: ProofItem[] = [];
    for (let index = 0; index < count; index++) {
      const domain = Buffer.from(reader.bytes(sizes.domain));
      const slot = Buffer.from(reader.bytes(sizes.slot));
      items.push({ domain, slot, kind: kindOf(reader.u8()) });
    }
    return { items, delay: delay === 1 };
  });
}

export function encodeNumber(value: number): Buffer {
  return new ByteWriter(8).u64(value).done();
}

export function decodeNumber(body: Uint8Array): number {
  return whole(body, 'number', (reader) => reader.u64());
}

export function encodeChunk(chunk: ChunkRef): Buffer {
  return new ByteWriter(sizes.chunkRef).bytes(chunk.hash).u32(chunk.length).done();
}

function readChunk(reader: ByteReader): ChunkRef {
  const hash = reader.tagged(Tag.sha256, sizes.taggedHash, 'chunk hash');
  const length = reader.u32();
  if (length < 1 || length > nodeLimits.chunkBytesMax) throw malformed('chunk length is outside its limits');
  return { hash, length };
}

export function decodeChunk(body: Uint8Array): ChunkRef {
  return whole(body, 'chunk', readChunk);
}

export interface FetchRequest {
  readonly chunk: ChunkRef;
  readonly offset: number;
  readonly length: number;
}

export function encodeFetch({ chunk, offset, length }: FetchRequest): Buffer {
  const writer = new ByteWriter(sizes.chunkRef + 8).bytes(chunk.hash).u32(chunk.length);
  return writer.u32(offset).u32(length).done();
}

export function decodeFetch(body: Uint8Array): FetchRequest {
  return whole(body, 'fetch', (reader) => ({
    chunk: readChunk(reader),
    offset: reader.u32(),
    length: reader.u32(),
  }));
}

export function encodeResult({ position, outcome, certificate }: CommitResult): Buffer {
  const tail = encodeCertificate(certificate);
  const writer = new ByteWriter(8 + outcomeBytes + tail.length).u64(position);
  writeOutcome(writer, position, outcome);
  return writer.bytes(tail).done();
}

export function decodeResult(body: Uint8Array): CommitResult {
  const reader = new ByteReader(body);
  const position = reader.u64();
  const outcome = readOutcome(reader, position);
  return { position, outcome, certificate: decodeCertificate(reader.bytes(reader.left)) };
}

/**
 * u64 position ‖ outcome ‖ u8: 1 and the batch is there ‖ u16 index of the transaction in it ‖ log record
 *                          ‖     0 and it is not        ‖ certificate
 */
export function encodeBatchResult({
  position,
  outcome,
  certificate,
  batch,
  indexInBatch,
}: CommitResult): Buffer {
  const there = batch !== undefined && indexInBatch !== undefined;
  const tail = there ? encodeLogRecord({ certificate, batch }) : encodeCertificate(certificate);
  const writer = new ByteWriter(8 + outcomeBytes + 1 + (there ? 2 : 0) + tail.length).u64(position);
  writeOutcome(writer, position, outcome);
  writer.u8(there ? 1 : 0);
  if (there) writer.u16(indexInBatch);
  return writer.bytes(tail).done();
}

export function decodeBatchResult(body: Uint8Array): CommitResult {
  const reader = new ByteReader(body);
  const position = reader.u64();
  const outcome = readOutcome(reader, position);
  const there = reader.u8();
  if (there > 1) throw malformed('unknown flags of a result');
  if (there === 0) return { position, outcome, certificate: decodeCertificate(reader.bytes(reader.left)) };
  const indexInBatch = reader.u16();
  if (indexInBatch >= revisionStep) throw malformed('index in a batch');
  return { position, outcome, ...decodeLogRecord(reader.bytes(reader.left)), indexInBatch };
}

const outcomeBytes = 2 + 1 + 2;

/** u16 index in the batch ‖ u8 refusal code ‖ u16 failed index + 1. A refusal does not tell its index in the batch. */
function writeOutcome(writer: ByteWriter, position: Position, outcome: Outcome): void {
  if (outcome.status === 'applied')
    writer
      .u16(outcome.revision - position * revisionStep)
      .u8(0)
      .u16(0);
  else
    writer
      .u16(0)
      .u8(refusalCodes[outcome.reason])
      .u16(outcome.index + 1);
}

function readOutcome(reader: ByteReader, position: Position): Outcome {
  const index = reader.u16();
  const code = reader.u8();
  if (index >= revisionStep || (code !== 0 && index !== 0)) throw malformed('index of an outcome');
  return outcomeOf(position, index, code, reader.u16());
}

/** Empty when there is none. */
export function encodeOptional<Value>(value: Value | undefined, encode: (value: Value) => Buffer): Buffer {
  return value === undefined ? Buffer.alloc(0) : encode(value);
}

export function decodeOptional<Value>(body: Buffer, decode: (body: Buffer) => Value): Value | undefined {
  return body.length === 0 ? undefined : decode(body);
}

const slotKeyBytes = sizes.domain + sizes.slot;

/** Position 0 stands for the latest. */
export function encodeRead(slots: readonly SlotKey[], { at }: ReadOptions): Buffer {
  if (slots.length > nodeLimits.readSlotsMax) throw malformed(`${slots.length} slots are too many`);
  const writer = new ByteWriter(8 + 2 + slots.length * slotKeyBytes).u64(at === 'linearizable' ? 0 : at);
  writer.u16(slots.length);
  for (const { domain, slot } of slots) {
    if (domain.length !== sizes.domain || slot.length !== sizes.slot)
      throw malformed('a slot key has 32 and 24 bytes');
    writer.bytes(domain).bytes(slot);
  }
  return writer.done();
}

export function decodeRead(body: Uint8Array): { slots: SlotKey[]; options: ReadOptions } {
  return whole(body, 'read', (reader) => {
    const at = reader.u64();
    const count = reader.count16(nodeLimits.readSlotsMax, 'slots');
    if (count * slotKeyBytes !== reader.left) throw malformed('slots do not fill the request');
    const slots = Array.from({ length: count }, () => ({
      domain: reader.bytes(sizes.domain),
      slot: reader.bytes(sizes.slot),
    }));
    return { slots, options: { at: at === 0 ? 'linearizable' : at } };
  });
}

export const encodeOptionalAtom = (atom: Atom | undefined): Buffer => encodeOptional(atom, encodeAtom);
export const decodeOptionalAtom = (body: Buffer): Atom | undefined => decodeOptional(body, decodeAtom);

export type DomainReply = DomainConfig & { readonly usage: DomainUsage };

export function encodeDomainReply({ usage, ...config }: DomainReply): Buffer {
  const writer = new ByteWriter(16 + configBytes(config)).u64(usage.atoms).u64(usage.bytes);
  writeConfig(writer, config);
  return writer.done();
}

export function decodeDomainReply(body: Uint8Array): DomainReply {
  return whole(body, 'domain', (reader) => {
    const usage = { atoms: reader.u64(), bytes: reader.u64() };
    return { ...readConfig(reader), usage };
  });
}

export function encodeFollow(log: Uint8Array, from: Position): Buffer {
  if (log.length !== sizes.log) throw malformed('a log has 32 bytes');
  return new ByteWriter(sizes.log + 8).bytes(log).u64(from).done();
}

export function decodeFollow(body: Uint8Array): { log: Buffer; from: Position } {
  return whole(body, 'follow', (reader) => ({ log: reader.bytes(sizes.log), from: reader.u64() }));
}

/** Operations travel as transactions without window and expectations. */
export function encodeApplied({ position, transactions }: AppliedBatch): Buffer {
  const encoded = transactions.map(({ id, operations }) =>
    encodeTransaction({ id, validFrom: 0, validUntil: 0, expects: [], operations }),
  );
  const size = encoded.reduce((sum, bytes) => sum + outcomeBytes + 4 + bytes.length, 8 + 2);
  const writer = new ByteWriter(size).u64(position).u16(encoded.length);
  encoded.forEach((bytes, index) => {
    writeOutcome(writer, position, (transactions[index] as AppliedBatch['transactions'][number]).outcome);
    writer.u32(bytes.length).bytes(bytes);
  });
  return writer.done();
}

export function decodeApplied(body: Uint8Array): AppliedBatch {
  return whole(body, 'applied batch', (reader) => {
    const position = reader.u64();
    const count = reader.count16(nodeLimits.batchTransactionsMax, 'transactions');
    const transactions = Array.from({ length: count }, () => {
      const outcome = readOutcome(reader, position);
      const bytes = reader.bytes(reader.length32(nodeLimits.transactionBytesMax, 'transaction'));
      const { id, operations, validFrom, validUntil, fence, expects } = decodeTransaction(bytes);
      const bare = validFrom === 0 && validUntil === 0 && fence === undefined && expects.length === 0;
      if (!bare) throw malformed('an applied transaction carries conditions');
      return { id, outcome, operations };
    });
    return { position, transactions };
  });
}

export function encodeScanned({ slot, atom }: { readonly slot: Slot; readonly atom: Atom }): Buffer {
  return Buffer.concat([slot, encodeAtom(atom)]);
}

export function decodeScanned(body: Uint8Array): { slot: Slot; atom: Atom } {
  const reader = new ByteReader(body);
  const slot = reader.bytes(sizes.slot);
  return { slot, atom: decodeAtom(reader.bytes(reader.left)) };
}

export type LeaseRequest = Omit<LeaseOptions, 'signal'>;

export function encodeLeaseRequest({ domain, resource, holder, durationMs }: LeaseRequest): Buffer {
  const name = Buffer.from(resource, 'utf8');
  const fits =
    domain.length === sizes.domain &&
    resource.isWellFormed() &&
    name.length <= nodeLimits.resourceNameBytesMax &&
    holder.length <= nodeLimits.holderBytesMax &&
    Number.isSafeInteger(durationMs) &&
    durationMs >= 0;
  if (!fits) throw malformed('a lease request passes its limits');
  const writer = new ByteWriter(sizes.domain + 8 + 2 + name.length + 2 + holder.length).bytes(domain);
  return writer.u64(durationMs).u16(name.length).bytes(name).u16(holder.length).bytes(holder).done();
}

export function decodeLeaseRequest(body: Uint8Array): LeaseRequest {
  return whole(body, 'lease', (reader) => {
    const domain = reader.bytes(sizes.domain);
    const durationMs = reader.u64();
    const resource = reader.text(reader.count16(nodeLimits.resourceNameBytesMax, 'resource name'));
    const holder = reader.bytes(reader.count16(nodeLimits.holderBytesMax, 'holder'));
    return { domain, durationMs, resource, holder };
  });
}

/** Call of a lease ‖ nothing: which lease a later request is about. */
export function encodeCall(call: number): Buffer {
  return new ByteWriter(4).u32(call).done();
}

export function decodeCall(body: Uint8Array): number {
  return whole(body, 'call', (reader) => reader.u32());
}

export function encodeJob(kind: string, payload: Uint8Array): Buffer {
  const name = Buffer.from(kind, 'utf8');
  if (name.length > remoteLimits.jobKindBytesMax || payload.length > remoteLimits.jobPayloadBytesMax) {
    throw malformed('a job passes its limits');
  }
  return new ByteWriter(2 + name.length + payload.length).u16(name.length).bytes(name).bytes(payload).done();
}

export function decodeJob(body: Uint8Array): { kind: string; payload: Buffer } {
  return whole(body, 'job', (reader) => {
    const kind = reader.text(reader.count16(remoteLimits.jobKindBytesMax, 'kind of job'));
    return { kind, payload: reader.bytes(reader.left) };
  });
}
