/**
 * Reading LevelDB's write-ahead files and manifests, as far as a repair needs them. Sources: LevelDB's own
 * documentation, doc/log_format.md and doc/impl.md, and the tags of a version edit.
 *
 * A file is a row of 32 KiB blocks. A record in a block: masked CRC-32C of type and data (4) | length (2) | type (1) |
 * data. Types: 1 whole, 2 first, 3 middle, 4 last part. Fewer than 7 bytes left in a block are zeros.
 */
import { crc32c } from './crc32c.ts';

const blockBytes = 32 * 1024;
const headerBytes = 7;
const type = { whole: 1, first: 2, middle: 3, last: 4 } as const;

const unmask = (masked: number): number => {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
};

interface Part {
  readonly type: number;
  readonly data: Buffer;
  readonly end: number;
}

/** The part of a record at an offset; undefined at the end of the file or of what can be trusted. */
function readPart(file: Buffer, offset: number): Part | undefined {
  const left = blockBytes - (offset % blockBytes);
  const at = left < headerBytes ? offset + left : offset;
  if (at + headerBytes > file.length) return undefined;
  const length = file.readUInt16LE(at + 4);
  const end = at + headerBytes + length;
  const blockEnd = at - (at % blockBytes) + blockBytes;
  if (end > blockEnd || end > file.length) return undefined;
  if (unmask(file.readUInt32LE(at)) !== crc32c(file, at + 6, end)) return undefined;
  return { type: file[at + 6]!, data: file.subarray(at + headerBytes, end), end };
}

export interface LevelRecord {
  readonly data: Buffer;
  /** Where it starts and ends in its file. */
  readonly start: number;
  readonly end: number;
}

/** Whole records from the start on, until one is torn, damaged or out of place. */
export function* readRecords(file: Buffer): Generator<LevelRecord> {
  let start = 0;
  let offset = 0;
  let parts: Buffer[] = [];
  for (;;) {
    const part = readPart(file, offset);
    if (part === undefined) return;
    const opens = part.type === type.whole || part.type === type.first;
    const continues = part.type === type.middle || part.type === type.last;
    if (opens ? parts.length > 0 : !continues || parts.length === 0) return;
    if (opens) start = offset;
    parts.push(part.data);
    offset = part.end;
    if (part.type === type.whole || part.type === type.last) {
      yield { data: parts.length === 1 ? parts[0]! : Buffer.concat(parts), start, end: offset };
      parts = [];
    }
  }
}

export interface BatchHead {
  /** Sequence number of the first operation, and how many there are. */
  readonly sequence: number;
  readonly count: number;
}

/** The head of a write-ahead record; undefined when it is too short to be one. */
export function readBatchHead(data: Buffer): BatchHead | undefined {
  if (data.length < 12) return undefined;
  const sequence = Number(data.readBigUInt64LE(0));
  return Number.isSafeInteger(sequence) ? { sequence, count: data.readUInt32LE(8) } : undefined;
}

export interface ManifestState {
  /** Write-ahead files below this number are in tables already. */
  readonly logNumber: number;
  readonly previousLogNumber: number;
  readonly lastSequence: number;
}

class EditReader {
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  get done(): boolean {
    return this.#at >= this.#data.length;
  }

  /** @throws RangeError at the end of the data or beyond safe integers */
  number(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 64; factor *= 128) {
      const byte = this.#data.readUInt8(this.#at++);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) throw new RangeError('a number beyond safe integers');
        return value;
      }
    }
    throw new RangeError('a number without an end');
  }

  readPast(fields: readonly ('number' | 'bytes')[]): void {
    for (const field of fields) {
      const value = this.number();
      if (field === 'bytes') this.#at += value;
    }
    if (this.#at > this.#data.length) throw new RangeError('an edit without its end');
  }
}

const otherFields: Readonly<Record<number, readonly ('number' | 'bytes')[]>> = {
  1: ['bytes'],
  3: ['number'],
  5: ['number', 'bytes'],
  6: ['number', 'number'],
  7: ['number', 'number', 'number', 'bytes', 'bytes'],
};

/** What the edits of a manifest add up to. @throws RangeError for one that is not understood */
export function readManifest(file: Buffer): ManifestState {
  const state = { logNumber: 0, previousLogNumber: 0, lastSequence: 0 };
  for (const { data } of readRecords(file)) {
    const edit = new EditReader(data);
    while (!edit.done) {
      const tag = edit.number();
      const fields = otherFields[tag];
      if (tag === 2) state.logNumber = edit.number();
      else if (tag === 4) state.lastSequence = edit.number();
      else if (tag === 9) state.previousLogNumber = edit.number();
      else if (fields !== undefined) edit.readPast(fields);
      else throw new RangeError(`an edit with tag ${tag}`);
    }
  }
  return state;
}
