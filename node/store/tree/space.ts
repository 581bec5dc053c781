/**
 * Which units of the file are in use. Three sets: `live` is what the state being built uses and the next commit will say, `committed` what
 * the last commit uses, `busy` what must not be written over: both, and what readers of an older commit may still look
 * at. A unit is so free for reuse one commit after it was freed, or at once when it was never committed.
 *
 * Pieces go to the lowest hole that is large enough, found by a cursor per size that goes over the file once per commit; so the
 * file stays short and pieces written together stand together.
 */
import { NodeError } from '../../api/index.ts';
import { type PieceRef, pieceUnitBytes } from '../../hypergraph/tree/index.ts';
import { Bits } from './bits.ts';
import { treeStoreLimits } from './limits.ts';

const { firstUnit, unitsMax, unitsPerMap } = treeStoreLimits;

/** Sizes up to this have a cursor of their own, larger ones share by powers of two. */
const ownCursorMax = 32;
const cursorOf = (units: number): number =>
  units <= ownCursorMax ? units : ownCursorMax + 32 - Math.clz32(units - 1);

/** A commit and who reads it. */
interface ReadCommit {
  readers: number;
  /** What it uses, once it is not the last one any more. */
  units: Bits | undefined;
}

export class Space {
  readonly #live = new Bits();
  readonly #committed = new Bits();
  readonly #busy = new Bits();
  #cursors = new Map<number, number>();
  #commit: ReadCommit = { readers: 0, units: undefined };
  /** Commits before the last one that still have readers. */
  readonly #older = new Set<ReadCommit>();

  constructor() {
    for (const bits of [this.#live, this.#committed, this.#busy]) bits.set(0, firstUnit, true);
  }

  /** Takes over what the last commit of an opened file uses. @param maps by number; `unitsPerMap` bits each */
  restore(maps: readonly (Uint8Array | undefined)[]): void {
    this.#live.grow(maps.length * unitsPerMap);
    const bytes = this.#live.bytes();
    maps.forEach((map, index) => {
      if (map !== undefined) bytes.set(map, (index * unitsPerMap) / 8);
    });
    this.#live.set(0, firstUnit, true);
    this.#committed.copyFrom(this.#live);
    this.#busy.copyFrom(this.#live);
  }

  /** @throws NodeError `storage-full` */
  allocate(units: number): number {
    const cursor = cursorOf(units);
    let at = this.#busy.nextClear(this.#cursors.get(cursor) ?? firstUnit);
    for (;;) {
      const end = this.#busy.nextSet(at, at + units);
      if (end - at >= units) break;
      at = this.#busy.nextClear(end);
    }
    if (at + units > unitsMax) throw new NodeError('storage-full', 'the file of trees cannot grow further');
    this.#cursors.set(cursor, at + units);
    this.#live.set(at, units, true);
    this.#busy.set(at, units, true);
    return at;
  }

  free({ at, units }: PieceRef): void {
    if (!this.#live.all(at, units, true)) throw new Error(`units ${at} + ${units} are freed twice`);
    this.#live.set(at, units, false);
    if (this.#committed.has(at)) return;
    this.#busy.set(at, units, false);
    // Cursors that went past it come back with the next commit; only a hole at the very end is worth noticing now.
  }

  /** Whether the piece was allocated since the last commit. */
  isYoung({ at }: PieceRef): boolean {
    return this.#live.has(at) && !this.#committed.has(at);
  }

  /** The state being built begins with nothing in use. */
  clear(): void {
    this.#live.clear();
    this.#live.set(0, firstUnit, true);
    this.#release();
  }

  /** The state being built is given up. */
  rollback(): void {
    this.#live.copyFrom(this.#committed);
    this.#release();
  }

  /** What is being built is the last commit now. */
  commit(): void {
    if (this.#commit.readers > 0) {
      const units = new Bits();
      units.copyFrom(this.#committed);
      this.#commit.units = units;
      this.#older.add(this.#commit);
      this.#commit = { readers: 0, units: undefined };
    }
    this.#committed.copyFrom(this.#live);
    this.#release();
  }

  /** What the last commit uses is kept until the function returned is called; later commits are kept no longer for it. */
  pin(): () => void {
    const commit = this.#commit;
    commit.readers += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      commit.readers -= 1;
      if (commit.readers === 0 && this.#older.delete(commit)) this.#release();
    };
  }

  #release(): void {
    this.#busy.copyFrom(this.#committed);
    this.#busy.addAll(this.#live);
    for (const { units } of this.#older) if (units !== undefined) this.#busy.addAll(units);
    this.#cursors = new Map();
  }

  /** One behind the last unit that may be read or written. */
  get end(): number {
    return this.#busy.length();
  }

  get liveBytes(): number {
    return this.#live.count() * pieceUnitBytes;
  }

  isCommitted(unit: number): boolean {
    return this.#committed.has(unit);
  }

  get committedUnits(): number {
    return this.#committed.count();
  }

  /** Maps that describe the state being built. */
  get maps(): number {
    return Math.ceil(this.#live.length() / unitsPerMap);
  }

  /** Bits of a map; a view. */
  map(index: number): Uint8Array {
    return mapOf(this.#live, index);
  }

  /** Whether a map says other than at the last commit. */
  isMapChanged(index: number): boolean {
    return Buffer.compare(mapOf(this.#live, index), mapOf(this.#committed, index)) !== 0;
  }

  isMapEmpty(index: number): boolean {
    return mapOf(this.#live, index).every((byte) => byte === 0);
  }
}

function mapOf(bits: Bits, index: number): Uint8Array {
  bits.grow((index + 1) * unitsPerMap);
  return bits.bytes().subarray((index * unitsPerMap) / 8, ((index + 1) * unitsPerMap) / 8);
}
