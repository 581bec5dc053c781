/**
 * Branches on their way to another thread of this process and back, packed into one buffer that is handed over: a view of a
 * large buffer would be sent with the whole of it, and thousands of small ones cost more than the work.
 *
 *   updates      per branch: raw commitment ‖ u8 number of changes ‖ per change: u8 index ‖ u8 which ‖ before 64 ‖ after 64
 *   values       per branch: 8 bytes, a bit per slot that has a value ‖ 64 bytes each
 *   commitments  per branch: raw commitment ‖ encoded, 74
 *
 * `which`: 1 with `before`, 2 with `after`; what is missing takes no room.
 */
import {
  type BranchCommitment,
  type BranchCommitter,
  type BranchUpdate,
  type BranchValues,
  type SlotChange,
  treeLimits,
} from '../../hypergraph/tree/index.ts';

const { branchSlots, commitmentBytes } = treeLimits;
const valueBytes = treeLimits.rootBytes;
const which = { before: 1, after: 2 } as const;

export type CommitTask =
  | { readonly kind: 'commit'; readonly branches: readonly BranchValues[] }
  | { readonly kind: 'update'; readonly branches: readonly BranchUpdate[] };

export interface PackedTask {
  readonly kind: CommitTask['kind'];
  readonly count: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

class Writer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
  }

  byte(value: number): void {
    this.bytes[this.#at++] = value;
  }

  put(part: Uint8Array, length: number): void {
    if (part.length !== length) throw new Error(`${part.length} bytes stand where ${length} belong`);
    this.bytes.set(part, this.#at);
    this.#at += length;
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.take(1)[0] as number;
  }

  /** A view. */
  take(length: number): Uint8Array {
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    if (part.length !== length) throw new Error('a packed task ends too early');
    this.#at += length;
    return part;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new Error('a packed task goes on behind its end');
  }
}

/** Values that the task puts in. */
export function taskValues(branch: BranchUpdate | BranchValues): number {
  return 'changes' in branch ? branch.changes.length : branch.reduce((sum, value) => sum + has(value), 0);
}

const has = (value: Uint8Array | undefined): number => Number(value !== undefined);

/** @param rawBytes of the committer */
export function packTask(task: CommitTask, rawBytes: number): PackedTask {
  const { kind, branches } = task;
  const writer = new Writer(kind === 'commit' ? valuesLength(branches) : updatesLength(branches, rawBytes));
  if (kind === 'commit') for (const values of branches) writeValues(writer, values);
  else for (const update of branches) writeUpdate(writer, update, rawBytes);
  return { kind, count: branches.length, bytes: writer.bytes };
}

/** Views into the packed bytes. @throws for bytes that are no such task */
export function unpackTask({ kind, count, bytes }: PackedTask, rawBytes: number): CommitTask {
  const reader = new Reader(bytes);
  const read = <T>(one: () => T): T[] => Array.from({ length: count }, one);
  const task: CommitTask =
    kind === 'commit'
      ? { kind, branches: read(() => readValues(reader)) }
      : { kind, branches: read(() => readUpdate(reader, rawBytes)) };
  reader.end();
  return task;
}

export function packCommitments(
  commitments: readonly BranchCommitment[],
  rawBytes: number,
): Uint8Array<ArrayBuffer> {
  const writer = new Writer(commitments.length * (rawBytes + commitmentBytes));
  for (const { raw, encoded } of commitments) {
    writer.put(raw, rawBytes);
    writer.put(encoded, commitmentBytes);
  }
  return writer.bytes;
}

/** Views into the packed bytes. */
export function unpackCommitments(bytes: Uint8Array, count: number, rawBytes: number): BranchCommitment[] {
  const reader = new Reader(bytes);
  const commitments = Array.from({ length: count }, () => ({
    raw: reader.take(rawBytes),
    encoded: reader.take(commitmentBytes),
  }));
  reader.end();
  return commitments;
}

function updatesLength(updates: readonly BranchUpdate[], rawBytes: number): number {
  let length = updates.length * (rawBytes + 1);
  for (const { changes } of updates) {
    for (const { before, after } of changes) length += 2 + valueBytes * (has(before) + has(after));
  }
  return length;
}

function writeUpdate(writer: Writer, { before, changes }: BranchUpdate, rawBytes: number): void {
  writer.put(before, rawBytes);
  writer.byte(changes.length);
  for (const change of changes) {
    writer.byte(change.index);
    writer.byte(which.before * has(change.before) + which.after * has(change.after));
    for (const value of [change.before, change.after]) if (value !== undefined) writer.put(value, valueBytes);
  }
}

function readUpdate(reader: Reader, rawBytes: number): BranchUpdate {
  const before = reader.take(rawBytes);
  const changes = Array.from({ length: reader.byte() }, (): SlotChange => {
    const index = reader.byte();
    const present = reader.byte();
    return {
      index,
      before: (present & which.before) === 0 ? undefined : reader.take(valueBytes),
      after: (present & which.after) === 0 ? undefined : reader.take(valueBytes),
    };
  });
  return { before, changes };
}

function valuesLength(branches: readonly BranchValues[]): number {
  return branches.reduce((sum, values) => sum + branchSlots / 8 + valueBytes * taskValues(values), 0);
}

function writeValues(writer: Writer, values: BranchValues): void {
  if (values.length > branchSlots) throw new Error('a branch has more values than slots');
  for (let slot = 0; slot < branchSlots; slot += 8) {
    let bits = 0;
    for (let bit = 0; bit < 8; bit += 1) bits |= has(values[slot + bit]) << bit;
    writer.byte(bits);
  }
  for (const value of values) if (value !== undefined) writer.put(value, valueBytes);
}

function readValues(reader: Reader): BranchValues {
  const bits = reader.take(branchSlots / 8);
  return Array.from({ length: branchSlots }, (_, slot) =>
    (((bits[slot >> 3] as number) >> (slot & 7)) & 1) === 0 ? undefined : reader.take(valueBytes),
  );
}

/** @throws when the committer gave other than one commitment a branch */
export async function runTask(committer: BranchCommitter, task: CommitTask): Promise<BranchCommitment[]> {
  const { commitMany, updateMany } = committer;
  if (commitMany === undefined || updateMany === undefined) throw new Error('a committer of single branches');
  const done = await (task.kind === 'commit'
    ? commitMany.call(committer, task.branches)
    : updateMany.call(committer, task.branches));
  if (done.length !== task.branches.length) throw new Error('a committer left branches out');
  return done;
}
