/**
 * Finds what the log holds. Records are followed from the oldest segment on; where the chain ends, the rest is searched
 * for a proof that more had been acknowledged: a valid record whose `durable` reaches the missing position (a batch is
 * written only after the one before is on the disk). With a proof the log is damaged and is not opened. Without one the
 * tail is the end of a write that never completed: nobody was told of it, and it is overwritten with zeros, because a
 * later, shorter batch must not make stale records look like its own continuation.
 */
import type { Disk } from '../disk.ts';
import { CorruptFileError } from '../errors.ts';
import { decodeRecord, decodeSegmentHeader, recordKind, sectorUp, segmentHeaderBytes } from '../format/v1.ts';
import { storeLimits } from '../limits.ts';
import { type Chain, findProof, followSegment } from './chain.ts';
import type { Segment } from './segment.ts';
import { findSegments, openSegment, segmentPath, writeZeros } from './segment-files.ts';

export interface RecoveredLog {
  /** Ascending, without a gap; empty for a new log. */
  readonly segments: Segment[];
  /** Undefined for a new log. */
  readonly logId: Uint8Array | undefined;
  readonly last: number;
  /** Index in `segments` of the one to write next; those after it are empty. */
  readonly current: number;
  /** Highest attempt seen. */
  readonly attempt: number;
  /** The log ends with the mark of an orderly close. */
  readonly marked: boolean;
}

export interface RecoverOptions {
  readonly folder: string;
  readonly scanBytesMax: number;
}

async function openAll(folder: string, disk: Disk): Promise<{ segments: Segment[]; logId?: Uint8Array }> {
  const segments: Segment[] = [];
  let logId: Uint8Array | undefined;
  for (const number of await findSegments(folder, disk)) {
    const path = segmentPath(folder, number);
    const previous = segments.at(-1);
    if (previous !== undefined && previous.number + 1 !== number) {
      throw new CorruptFileError(path, 0, `a segment before it is missing (${previous.number + 1})`);
    }
    const file = await disk.open(path, 'read');
    try {
      const header = decodeSegmentHeader(await file.read(0, segmentHeaderBytes));
      if (header === undefined || header.number !== number) {
        throw new CorruptFileError(path, 0, 'the segment header is damaged or of a newer format');
      }
      logId ??= header.logId;
      if (!Buffer.from(logId).equals(header.logId)) {
        throw new CorruptFileError(path, 32, 'the segment belongs to another log');
      }
      segments.push(openSegment(folder, header, disk));
    } finally {
      await file.close();
    }
  }
  return logId === undefined ? { segments } : { segments, logId };
}

/** The whole file; what a shortened file lacks counts as zeros. */
async function readSegment(segment: Segment): Promise<Buffer> {
  const file = await segment.acquire('read');
  try {
    const bytes = await file.read(0, segment.bytes);
    if (bytes.length === segment.bytes) return bytes;
    return Buffer.concat([bytes, Buffer.alloc(segment.bytes - bytes.length)]);
  } finally {
    await segment.release();
  }
}

/** Position of a segment's first record, behind marks of a close; 0 when there is no valid one. */
async function firstPosition(segment: Segment): Promise<number> {
  const file = await segment.acquire('read');
  try {
    let at = segmentHeaderBytes;
    let wanted: number = storeLimits.sectorBytes;
    for (;;) {
      const found = decodeRecord(await file.read(at, wanted), 0, segment.salt, segment.bytes - at);
      if (typeof found === 'number') {
        if (found <= wanted) return 0; // The file ends here.
        wanted = found;
      } else if (found?.kind === recordKind.closeMark) {
        at = sectorUp(at + found.end);
      } else {
        return found?.position ?? 0;
      }
    }
  } finally {
    await segment.release();
  }
}

/** Index of the oldest segment to scan: as many of the newest as fit, but at least one that is full. */
function scanFrom(segments: readonly Segment[], bytesMax: number): number {
  let bytes = 0;
  let index = segments.length;
  while (index > 0) {
    bytes += segments[index - 1]!.bytes;
    if (bytes > bytesMax && segments.length - index >= 3) break;
    index -= 1;
  }
  return index;
}

