/**
 * Entries (score, member) in order, with ranks: a B+-tree whose inner nodes know how many entries are below each child
 * (an order-statistic tree). Order is by score, then by the bytes of the member. Finding, adding, removing and the rank of
 * an entry take O(log n); leaves are linked, so a range of m entries takes O(m) more. A set of up to `leafEntriesMax`
 * entries is one leaf, that is two sorted arrays.
 */

export const leafEntriesMax = 128;
const innerChildrenMax = 64;
/** A node with fewer is joined with a neighbour when both fit well into one. */
const leafEntriesMin = 32;
const innerChildrenMin = 16;

export class Leaf {
  scores: number[];
  members: string[];
  previous: Leaf | undefined = undefined;
  next: Leaf | undefined = undefined;

  constructor(scores: number[], members: string[]) {
    this.scores = scores;
    this.members = members;
  }
}

class Inner {
  readonly children: Node[];
  /** Entries below each child. */
  readonly sizes: number[];
  /** Separators: no entry of child i is less than separator i, all of child i - 1 are. Separator 0 is not used. */
  readonly scores: number[];
  readonly members: string[];

  constructor(children: Node[], sizes: number[], scores: number[], members: string[]) {
    this.children = children;
    this.sizes = sizes;
    this.scores = scores;
    this.members = members;
  }
}

type Node = Leaf | Inner;

export class ScoreTree {
  size = 0;
  private root: Node = new Leaf([], []);
  private first: Leaf = this.root as Leaf;
  /** Separator of the node that a split made. */
  private splitScore = 0;
  private splitMember = '';

  /** Adds an entry that is not there. */
  insert(score: number, member: string): void {
    const right = this.insertBelow(this.root, score, member);
    this.size++;
    if (right === undefined) return;
    const left = this.root;
    this.root = new Inner(
      [left, right],
      [sizeOf(left), sizeOf(right)],
      [0, this.splitScore],
      ['', this.splitMember],
    );
  }

  /** @returns whether the entry was there */
  remove(score: number, member: string): boolean {
    if (!this.removeBelow(this.root, score, member)) return false;
    this.size--;
    if (this.size === 0) {
      this.first = new Leaf([], []);
      this.root = this.first;
    }
    while (this.root instanceof Inner && this.root.children.length === 1) this.root = this.root.children[0]!;
    return true;
  }

  /** How many entries come before this one, which need not be there. */
  rank(score: number, member: string): number {
    let rank = 0;
    let node = this.root;
    while (node instanceof Inner) {
      const at = childFor(node, score, member);
      for (let i = 0; i < at; i++) rank += node.sizes[i]!;
      node = node.children[at]!;
    }
    return rank + positionIn(node, score, member);
  }

