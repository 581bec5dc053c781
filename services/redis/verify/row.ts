/** Rows of keys and of their segments, read by the verifier itself (services/redis/model). Runs in browsers. */
import { ProofRefused } from '@hypergate/node/verifier';
import { StoredReader } from '@hypergate/table/verify';

export type PieceFacts =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'data';
      readonly key: Uint8Array;
      readonly length: number;
      readonly chunk: { readonly hash: Uint8Array; readonly length: number };
    };

/** What is proven of a key. */
export interface KeyFacts {
  readonly key: Uint8Array;
  readonly type: string;
  /** Milliseconds since 1970; 0: does not expire. */
  readonly expiresAt: number;
  readonly content: InlineFacts | SegmentsFacts;
}

export interface InlineFacts {
  readonly form: 'inline';
  readonly valueBytes: number;
  readonly pieces: readonly PieceFacts[];
}

/** Of a large collection. */
export interface SegmentsFacts {
  readonly form: 'segments';
  /** Elements. */
  readonly size: number;
  /** What no segment holds: of streams. */
  readonly head: Uint8Array;
  /** Levels of pages between `refs` and segments. */
  readonly depth: number;
  readonly refs: readonly RefFacts[];
  /** As they stand in the record, which they bind. */
  readonly refsBytes: Uint8Array;
}

/** A segment or a page of refs, bound by the hash of its content. */
export interface RefFacts {
  readonly id: number;
  readonly segments: number;
  readonly elements: number;
  readonly bytes: number;
  readonly hash: Uint8Array;
}

export type SegmentFacts =
  | { readonly level: 0; readonly pieces: readonly PieceFacts[] }
  /** `content` is what the hash is of. */
  | { readonly level: number; readonly refs: readonly RefFacts[]; readonly content: Uint8Array };

/** By stored number. */
export const typeNames = ['', 'string', 'list', 'hash', 'set', 'sorted set', 'stream'] as const;
const piecesMax = 16;
const depthMax = 8;

/** @throws ProofRefused */
export function readKeyRow(rowVersion: number, row: Uint8Array): KeyFacts {
  if (rowVersion !== 1) throw new ProofRefused(`rows of keys in version ${rowVersion} are not known`);
  const reader = new StoredReader(row, 'the row of the key');
  const key = reader.bytes();
  const type = typeNames[reader.u8()];
  if (type === undefined || type === '') throw new ProofRefused('the key has a type that is not known');
  const expiresAt = reader.number();
  // The number of the batch orders what one gateway did; it says nothing to others.
  reader.number();
  const content = readContent(reader);
  reader.end();
  return { key, type, expiresAt, content };
}

/** A row of `redis.segments`. @throws ProofRefused */
export function readSegmentRow(rowVersion: number, row: Uint8Array): SegmentFacts {
  if (rowVersion !== 1) throw new ProofRefused(`rows of segments in version ${rowVersion} are not known`);
  const reader = new StoredReader(row, 'the row of a segment');
  const level = reader.u8();
  if (level === 0) {
    const pieces = readPieces(reader);
    reader.end();
    return { level, pieces };
  }
  const content = reader.rest();
  const entries = new StoredReader(content, 'a page of segments');
  const refs = readRefs(entries);
  entries.end();
  return { level, refs, content };
}

function readContent(reader: StoredReader): InlineFacts | SegmentsFacts {
  const form = reader.u8();
  if (form === 0) return { form: 'inline', valueBytes: reader.number(), pieces: readPieces(reader) };
  if (form !== 1) throw new ProofRefused('the key is stored in a form that is not known');
  // Generation and version: they name rows, and the hashes say which.
  reader.number();
  reader.number();
  const size = reader.number();
  const head = reader.bytes();
  const depth = reader.u8();
  if (depth > depthMax) throw new ProofRefused('the segments are too deep');
  const refsBytes = reader.rest();
  const entries = new StoredReader(refsBytes, 'the list of segments');
  const refs = readRefs(entries);
  entries.end();
  if (sumOf(refs, ({ elements }) => elements) !== size) {
    throw new ProofRefused('the segments have another number of elements than the key');
  }
  return { form: 'segments', size, head, depth, refs, refsBytes };
}

/** In strictly ascending order of ids. */
function readRefs(reader: StoredReader): RefFacts[] {
  const refs: RefFacts[] = [];
  let last = -1;
  for (let left = reader.number(); left > 0; left--) {
    const id = reader.number();
    reader.number();
    const [segments, elements, bytes] = [reader.number(), reader.number(), reader.number()];
    if (id <= last) throw new ProofRefused('segments are not in order');
    last = id;
    refs.push({ id, segments, elements, bytes, hash: reader.raw(32) });
  }
  return refs;
}

function readPieces(reader: StoredReader): PieceFacts[] {
  const count = reader.number();
  if (count > piecesMax) throw new ProofRefused('the row of the key has too many pieces');
  return Array.from({ length: count }, () => readPiece(reader));
}

function readPiece(reader: StoredReader): PieceFacts {
  const kind = reader.u8();
  if (kind === 0) return { kind: 'inline', bytes: reader.bytes() };
  if (kind !== 1) throw new ProofRefused('a piece of the value is of a kind that is not known');
  const key = reader.raw(32);
  const length = reader.number();
  const hash = reader.raw(33);
  return { kind: 'data', key, length, chunk: { hash, length: reader.number() } };
}

export function sumOf(refs: readonly RefFacts[], of: (ref: RefFacts) => number): number {
  return refs.reduce((sum, ref) => sum + of(ref), 0);
}