/** Segments older than the scan: only where each begins. Their records are checked when they are read. */
async function skim(segments: readonly Segment[], until: number): Promise<void> {
  for (let index = 0; index < until; index += 1) {
    const segment = segments[index]!;
    const next = segments[index + 1]!;
    segment.first = index === 0 ? await firstPosition(segment) : segment.first;
    next.first = await firstPosition(next);
    if (segment.first === 0 || next.first <= segment.first) {
      const bad = segment.first === 0 ? segment : next;
      throw new CorruptFileError(bad.path, segmentHeaderBytes, 'its first record is damaged');
    }
    segment.last = next.first - 1;
    segment.end = segment.bytes;
  }
}

/** Zeros from `from` to the end of the segment, unless they are there. */
async function wipe(segment: Segment, bytes: Buffer, from: number): Promise<void> {
  const file = await segment.acquire('create');
  try {
    const clean = (await file.size()) >= segment.bytes && isZero(bytes, from);
    if (!clean) await writeZeros(file, from, segment.bytes);
    // Also a clean tail: what was just read may stand in memory only, and is about to be called durable.
    await file.datasync();
  } finally {
    await segment.release();
  }
}

const zeroBlock = Buffer.alloc(64 * 1024);
function isZero(bytes: Buffer, from: number): boolean {
  for (let at = from; at < bytes.length; at += zeroBlock.length) {
    const part = bytes.subarray(at, at + zeroBlock.length);
    if (!part.equals(zeroBlock.subarray(0, part.length))) return false;
  }
  return true;
}

/**
 * @throws CorruptFileError for damage that cannot be the work of an interrupted write. Nothing was changed then.
 */
export async function recoverLog(options: RecoverOptions, disk: Disk): Promise<RecoveredLog> {
  const { segments, logId } = await openAll(options.folder, disk);
  if (segments.length === 0 || logId === undefined) {
    return { segments, logId: undefined, last: 0, current: 0, attempt: 0, marked: false };
  }
  const from = scanFrom(segments, options.scanBytesMax);
  await skim(segments, from);
  const start = segments[from]!;
  const next = start.number === 1 ? 1 : await firstPosition(start);
  if (next === 0) {
    // Only a log that starts at segment 1 may be empty: the segment of the last record is never released.
    throw new CorruptFileError(start.path, segmentHeaderBytes, 'its first record is damaged');
  }
  start.first = 0;
  const chain: Chain = { next, durable: -1, attempt: -1, marked: false };
  let current = from;
  let offset = segmentHeaderBytes;
  let tail: Buffer = Buffer.alloc(0);
  let index = from;
  for (; index < segments.length; index += 1) {
    const bytes = await readSegment(segments[index]!);
    const end = followSegment(segments[index]!, bytes, chain);
    if (end === segmentHeaderBytes && index > from) break;
    current = index;
    offset = end;
    tail = bytes;
    segments[index]!.end = sectorUp(end);
  }
  await refuseWithProof(segments, current, offset, tail, chain.next);
  await wipe(segments[current]!, tail, sectorUp(offset));
  for (const spare of segments.slice(current + 1))
    await wipe(spare, await readSegment(spare), segmentHeaderBytes);
  const attempt = Math.max(0, chain.attempt);
  return { segments, logId, last: chain.next - 1, current, attempt, marked: chain.marked };
}

async function refuseWithProof(
  segments: readonly Segment[],
  current: number,
  offset: number,
  tail: Buffer,
  missing: number,
): Promise<void> {
  for (const segment of segments.slice(current)) {
    const own = segment === segments[current];
    const bytes = own ? tail : await readSegment(segment);
    const proof = findProof(bytes, own ? offset : segmentHeaderBytes, segment.salt, missing);
    if (proof === undefined) continue;
    // Zeros behind the last record: the missing one stood at the start of the next segment.
    const next = isZero(tail, offset) ? segments[current + 1] : undefined;
    throw new CorruptFileError(
      next?.path ?? segments[current]!.path,
      next === undefined ? offset : segmentHeaderBytes,
      `record ${missing} is damaged, but ${segment.path} at byte ${proof} shows that it had been acknowledged`,
    );
  }
}
