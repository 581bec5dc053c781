/**
 * What a verified document says about a Redis key: that it holds this value, or that there is no such key. Everything in
 * the document must be part of that. Names stand in quotes, so that none can be taken for a part of the sentence around it.
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
import { type KeyFacts, readKeyRow } from './row.ts';
import { parseSubject, type RedisSubject, subjectText } from './subject.ts';

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
  const content = [...piecesOf(first.facts, first.record)];
  for (let part = 1; part < Math.ceil(first.facts.valueBytes / rowBytes); part++) {
    const next = rowOf(subject, part, document, used);
    content.push(...piecesOf(next.facts, next.record));
  }
  const { type, expiresAt, valueBytes } = first.facts;
  if (content.reduce((sum, chunk) => sum + lengthOf(chunk), 0) !== valueBytes) {
    throw new ProofRefused('the value has another length than its pieces');
  }
  const facts: [string, string][] = [
    ['type', type],
    ['bytes', String(valueBytes)],
    ...hashFacts(content),
    ['expires', expiresAt === 0 ? 'never' : isoTime(expiresAt)],
  ];
  return { statement: `${placeOf(subject)} holds this ${type}`, facts, content };
}

function rowOf(
  subject: RedisSubject,
  part: number,
  document: VerifiedDocument,
  used: UsedParts,
): { facts: KeyFacts; record: VerifiedRecord } {
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

function piecesOf({ pieces }: KeyFacts, record: VerifiedRecord): BlobChunk[] {
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
  return `${JSON.stringify(subjectText({ database, key }).slice(`redis://${database}/`.length))} in database ${database}`;
}

function isoTime(timeMs: number): string {
  if (timeMs > 8.64e15) return `${timeMs} ms after 1970`;
  return new Date(timeMs).toISOString();
}
