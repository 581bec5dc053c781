/** How lists are stored: number of elements ‖ elements from left to right. */
import type { ValueType } from '../value.ts';
import { listEncoding } from './list-encoding.ts';
import { ListValue } from './list-value.ts';

export const listType: ValueType<ListValue> = {
  type: 'list',
  code: 2,
  save(list, to) {
    to.varint(list.size);
    list.each(0, list.size, (item) => to.string(item));
  },
  load(from) {
    const list = new ListValue();
    for (let left = from.varint(); left > 0; left--) list.pushRight(from.string());
    list.packed = undefined;
    return list;
  },
  encoding: listEncoding,
  elements: (list) => list,
  fromElements: (elements) => ListValue.from(elements),
  segments: { track: (list) => list.track() },
};
