/**
 * What a verified document says about a Redis key: that it holds this value, that this field or member is in it with its
 * value, or that there is no such key or element. Everything in the document must be part of that. Names stand in quotes, so that none can be taken for a part of the sentence around it.
 * Runs in browsers.
 */
import { ProofRefused, sameBytes } from '@hypergate/node/verifier';
import {
  type BlobChunk,
  type ProofClaim,
  refuseUnused,
  sealedChunk,
  type UsedParts,
  type VerifiedDocument,
  type VerifiedRecord,
} from '@hypergate/table/verify';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { findElement, hasNamedElements } from './elements.ts';
import { type InlineFacts, type KeyFacts, readKeyRow, type SegmentsFacts, sumOf } from './row.ts';
import { findInSegments } from './segments.ts';
import { escaped, parseSubject, type RedisSubject } from './subject.ts';

const table = 'redis.keys';
/** Of all databases, the same in every gateway. */
export const redisDomain: Uint8Array = sha256(new TextEncoder().encode('hypergate/redis/v1'));
const plainKeyBytesMax = 1024;
/** Rows of a value: each has all but the last full. */
const rowBytes = 128 * 1024 * 1024;

/** @throws ProofRefused when the document proves something else than its subject */
export function describeProof(document: VerifiedDocument): ProofClaim {
  const used: UsedParts = new Set();
  const subject = parseSubject(document.subject);
  const claim = describe(subject, document, used);
  refuseUnused(document, used);
  return claim;
}

function describe(subject: RedisSubject, document: VerifiedDocument, used: UsedParts): ProofClaim {
  const absent = document.absences.find((part) => isRecordOf(part, subject, 0));
  if (absent !== undefined) {
    used.add(absent);
    return { statement: `there is no key ${placeOf(subject)}`, facts: [], content: undefined };
  }
  const first = rowOf(subject, 0, document, used);
  if (subject.element !== undefined) {
    return describeElement(subject, subject.element, first, document, used);
  }
  const { type, content } = first.facts;
  const { statement, facts, ...rest } =
    content.form === 'inline'
      ? describeInline(subject, first, content, document, used)
      : describeSegments(subject, type, content);
  return { statement, facts: [['type', type], ...facts, expiryFact(first.facts.expiresAt)], ...rest };
}

interface KeyRecord {
  readonly facts: KeyFacts;
  readonly record: VerifiedRecord;
}

function describeInline(
  subject: RedisSubject,
  first: KeyRecord,
  { valueBytes }: InlineFacts,
  document: VerifiedDocument,
  used: UsedParts,
): ProofClaim {
  const content = [...inlineOf(first)];
  for (let part = 1; part < Math.ceil(valueBytes / rowBytes); part++) {
    content.push(...inlineOf(rowOf(subject, part, document, used)));
  }
  if (content.reduce((sum, chunk) => sum + lengthOf(chunk), 0) !== valueBytes) {
    throw new ProofRefused('the value has another length than its pieces');
  }
  const facts: [string, string][] = [['bytes', String(valueBytes)], ...hashFacts(content)];
  return { statement: `${placeOf(subject)} holds this ${first.facts.type}`, facts, content };
}

/** A large collection: what it is made of, which its digest binds. */
function describeSegments(subject: RedisSubject, type: string, content: SegmentsFacts): ProofClaim {
  const { size, head, refs, refsBytes } = content;
  const facts: [string, string][] = [
    ['elements', String(size)],
    ['segments', String(sumOf(refs, ({ segments }) => segments))],
    ['bytes', String(sumOf(refs, ({ bytes }) => bytes) + head.length)],
    ['digest of segments', bytesToHex(sha256(refsBytes))],
  ];
  if (head.length > 0) facts.push(['sha256 of the rest', bytesToHex(sha256(head))]);
  return { statement: `${placeOf(subject)} holds this ${type}`, facts, content: undefined };
}

