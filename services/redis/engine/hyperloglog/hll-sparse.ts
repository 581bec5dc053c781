/**
 * Registers as runs of equal values, in order; every register is in one run:
 *   00nnnnnn            n+1 registers of 0
 *   01nnnnnn nnnnnnnn   n+1 registers of 0, the high bits of n first
 *   1vvvvvnn            n+1 registers of v+1
 * Where Redis would split or join runs so it is done here: the bytes are the same.
 */
import { hllFormat } from './hll-format.ts';

const { headerBytes, registers } = hllFormat;

/** Largest value a run can have, and lengths of the three kinds. */
export const sparseRankMax = 32;
const valueRunMax = 4;
const shortZeroRunMax = 64;
/** Runs that are looked at for joining after a change, from the one before it on. */
const joinedRunsMax = 5;

export interface SparseRun {
  /** 0 of a run of zeros. */
  readonly rank: number;
  readonly length: number;
}

/** Bytes that replace others. */
export interface SparseEdit {
  readonly offset: number;
  readonly removed: number;
  readonly bytes: string;
  /** How much longer the string is before runs are joined: what decides whether it stays sparse. */
  readonly growth: number;
}

function runAt(bytes: Buffer, at: number): SparseRun {
  const first = bytes[at]!;
  if (first >= 0x80) return { rank: ((first >> 2) & 0x1f) + 1, length: (first & 3) + 1 };
  if (first < 0x40) return { rank: 0, length: first + 1 };
  return { rank: 0, length: (((first & 0x3f) << 8) | (bytes[at + 1] ?? 0)) + 1 };
}

function runBytes(bytes: Buffer, at: number): number {
  return (bytes[at]! & 0xc0) === 0x40 ? 2 : 1;
}

function encodeRun({ rank, length }: SparseRun): string {
  if (rank > 0) return String.fromCharCode(0x80 | ((rank - 1) << 2) | (length - 1));
  const left = length - 1;
  return length <= shortZeroRunMax
    ? String.fromCharCode(left)
    : String.fromCharCode(0x40 | (left >> 8), left & 0xff);
}

/** Goes through all runs. @returns whether they cover the registers exactly */
export function eachRun(
  bytes: Buffer,
  visit: (rank: number, start: number, length: number, isLong: boolean) => void,
): boolean {
  let start = 0;
  for (let at = headerBytes; at < bytes.length; at += runBytes(bytes, at)) {
    const { rank, length } = runAt(bytes, at);
    if (start + length > registers) return false;
    visit(rank, start, length, runBytes(bytes, at) === 2);
    start += length;
  }
  return start === registers;
}

/**
 * Raises a register. The runs must cover all registers.
 * @param rank at most `sparseRankMax`
 * @returns undefined when the register is as high already
 */
export function raiseSparse(bytes: Buffer, register: number, rank: number): SparseEdit | undefined {
  let at = headerBytes;
  let before = -1;
  let start = 0;
  let run = runAt(bytes, at);
  while (start + run.length <= register) {
    start += run.length;
    before = at;
    at += runBytes(bytes, at);
    run = runAt(bytes, at);
  }
  if (run.rank >= rank) return undefined;
  const behind = at + runBytes(bytes, at);
  const parts: SparseRun[] = [];
  if (register > start) parts.push({ rank: run.rank, length: register - start });
  parts.push({ rank, length: 1 });
  const left = start + run.length - register - 1;
  if (left > 0) parts.push({ rank: run.rank, length: left });
  const growth = encoded(parts).length - (behind - at);
  const offset = before < 0 ? at : before;
  if (before >= 0) parts.unshift(runAt(bytes, before));
  let end = behind;
  for (let i = 0; i < joinedRunsMax && end < bytes.length; i++) {
    parts.push(runAt(bytes, end));
    end += runBytes(bytes, end);
  }
  joinRuns(parts);
  return { offset, removed: end - offset, bytes: encoded(parts), growth };
}

/** Joins neighbours of one value that fit in a run, looking at a few runs from the first on. */
function joinRuns(runs: SparseRun[]): void {
  let at = 0;
  for (let looked = 0; looked < joinedRunsMax && at + 1 < runs.length; looked++) {
    const run = runs[at]!;
    const next = runs[at + 1]!;
    const length = run.length + next.length;
    if (run.rank > 0 && next.rank === run.rank && length <= valueRunMax) {
      runs.splice(at, 2, { rank: run.rank, length });
    } else at++;
  }
}

function encoded(runs: readonly SparseRun[]): string {
  let text = '';
  for (const run of runs) text += encodeRun(run);
  return text;
}
