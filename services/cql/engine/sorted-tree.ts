/**
 * Items in order: a B+-tree with linked leaves. Finding, adding and removing take O(log n); walking from a position takes O(1) a step, in
 * both directions, also while the tree changes under the walker. Nodes that removing leaves small are kept until they are
 * empty: the height stays logarithmic in the number of insertions (Sen, Tarjan: "Deletion without rebalancing in multiway search
 * trees", 2014), and what the memtable drops is mostly everything.
 */
import { engineLimits } from './limits.ts';

const fanout = engineLimits.treeFanout;

interface Leaf<Item> {
  readonly items: Item[];
  previous: Leaf<Item> | undefined;
  next: Leaf<Item> | undefined;
}

interface Inner<Item> {
  readonly children: Node<Item>[];
  /** No item of child i is before the item i; all of child i - 1 are. Item 0 is not looked at. */
  readonly separators: Item[];
}

type Node<Item> = Leaf<Item> | Inner<Item>;

/** Less than 0 when the item is before the position, more than 0 when behind, 0 when at it. */
export type Place<Position, Item> = (item: Item, position: Position) => number;

export class SortedTree<Item> {
  size = 0;
  /** Rises whenever leaves are not what they were. */
  version = 0;
  private root: Node<Item> = { items: [], previous: undefined, next: undefined };
  private readonly compare: (left: Item, right: Item) => number;
  /** What a split leaves for the level above. */
  private separator: Item | undefined;

  constructor(compare: (left: Item, right: Item) => number) {
    this.compare = compare;
  }

  get<Position>(position: Position, place: Place<Position, Item>): Item | undefined {
    const leaf = this.leafOf(position, place);
    const item = leaf.items[firstNotBefore(leaf.items, position, place)];
    return item !== undefined && place(item, position) === 0 ? item : undefined;
  }

  /** Adds an item that is not there. */
  insert(item: Item): void {
    this.version++;
    this.size++;
    const right = this.insertBelow(this.root, item);
    if (right !== undefined) {
      this.root = { children: [this.root, right], separators: [this.separator!, this.separator!] };
    }
  }

  private insertBelow(node: Node<Item>, item: Item): Node<Item> | undefined {
    if ('items' in node) {
      const index = firstNotBefore(node.items, item, this.compare);
      node.items.splice(index, 0, item);
      return node.items.length > fanout ? this.splitLeaf(node, index) : undefined;
    }
    const index = childIndex(node, item, this.compare);
    const right = this.insertBelow(node.children[index]!, item);
    if (right === undefined) return undefined;
    node.children.splice(index + 1, 0, right);
    node.separators.splice(index + 1, 0, this.separator!);
    if (node.children.length <= fanout) return undefined;
    const half = splitPoint(index + 1, node.children.length);
    this.separator = node.separators[half];
    return { children: node.children.splice(half), separators: node.separators.splice(half) };
  }

  private splitLeaf(leaf: Leaf<Item>, inserted: number): Leaf<Item> {
    const half = splitPoint(inserted, leaf.items.length);
    const right: Leaf<Item> = { items: leaf.items.splice(half), previous: leaf, next: leaf.next };
    if (leaf.next !== undefined) leaf.next.previous = right;
    leaf.next = right;
    this.separator = right.items[0];
    return right;
  }

  /** @returns whether it was there */
  remove(item: Item): boolean {
    if (!this.removeBelow(this.root, item)) return false;
    this.version++;
    this.size--;
    while (!('items' in this.root) && this.root.children.length === 1) this.root = this.root.children[0]!;
    return true;
  }

  private removeBelow(node: Node<Item>, item: Item): boolean {
    if ('items' in node) {
      const index = firstNotBefore(node.items, item, this.compare);
      if (index === node.items.length || this.compare(node.items[index]!, item) !== 0) return false;
      node.items.splice(index, 1);
      return true;
    }
    const index = childIndex(node, item, this.compare);
    const child = node.children[index]!;
    if (!this.removeBelow(child, item)) return false;
    if ('items' in child && child.items.length === 0) {
      if (child.previous !== undefined) child.previous.next = child.next;
      if (child.next !== undefined) child.next.previous = child.previous;
    } else if ('items' in child || child.children.length > 0) {
      return true;
    }
    // When that was the last child, the level above takes this node away; a root has two at least.
    node.children.splice(index, 1);
    node.separators.splice(index, 1);
    return true;
  }

