/**
 * A sorted set: the score of each member in a dictionary, and the members in order in a tree. The dictionary's order gives
 * random picks and ZSCAN's cursors.
 */
import type { DenseTracker } from '../dense-tracker.ts';
import { Dict } from '../dict.ts';
import { type Collection, stringBytes } from '../value.ts';
import { ScoreTree, type TreeCursor } from './score-tree.ts';

/** Both structures of a small set, whose arrays have room for 16 members from the first one on. */
const zsetOverheadBytes = 850;
/** Of a member beside its bytes: about 40 in the dictionary with its index, 26 in the tree. Measured on sets of 200,000. */
const memberOverheadBytes = 66;

export class ZsetValue implements Collection {
  readonly type = 'zset';
  readonly scores: Dict<number>;
  private readonly tree = new ScoreTree();
  accountedBytes = 0;
  private membersBytes = 0;
  /** Most members it ever had, and length of the longest it ever had: what OBJECT ENCODING goes by. */
  membersMost = 0;
  memberLengthMost = 0;

  /** @param scores members with scores to begin with; the set takes the dictionary over */
  constructor(scores?: Dict<number>) {
    this.scores = scores ?? new Dict<number>();
    if (scores === undefined) return;
    for (const member of scores.keys) this.count(member);
    const order = sortedPositions(scores);
    this.tree.build(
      order.map((position) => scores.values[position]!),
      order.map((position) => scores.keys[position]!),
    );
  }

  get size(): number {
    return this.scores.size;
  }

  get segments(): DenseTracker | undefined {
    return this.scores.segments;
  }

  set segments(tracker: DenseTracker | undefined) {
    this.scores.segments = tracker;
  }

  get bytes(): number {
    return zsetOverheadBytes + this.membersBytes + this.size * memberOverheadBytes;
  }

  score(member: string): number | undefined {
    return this.scores.get(member);
  }

  /** @param score not NaN @returns whether the member is new */
  put(member: string, score: number): boolean {
    const { scores, tree } = this;
    const position = scores.find(member);
    if (position < 0) {
      scores.set(member, score);
      tree.insert(score, member);
      this.count(member);
      return true;
    }
    const before = scores.values[position]!;
    if (before === score) return false;
    if (scores.segments !== undefined) scores.segments.touchAt(position);
    // The string that is already in memory, not another of the same bytes.
    const known = scores.keys[position]!;
    tree.remove(before, known);
    tree.insert(score, known);
    scores.values[position] = score;
    return false;
  }

  /** @returns whether the member was there */
  remove(member: string): boolean {
    const position = this.scores.find(member);
    if (position < 0) return false;
    const known = this.scores.keys[position]!;
    this.tree.remove(this.scores.values[position]!, known);
    this.scores.deleteAt(position);
    this.membersBytes -= stringBytes(known);
    return true;
  }

  /** Place in the order from 0, or undefined for who is not a member. */
  rank(member: string): number | undefined {
    const score = this.scores.get(member);
    return score === undefined ? undefined : this.tree.rank(score, member);
  }

  /** How many entries from the lowest on pass the test, which must hold for a number of entries and then for none. */
  countWhile(before: (score: number, member: string) => boolean): number {
    return this.tree.countWhile(before);
  }

  /** The entry at a place below `size`, and the way to its neighbours; valid until the next change. */
  at(rank: number): TreeCursor {
    return this.tree.at(rank);
  }

  private count(member: string): void {
    this.membersBytes += stringBytes(member);
    if (this.size > this.membersMost) this.membersMost = this.size;
    if (member.length > this.memberLengthMost) this.memberLengthMost = member.length;
  }
}

function sortedPositions({ keys, values }: Dict<number>): number[] {
  const order = keys.map((_, position) => position);
  return order.sort((a, b) => {
    const difference = values[a]! - values[b]!;
    if (difference < 0) return -1;
    if (difference > 0) return 1;
    // Of equal infinities the difference is NaN, of unlike ones it is not.
    return keys[a]! < keys[b]! ? -1 : 1;
  });
}
