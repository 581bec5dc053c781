/** Going on with values that may have to be waited for, without waiting for those that are there. */
import { isPromise } from '../../engine/soon.ts';
import type { Soon } from '../../engine/storage.ts';

export function after<Value, Next>(value: Soon<Value>, next: (value: Value) => Soon<Next>): Soon<Next> {
  return isPromise(value) ? value.then(next) : next(value);
}

/** One after the other. */
export function inTurn<Item, Value>(
  items: readonly Item[],
  step: (item: Item) => Soon<Value>,
): Soon<Value[]> {
  const values: Value[] = [];
  const from = (at: number): Soon<Value[]> => {
    for (let index = at; index < items.length; index++) {
      const value = step(items[index]!);
      if (isPromise(value))
        return value.then((given) => {
          values.push(given);
          return from(index + 1);
        });
      values.push(value);
    }
    return values;
  };
  return from(0);
}