  /** The first item at the position or behind it. */
  from<Position>(position: Position, place: Place<Position, Item>): TreeWalk<Item> {
    return new TreeWalk(this, this.compare, position, place as Place<unknown, Item>, false);
  }

  /** The last item before the position, towards the first. */
  before<Position>(position: Position, place: Place<Position, Item>): TreeWalk<Item> {
    return new TreeWalk(this, this.compare, position, place as Place<unknown, Item>, true);
  }

  first(): TreeWalk<Item> {
    return this.from(undefined, behindStart);
  }

  /** The leaf in which the first item at the position or behind it is, unless that begins the next leaf. */
  leafOf<Position>(position: Position, place: Place<Position, Item>): Leaf<Item> {
    let node = this.root;
    while (!('items' in node)) node = node.children[childIndex(node, position, place)]!;
    return node;
  }
}

/** One after the other; stays where it is while the tree changes. */
export class TreeWalk<Item> {
  private readonly tree: SortedTree<Item>;
  private readonly compare: (left: Item, right: Item) => number;
  private readonly isReversed: boolean;
  private readonly position: unknown;
  private readonly place: Place<unknown, Item>;
  private leaf: Leaf<Item> | undefined;
  private index = 0;
  private version = -1;
  /** The item before what comes next; nothing came yet when undefined. */
  private last: Item | undefined;

  constructor(
    tree: SortedTree<Item>,
    compare: (left: Item, right: Item) => number,
    position: unknown,
    place: Place<unknown, Item>,
    isReversed: boolean,
  ) {
    this.tree = tree;
    this.compare = compare;
    this.position = position;
    this.place = place;
    this.isReversed = isReversed;
  }

  /** What `next` would give. */
  peek(): Item | undefined {
    if (this.version !== this.tree.version) this.seek();
    if (this.isReversed) {
      while (this.leaf !== undefined && this.index < 0) {
        this.leaf = this.leaf.previous;
        this.index = (this.leaf?.items.length ?? 0) - 1;
      }
    } else {
      while (this.leaf !== undefined && this.index >= this.leaf.items.length) {
        this.leaf = this.leaf.next;
        this.index = 0;
      }
    }
    return this.leaf?.items[this.index];
  }

  next(): Item | undefined {
    const item = this.peek();
    if (item === undefined) return undefined;
    this.last = item;
    this.index += this.isReversed ? -1 : 1;
    return item;
  }

  private seek(): void {
    this.version = this.tree.version;
    const { last } = this;
    if (last === undefined) {
      this.leaf = this.tree.leafOf(this.position, this.place);
      this.index = firstNotBefore(this.leaf.items, this.position, this.place);
      if (this.isReversed) this.index--;
      return;
    }
    this.leaf = this.tree.leafOf(last, this.compare);
    this.index = firstNotBefore(this.leaf.items, last, this.compare);
    if (this.isReversed) this.index--;
    else {
      const item = this.leaf.items[this.index];
      if (item !== undefined && this.compare(item, last) === 0) this.index++;
    }
  }
}

function behindStart(): number {
  return 1;
}

function firstNotBefore<Position, Item>(
  items: readonly Item[],
  position: Position,
  place: Place<Position, Item>,
): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (place(items[middle]!, position) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last child whose separator is not behind the position. */
function childIndex<Position, Item>(
  node: Inner<Item>,
  position: Position,
  place: Place<Position, Item>,
): number {
  let low = 1;
  let high = node.children.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (place(node.separators[middle]!, position) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** In the middle, unless what made it too large came last. */
function splitPoint(inserted: number, length: number): number {
  return inserted === length - 1 ? length - 2 : length >>> 1;
}