function describeElement(
  subject: RedisSubject,
  element: Uint8Array,
  { facts: { type, expiresAt, content }, record }: KeyRecord,
  document: VerifiedDocument,
  used: UsedParts,
): ProofClaim {
  if (!hasNamedElements(type)) throw new ProofRefused(`the elements of a ${type} have no names`);
  const found =
    content.form === 'inline'
      ? findElement(type, plainOf(piecesOf(content, record)), element).found
      : findInSegments(content, type, element, { document, domain: redisDomain, used });
  const name = JSON.stringify(escaped(element));
  const kind = type === 'hash' ? 'field' : 'member';
  const place = `the ${type} ${placeOf(subject)}`;
  const keyFacts: [string, string][] = [['type', type], expiryFact(expiresAt)];
  if (found === undefined) {
    return { statement: `there is no ${kind} ${name} in ${place}`, facts: keyFacts, content: undefined };
  }
  const { value, score } = found;
  if (value === undefined) {
    const isWith = score === undefined ? '' : ` with score ${scoreText(score)}`;
    const statement = `${name} is a member of ${place}${isWith}`;
    return { statement, facts: keyFacts, content: undefined };
  }
  const chunk: BlobChunk = { kind: 'inline', plain: value };
  const facts: [string, string][] = [
    ...keyFacts,
    ['bytes', String(value.length)],
    ...hashFacts([chunk]),
    ['field expires', timeText(found.expiresAt)],
  ];
  return { statement: `field ${name} of ${place} holds this value`, facts, content: [chunk] };
}

function plainOf(chunks: readonly BlobChunk[]): Uint8Array {
  const [chunk] = chunks;
  if (chunks.length !== 1 || chunk?.kind !== 'inline')
    throw new ProofRefused('the value is not part of the document');
  return chunk.plain;
}

function scoreText(score: number): string {
  if (Math.abs(score) === Number.POSITIVE_INFINITY) return score < 0 ? '-inf' : 'inf';
  return String(score);
}

function rowOf(subject: RedisSubject, part: number, document: VerifiedDocument, used: UsedParts): KeyRecord {
  const record = document.records.find((each) => isRecordOf(each, subject, part));
  if (record === undefined) throw new ProofRefused('the key is not proven');
  used.add(record);
  const facts = readKeyRow(record.rowVersion, record.row);
  if (!sameBytes(facts.key, subject.key)) throw new ProofRefused('another key is proven');
  return { facts, record };
}

/** `keyRecordKey` of services/redis/model/tables.ts. */
function isRecordOf(
  part: VerifiedDocument['absences'][number],
  subject: RedisSubject,
  index: number,
): boolean {
  const { database, key } = subject;
  const name =
    key.length <= plainKeyBytesMax ? Uint8Array.from([0, ...key]) : Uint8Array.from([1, ...sha256(key)]);
  const partition = new Uint8Array(index === 0 ? 1 : 9);
  partition[0] = database;
  if (index > 0) new DataView(partition.buffer).setUint32(5, index);
  return (
    part.table === table &&
    sameBytes(part.domain, redisDomain) &&
    sameBytes(part.partition, partition) &&
    sameBytes(part.sort, name)
  );
}

function inlineOf({ facts: { content }, record }: KeyRecord): BlobChunk[] {
  if (content.form !== 'inline') throw new ProofRefused('a row of the value is in segments');
  return piecesOf(content, record);
}

function piecesOf({ pieces }: InlineFacts, record: VerifiedRecord): BlobChunk[] {
  return pieces.map((piece) => {
    if (piece.kind === 'inline') return { kind: 'inline', plain: piece.bytes };
    const { chunk } = piece;
    const held = record.chunks.some(
      ({ hash, length }) => sameBytes(hash, chunk.hash) && length === chunk.length,
    );
    if (!held) throw new ProofRefused('the record does not hold the chunk that it names');
    return sealedChunk(piece.key, piece.length, chunk);
  });
}

function lengthOf(chunk: BlobChunk): number {
  if (chunk.kind === 'inline') return chunk.plain.length;
  if (chunk.kind === 'sealed') return chunk.plainLength;
  throw new ProofRefused('a piece of the value cannot be read');
}

function hashFacts(content: readonly BlobChunk[]): [string, string][] {
  const [first] = content;
  if (content.length === 1 && first?.kind === 'inline') return [['sha256', bytesToHex(sha256(first.plain))]];
  return content.map((chunk, index): [string, string] => [
    `chunk ${index}`,
    chunk.kind === 'sealed' ? `${chunk.plainLength} bytes, sealed sha256 ${bytesToHex(chunk.hash)}` : '',
  ]);
}

function placeOf({ database, key }: RedisSubject): string {
  return `${JSON.stringify(escaped(key))} in database ${database}`;
}

function expiryFact(expiresAt: number): [string, string] {
  return ['expires', timeText(expiresAt)];
}

function timeText(timeMs: number): string {
  if (timeMs === 0) return 'never';
  if (timeMs > 8.64e15) return `${timeMs} ms after 1970`;
  return new Date(timeMs).toISOString();
}