  /** How many entries from the first on are `before` something: a test that holds for a number of entries and then for none. */
  countWhile(before: (score: number, member: string) => boolean): number {
    let count = 0;
    let node = this.root;
    while (node instanceof Inner) {
      let low = 1;
      let high = node.children.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (before(node.scores[middle]!, node.members[middle]!)) low = middle + 1;
        else high = middle;
      }
      for (let i = 0; i < low - 1; i++) count += node.sizes[i]!;
      node = node.children[low - 1]!;
    }
    let low = 0;
    let high = node.scores.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(node.scores[middle]!, node.members[middle]!)) low = middle + 1;
      else high = middle;
    }
    return count + low;
  }

  /** A cursor at the entry of a rank below `size`; valid until the next change. */
  at(rank: number): TreeCursor {
    if (rank === 0) return new TreeCursor(this.first, 0);
    let left = rank;
    let node = this.root;
    while (node instanceof Inner) {
      let i = 0;
      while (left >= node.sizes[i]!) left -= node.sizes[i++]!;
      node = node.children[i]!;
    }
    return new TreeCursor(node, left);
  }

  /** Fills an empty tree with entries in order: full nodes, bottom up. */
  build(scores: readonly number[], members: readonly string[]): void {
    const { length } = members;
    if (this.size > 0) throw new Error('the tree is not empty');
    if (length === 0) return;
    this.size = length;
    let nodes: Node[] = [];
    let least: number[] = [];
    let previous: Leaf | undefined;
    const leaves = Math.ceil(length / leafEntriesMax);
    for (let i = 0; i < leaves; i++) {
      const from = Math.floor((i * length) / leaves);
      const to = Math.floor(((i + 1) * length) / leaves);
      const leaf = new Leaf(scores.slice(from, to), members.slice(from, to));
      leaf.previous = previous;
      if (previous === undefined) this.first = leaf;
      else previous.next = leaf;
      previous = leaf;
      nodes.push(leaf);
      least.push(from);
    }
    while (nodes.length > 1) {
      const parents: Node[] = [];
      const parentsLeast: number[] = [];
      const count = Math.ceil(nodes.length / innerChildrenMax);
      for (let i = 0; i < count; i++) {
        const from = Math.floor((i * nodes.length) / count);
        const to = Math.floor(((i + 1) * nodes.length) / count);
        const children = nodes.slice(from, to);
        const starts = least.slice(from, to);
        parents.push(
          new Inner(
            children,
            children.map(sizeOf),
            starts.map((start) => scores[start]!),
            starts.map((start) => members[start]!),
          ),
        );
        parentsLeast.push(starts[0]!);
      }
      nodes = parents;
      least = parentsLeast;
    }
    this.root = nodes[0]!;
  }

  /** @returns the node split off to the right, if there was no room */
  private insertBelow(node: Node, score: number, member: string): Node | undefined {
    if (node instanceof Leaf) return this.insertInto(node, score, member);
    const at = childFor(node, score, member);
    const child = node.children[at]!;
    const right = this.insertBelow(child, score, member);
    if (right === undefined) {
      node.sizes[at]!++;
      return undefined;
    }
    node.sizes[at] = sizeOf(child);
    node.children.splice(at + 1, 0, right);
    node.sizes.splice(at + 1, 0, sizeOf(right));
    node.scores.splice(at + 1, 0, this.splitScore);
    node.members.splice(at + 1, 0, this.splitMember);
    if (node.children.length <= innerChildrenMax) return undefined;
    // Growing at the end, as with times for scores, leaves nodes full instead of half empty.
    const half = at + 2 === node.children.length ? node.children.length - 2 : node.children.length >> 1;
    this.splitScore = node.scores[half]!;
    this.splitMember = node.members[half]!;
    return new Inner(
      node.children.splice(half),
      node.sizes.splice(half),
      node.scores.splice(half),
      node.members.splice(half),
    );
  }

  private insertInto(leaf: Leaf, score: number, member: string): Leaf | undefined {
    const { scores, members } = leaf;
    const at = positionIn(leaf, score, member);
    const { length } = scores;
    if (length < leafEntriesMax) {
      scores.splice(at, 0, score);
      members.splice(at, 0, member);
      return undefined;
    }
    const half = at === length ? length : length >> 1;
    // Copies of the right size: arrays that grew have room that would stay unused.
    const right = new Leaf(scores.slice(half), members.slice(half));
    leaf.scores = scores.slice(0, half);
    leaf.members = members.slice(0, half);
    right.previous = leaf;
    right.next = leaf.next;
    if (right.next !== undefined) right.next.previous = right;
    leaf.next = right;
    if (at >= half) this.insertInto(right, score, member);
    else this.insertInto(leaf, score, member);
    this.splitScore = right.scores[0]!;
    this.splitMember = right.members[0]!;
    return right;
  }

  private removeBelow(node: Node, score: number, member: string): boolean {
    if (node instanceof Leaf) {
      const at = positionIn(node, score, member);
      if (at >= node.scores.length || node.scores[at] !== score || node.members[at] !== member) return false;
      removeAt(node.scores, at);
      removeAt(node.members, at);
      return true;
    }
    const at = childFor(node, score, member);
    const child = node.children[at]!;
    if (!this.removeBelow(child, score, member)) return false;
    if (--node.sizes[at]! === 0) this.drop(node, at);
    else if (isSparse(child) && (at === 0 || !this.join(node, at - 1))) this.join(node, at);
    return true;
  }

  /** Takes an empty child out: cursors never meet an empty leaf. */
  private drop(parent: Inner, at: number): void {
    const child = parent.children[at]!;
    if (child instanceof Leaf) {
      if (child.previous !== undefined) child.previous.next = child.next;
      else if (child.next !== undefined) this.first = child.next;
      if (child.next !== undefined) child.next.previous = child.previous;
    }
    removeAt(parent.children, at);
    removeAt(parent.sizes, at);
    removeAt(parent.scores, at);
    removeAt(parent.members, at);
  }

  /** Moves all of child `at` + 1 into child `at`, if they fit well. @returns whether it did */
  private join(parent: Inner, at: number): boolean {
    if (at + 1 >= parent.children.length) return false;
    const left = parent.children[at]!;
    const right = parent.children[at + 1]!;
    if (left instanceof Leaf) {
      if (!fits(left.scores.length, (right as Leaf).scores.length, leafEntriesMax)) return false;
      this.joinLeaves(left, right as Leaf);
    } else {
      const other = right as Inner;
      if (!fits(left.children.length, other.children.length, innerChildrenMax)) return false;
      // Separator 0 of the right node was never kept up: the parent has the one that holds.
      other.scores[0] = parent.scores[at + 1]!;
      other.members[0] = parent.members[at + 1]!;
      left.children.push(...other.children);
      left.sizes.push(...other.sizes);
      left.scores.push(...other.scores);
      left.members.push(...other.members);
    }
    parent.sizes[at] = parent.sizes[at]! + parent.sizes[at + 1]!;
    removeAt(parent.children, at + 1);
    removeAt(parent.sizes, at + 1);
    removeAt(parent.scores, at + 1);
    removeAt(parent.members, at + 1);
    return true;
  }

  private joinLeaves(left: Leaf, right: Leaf): void {
    left.scores = left.scores.concat(right.scores);
    left.members = left.members.concat(right.members);
    left.next = right.next;
    if (right.next !== undefined) right.next.previous = left;
  }
}

