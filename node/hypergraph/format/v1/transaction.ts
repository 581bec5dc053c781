/**
 * A transaction as bytes:
 *
 *   u8 marker ‖ id 16 ‖ u64 validFrom ‖ u64 validUntil ‖ u8 flags (1: fence)
 *   ‖ u16 n, n domains of 32, distinct, in order of first use below
 *   ‖ [fence: u16 domain ‖ u16 length, resource ‖ u64 term]
 *   ‖ u16 n, n expectations (u16 domain ‖ slot 24 ‖ u64 revision)
 *   ‖ u16 n, n operations (u8 code ‖ u16 domain ‖ what the code asks for)
 *
 * Domains stand once because most transactions name one domain many times. The encoding is canonical: decode refuses
 * whatever encode would not produce, so bytes and meaning are one and a hash of the bytes is a hash of the transaction.
 */
import type { Expectation, Fence, Operation, Transaction } from '../../../api/index.ts';
import { nodeLimits } from '../../../api/index.ts';
import { asBuffer, ByteReader, ByteWriter, malformed } from './bytes.ts';
import {
  atMost,
  checkChunk,
  configBytes,
  exact,
  measureAtom,
  readChunks,
  readConfig,
  readMembers,
  readResource,
  resourceBytes,
  safe,
  writeChunks,
  writeConfig,
  writeText,
} from './fields.ts';
import { marker, operationCode, sizes } from './layout.ts';

const flagFence = 1;
const headBytes = 1 + sizes.id + 8 + 8 + 1 + 2;
const expectationBytes = 2 + sizes.slot + 8;
const operationHeadBytes = 1 + 2;
const atomHeadBytes = sizes.slot + sizes.incarnation;

class DomainTable {
  readonly list: Uint8Array[] = [];
  readonly #index = new Map<string, number>();
  #last: Uint8Array | undefined;
  #lastIndex = 0;

