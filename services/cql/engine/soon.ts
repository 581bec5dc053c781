/** Values that may have to be waited for. */
import type { Soon } from './storage.ts';

export function isPromise<Value>(value: Soon<Value>): value is Promise<Value> {
  return value instanceof Promise;
}
