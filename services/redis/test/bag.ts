/** The least collection there can be, for tests of what commands do with values of any type. It takes the place of lists. */
import type { Collection, ValueType } from '../engine/value.ts';

export class Bag implements Collection {
  readonly type = 'list';
  readonly items: string[] = [];
  bytes = 100;
  accountedBytes = 0;

  constructor(items: readonly string[] = []) {
    for (const item of items) this.add(item);
  }

  get size(): number {
    return this.items.length;
  }

  add(item: string): void {
    this.items.push(item);
    this.bytes += 16 + item.length;
  }
}

export const bagType: ValueType<Bag> = {
  type: 'list',
  code: 2,
  save(value, to) {
    to.varint(value.items.length);
    for (const item of value.items) to.string(item);
  },
  load(from) {
    const bag = new Bag();
    for (let left = from.varint(); left > 0; left--) bag.add(from.string());
    return bag;
  },
  encoding: () => 'bag',
  elements: (value) => value.items,
  fromElements: (elements) => new Bag(elements),
};