  add(domain: Uint8Array): number {
    if (domain === this.#last) return this.#lastIndex;
    exact(domain, sizes.domain, 'domain');
    const text = asBuffer(domain).toString('latin1');
    let index = this.#index.get(text);
    if (index === undefined) {
      index = this.list.push(domain) - 1;
      if (index > 0xffff) throw malformed('too many domains');
      this.#index.set(text, index);
    }
    this.#last = domain;
    this.#lastIndex = index;
    return index;
  }
}

/** @throws NodeError `malformed` when a field has a wrong size or passes a limit of node/api */
export function encodeTransaction(transaction: Transaction): Buffer {
  const domains = new DomainTable();
  const size = measure(transaction, domains);
  if (size > nodeLimits.transactionBytesMax) throw malformed(`transaction of ${size} bytes is too large`);
  const writer = new ByteWriter(size);
  writer.u8(marker.transaction).bytes(transaction.id);
  writer.u64(transaction.validFrom).u64(transaction.validUntil);
  writer.u8(transaction.fence === undefined ? 0 : flagFence);
  writer.u16(domains.list.length);
  for (const domain of domains.list) writer.bytes(domain);
  const { fence } = transaction;
  if (fence !== undefined) {
    writer.u16(domains.add(fence.domain));
    writeText(writer, fence.resource);
    writer.u64(fence.term);
  }
  writer.u16(transaction.expects.length);
  for (const expectation of transaction.expects) {
    writer.u16(domains.add(expectation.domain)).bytes(expectation.slot).u64(expectation.revision);
  }
  writer.u16(transaction.operations.length);
  for (const operation of transaction.operations) writeOperation(writer, operation, domains);
  return writer.done();
}

/** Checks every size and limit, fills the domain table in order of first use, and returns the encoded size. */
function measure(transaction: Transaction, domains: DomainTable): number {
  exact(transaction.id, sizes.id, 'transaction id');
  safe(transaction.validFrom, 'validFrom');
  safe(transaction.validUntil, 'validUntil');
  let size = headBytes + 2 + 2;
  const { fence, expects, operations } = transaction;
  if (fence !== undefined) {
    domains.add(fence.domain);
    safe(fence.term, 'term');
    size += 2 + 2 + resourceBytes(fence.resource) + 8;
  }
  atMost(expects.length, nodeLimits.expectationsMax, 'expectations');
  for (const expectation of expects) {
    domains.add(expectation.domain);
    exact(expectation.slot, sizes.slot, 'slot');
    safe(expectation.revision, 'revision');
  }
  size += expects.length * expectationBytes;
  atMost(operations.length, nodeLimits.operationsMax, 'operations');
  for (const operation of operations) {
    domains.add(operation.domain);
    size += operationHeadBytes + measureOperation(operation);
  }
  return size + domains.list.length * sizes.domain;
}

function measureOperation(operation: Operation): number {
  switch (operation.kind) {
    case 'add-vertex': {
      measureAtom(operation);
      const chunks = operation.chunks ?? [];
      atMost(chunks.length, nodeLimits.chunksPerVertexMax, 'chunks');
      for (const chunk of chunks) checkChunk(chunk);
      atMost(operation.payload.length, nodeLimits.payloadBytesMax, 'payload');
      return atomHeadBytes + 1 + chunks.length * sizes.chunkRef + 4 + operation.payload.length;
    }
    case 'add-hyperedge': {
      measureAtom(operation);
      atMost(operation.members.length, nodeLimits.hyperedgeMembersMax, 'members');
      for (const member of operation.members) exact(member, sizes.atomId, 'member');
      atMost(operation.payload.length, nodeLimits.payloadBytesMax, 'payload');
      return atomHeadBytes + 2 + operation.members.length * sizes.atomId + 4 + operation.payload.length;
    }
    case 'remove-vertex':
    case 'remove-hyperedge':
      measureAtom(operation);
      atMost(operation.note.length, nodeLimits.payloadBytesMax, 'note');
      return atomHeadBytes + 4 + operation.note.length;
    case 'create-domain':
      return configBytes(operation.config);
    case 'remove-domain':
      return 0;
    case 'put-lease':
      safe(operation.term, 'term');
      safe(operation.durationMs, 'duration');
      atMost(operation.holder.length, nodeLimits.holderBytesMax, 'holder');
      return 2 + resourceBytes(operation.resource) + 2 + operation.holder.length + 8 + 8;
    default:
      throw malformed('unknown operation');
  }
}

function writeOperation(writer: ByteWriter, operation: Operation, domains: DomainTable): void {
  writer.u8(operationCode[operation.kind]).u16(domains.add(operation.domain));
  switch (operation.kind) {
    case 'add-vertex':
      writer.bytes(operation.slot).bytes(operation.incarnation);
      writeChunks(writer, operation.chunks ?? []);
      writer.u32(operation.payload.length).bytes(operation.payload);
      break;
    case 'add-hyperedge':
      writer.bytes(operation.slot).bytes(operation.incarnation).u16(operation.members.length);
      for (const member of operation.members) writer.bytes(member);
      writer.u32(operation.payload.length).bytes(operation.payload);
      break;
    case 'remove-vertex':
    case 'remove-hyperedge':
      writer.bytes(operation.slot).bytes(operation.incarnation);
      writer.u32(operation.note.length).bytes(operation.note);
      break;
    case 'create-domain':
      writeConfig(writer, operation.config);
      break;
    case 'remove-domain':
      break;
    case 'put-lease':
      writeText(writer, operation.resource);
      writer.u16(operation.holder.length).bytes(operation.holder);
      writer.u64(operation.term).u64(operation.durationMs);
      break;
  }
}

/** Views into `bytes`, nothing copied. @throws NodeError `malformed` */
export function decodeTransaction(bytes: Uint8Array): Transaction {
  if (bytes.length > nodeLimits.transactionBytesMax) throw malformed('transaction is too large');
  const reader = new ByteReader(bytes);
  reader.marker(marker.transaction, 'transaction');
  const id = reader.bytes(sizes.id);
  const validFrom = reader.u64();
  const validUntil = reader.u64();
  const flags = reader.u8();
  if (flags > flagFence) throw malformed('unknown transaction flags');
  const domains = readDomains(reader);
  const fence = flags === flagFence ? readFence(reader, domains) : undefined;
  const expectCount = reader.count16(nodeLimits.expectationsMax, 'expectations');
  if (expectCount * expectationBytes > reader.left) throw malformed('bytes end inside the expectations');
  const expects: Expectation[] = [];
  for (let index = 0; index < expectCount; index++) {
    expects.push({ domain: domains.read(reader), slot: reader.bytes(sizes.slot), revision: reader.u64() });
  }
  const operationCount = reader.count16(nodeLimits.operationsMax, 'operations');
  if (operationCount * operationHeadBytes > reader.left) throw malformed('bytes end inside the operations');
  const operations: Operation[] = [];
  for (let index = 0; index < operationCount; index++) operations.push(readOperation(reader, domains));
  reader.end('transaction');
  if (!domains.complete) throw malformed('a domain stands in the table and is not used');
  const head = { id, validFrom, validUntil, expects, operations };
  return fence === undefined ? head : { ...head, fence };
}

/** Domains must be used first in the order in which they stand. */
class DomainOrder {
  readonly #domains: readonly Buffer[];
  #used = 0;

