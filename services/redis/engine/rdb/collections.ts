/**
 * How the values of each type of collection are made from what a payload holds, and read to be written into one. A type that
 * has no row here is neither written nor read.
 */
import { Dict } from '../dict.ts';
import { HashValue } from '../types/hash-value.ts';
import { ListValue } from '../types/list-value.ts';
import { SetValue } from '../types/set-value.ts';
import { ZsetValue } from '../types/zset-value.ts';
import type { Collection, CollectionType } from '../value.ts';

/** Makes values. What it is given is not empty, and no member or field is there twice. */
export interface RdbTarget {
  makeList(elements: readonly string[]): Collection;
  makeSet(members: readonly string[]): Collection;
  makeHash(pairs: readonly (readonly [field: string, value: string])[]): Collection;
  /** Scores are not NaN. */
  makeZset(pairs: readonly (readonly [member: string, score: number])[]): Collection;
}

/** Reads values: visits all of their elements, as many as `size`, in any order but a list's own. */
export interface RdbSource {
  list(value: Collection, visit: (element: string) => void): void;
  set(value: Collection, visit: (member: string) => void): void;
  hash(value: Collection, visit: (field: string, value: string) => void): void;
  zset(value: Collection, visit: (member: string, score: number) => void): void;
}

/** Types that the engine has no class for. */
export class UnknownTypeError extends Error {
  constructor(type: CollectionType) {
    super(`values of type ${type} are not known to payloads`);
    this.name = 'UnknownTypeError';
  }
}

export const rdbTarget: RdbTarget = {
  makeList: (elements) => ListValue.from(elements),
  makeSet(members) {
    const set = new SetValue();
    for (const member of members) set.add(member);
    return set;
  },
  makeHash(pairs) {
    const hash = new HashValue();
    for (const [field, value] of pairs) hash.set(field, value);
    return hash;
  },
  makeZset(pairs) {
    const scores = new Dict<number>();
    for (const [member, score] of pairs) scores.set(member, score);
    return new ZsetValue(scores);
  },
};

export const rdbSource: RdbSource = {
  list: (value, visit) => (value as ListValue).each(0, value.size, visit),
  set(value, visit) {
    for (const member of (value as SetValue).keys) visit(member);
  },
  hash(value, visit) {
    const { keys, values } = (value as HashValue).fields;
    for (let i = 0; i < keys.length; i++) visit(keys[i]!, values[i]!);
  },
  zset(value, visit) {
    const { keys, values } = (value as ZsetValue).scores;
    for (let i = 0; i < keys.length; i++) visit(keys[i]!, values[i]!);
  },
};