/** A place in the order. */
export class TreeCursor {
  private leaf: Leaf;
  private index: number;

  constructor(leaf: Leaf, index: number) {
    this.leaf = leaf;
    this.index = index;
  }

  get score(): number {
    return this.leaf.scores[this.index]!;
  }

  get member(): string {
    return this.leaf.members[this.index]!;
  }

  /** To the next entry; past the last one the cursor is of no use. */
  forward(): void {
    if (++this.index < this.leaf.scores.length || this.leaf.next === undefined) return;
    this.leaf = this.leaf.next;
    this.index = 0;
  }

  backward(): void {
    if (--this.index >= 0 || this.leaf.previous === undefined) return;
    this.leaf = this.leaf.previous;
    this.index = this.leaf.scores.length - 1;
  }
}

function sizeOf(node: Node): number {
  if (node instanceof Leaf) return node.scores.length;
  let size = 0;
  for (const below of node.sizes) size += below;
  return size;
}

/** The child whose part of the order the entry belongs to. */
function childFor(node: Inner, score: number, member: string): number {
  const { scores, members } = node;
  let low = 1;
  let high = scores.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = scores[middle]!;
    if (other < score || (other === score && members[middle]! <= member)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Where the entry is in the leaf, or would be. */
function positionIn(leaf: Leaf, score: number, member: string): number {
  const { scores, members } = leaf;
  let low = 0;
  let high = scores.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = scores[middle]!;
    if (other < score || (other === score && members[middle]! < member)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As `splice(at, 1)`, several times quicker: no array is made of what is removed. */
function removeAt<T>(list: T[], at: number): void {
  const last = list.length - 1;
  for (let i = at; i < last; i++) list[i] = list[i + 1]!;
  list.pop();
}

function isSparse(node: Node): boolean {
  return node instanceof Leaf ? node.scores.length < leafEntriesMin : node.children.length < innerChildrenMin;
}

/** Some room must be left, or the next insertion would split the node again. */
function fits(left: number, right: number, most: number): boolean {
  return left + right <= most - (most >> 2);
}