  constructor(domains: readonly Buffer[]) {
    this.#domains = domains;
  }

  get complete(): boolean {
    return this.#used === this.#domains.length;
  }

  read(reader: ByteReader): Buffer {
    const index = reader.u16();
    if (index > this.#used) throw malformed('domains are not in order of first use');
    const domain = this.#domains[index];
    if (domain === undefined) throw malformed('domain index is outside its table');
    if (index === this.#used) this.#used++;
    return domain;
  }
}

function readDomains(reader: ByteReader): DomainOrder {
  const count = reader.u16();
  if (count * sizes.domain > reader.left) throw malformed('bytes end inside the domains');
  const domains: Buffer[] = [];
  for (let index = 0; index < count; index++) domains.push(reader.bytes(sizes.domain));
  if (count > 1 && new Set(domains.map((domain) => domain.toString('latin1'))).size !== count) {
    throw malformed('a domain stands twice in the table');
  }
  return new DomainOrder(domains);
}

function readFence(reader: ByteReader, domains: DomainOrder): Fence {
  return { domain: domains.read(reader), resource: readResource(reader), term: reader.u64() };
}

function readOperation(reader: ByteReader, domains: DomainOrder): Operation {
  const code = reader.u8();
  const domain = domains.read(reader);
  switch (code) {
    case operationCode['add-vertex']: {
      const slot = reader.bytes(sizes.slot);
      const incarnation = reader.bytes(sizes.incarnation);
      const chunks = readChunks(reader);
      const payload = reader.bytes(reader.length32(nodeLimits.payloadBytesMax, 'payload'));
      return { kind: 'add-vertex', domain, slot, incarnation, payload, chunks };
    }
    case operationCode['add-hyperedge']: {
      const slot = reader.bytes(sizes.slot);
      const incarnation = reader.bytes(sizes.incarnation);
      const members = readMembers(reader);
      const payload = reader.bytes(reader.length32(nodeLimits.payloadBytesMax, 'payload'));
      return { kind: 'add-hyperedge', domain, slot, incarnation, payload, members };
    }
    case operationCode['remove-vertex']:
    case operationCode['remove-hyperedge']: {
      const kind = code === operationCode['remove-vertex'] ? 'remove-vertex' : 'remove-hyperedge';
      const slot = reader.bytes(sizes.slot);
      const incarnation = reader.bytes(sizes.incarnation);
      const note = reader.bytes(reader.length32(nodeLimits.payloadBytesMax, 'note'));
      return { kind, domain, slot, incarnation, note };
    }
    case operationCode['create-domain']:
      return { kind: 'create-domain', domain, config: readConfig(reader) };
    case operationCode['remove-domain']:
      return { kind: 'remove-domain', domain };
    case operationCode['put-lease']: {
      const resource = readResource(reader);
      const holder = reader.bytes(reader.count16(nodeLimits.holderBytesMax, 'holder'));
      return { kind: 'put-lease', domain, resource, holder, term: reader.u64(), durationMs: reader.u64() };
    }
    default:
      throw malformed(`unknown operation code ${code}`);
  }
}
