/**
 * Making and finding segment files. A segment is prepared under another name:
 *
 *   1. zeros to its full size, then the header, then data sync   (crash: a leftover, removed at the next open)
 *   2. rename to its own name, then folder sync                  (crash: it is there whole or not at all)
 *
 * So a segment that has its name has a good header, and a later data sync of records changes no metadata. A full disk
 * is found here, ahead of need, and not by a commit.
 */
import type { Disk } from '../disk.ts';
import { isNoSpace } from '../errors.ts';
import { encodeSegmentHeader, type SegmentHeader, segmentHeaderBytes, segmentSalt } from '../format/v1.ts';
import { storeLimits } from '../limits.ts';
import { numberOfSegmentName, Segment, segmentName } from './segment.ts';

const temporarySuffix = '.preparing';
const zeros = Buffer.alloc(storeLimits.preallocationStepBytes);

export async function writeZeros(
  file: { write(position: number, buffers: readonly Uint8Array[]): Promise<void> },
  from: number,
  to: number,
): Promise<void> {
  for (let at = from; at < to; at += zeros.length) {
    await file.write(at, [zeros.subarray(0, Math.min(zeros.length, to - at))]);
  }
}

export const segmentPath = (folder: string, number: number): string => `${folder}/${segmentName(number)}`;

export function openSegment(folder: string, header: SegmentHeader, disk: Disk): Segment {
  const { number, segmentBytes } = header;
  const path = segmentPath(folder, number);
  return new Segment({ number, path, salt: segmentSalt(header), bytes: segmentBytes }, disk);
}

/** @throws the disk's error; on `ENOSPC` the space taken so far was given back */
export async function prepareSegment(folder: string, header: SegmentHeader, disk: Disk): Promise<Segment> {
  const path = segmentPath(folder, header.number);
  const temporary = path + temporarySuffix;
  try {
    const file = await disk.open(temporary, 'create');
    try {
      await writeZeros(file, segmentHeaderBytes, header.segmentBytes);
      await file.write(0, [encodeSegmentHeader(header)]);
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isNoSpace(error)) await disk.remove(temporary);
    throw error;
  }
  await disk.rename(temporary, path);
  await disk.syncFolder(folder);
  return openSegment(folder, header, disk);
}

/** Numbers of the segments in the folder, ascending; leftovers of unfinished preparations are removed. */
export async function findSegments(folder: string, disk: Disk): Promise<number[]> {
  const numbers: number[] = [];
  for (const name of await disk.list(folder)) {
    const number = numberOfSegmentName(name);
    if (number !== undefined) numbers.push(number);
    else if (name.endsWith(temporarySuffix)) await disk.remove(`${folder}/${name}`);
  }
  return numbers.sort((a, b) => a - b);
}
