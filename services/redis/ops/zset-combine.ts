/** Union, intersection and difference of sorted sets and sets; members of a set have the score 1. */
import type { Call } from '../engine/call.ts';
import { Dict } from '../engine/dict.ts';
import { wrongType } from '../engine/errors.ts';
import { ZsetValue } from '../engine/types/zset-value.ts';
import type { Value } from '../engine/value.ts';

export type Aggregate = 'sum' | 'min' | 'max';

/** What is needed of a set, whatever class it has. */
interface SetMembers {
  readonly type: 'set';
  readonly size: number;
  readonly keys: readonly string[];
  has(member: string): boolean;
}

/** One key of the command; without a value it is empty. */
export interface Input {
  readonly value: ZsetValue | SetMembers | undefined;
  readonly size: number;
  weight: number;
}

const noMembers: readonly string[] = [];

/** @throws WRONGTYPE when a key holds neither */
export function readInputs(call: Call, keys: readonly string[]): Input[] {
  return keys.map((key) => {
    const value = asInput(call.db.read(key));
    return { value, size: value?.size ?? 0, weight: 1 };
  });
}

function asInput(value: Value | undefined): ZsetValue | SetMembers | undefined {
  if (value === undefined || value instanceof ZsetValue) return value;
  if (typeof value === 'string' || value.type !== 'set') throw wrongType;
  return value as unknown as SetMembers;
}

function membersOf(input: Input): readonly string[] {
  const { value } = input;
  if (value === undefined) return noMembers;
  return value.type === 'zset' ? value.scores.keys : value.keys;
}

function scoreOf(input: Input, member: string): number | undefined {
  const { value } = input;
  if (value === undefined) return undefined;
  if (value.type === 'zset') return value.score(member);
  return value.has(member) ? 1 : undefined;
}

/** Zero times infinity counts as 0, as the sum of opposite infinities does. */
const orZero = (value: number): number => (Number.isNaN(value) ? 0 : value);

function aggregated(aggregate: Aggregate, before: number, value: number): number {
  if (aggregate === 'sum') return orZero(before + value);
  if (aggregate === 'min') return value < before ? value : before;
  return value > before ? value : before;
}

/** From the smallest: sums of doubles depend on the order, and Redis adds in this one. */
function bySize(inputs: readonly Input[]): Input[] {
  return [...inputs].sort((a, b) => a.size - b.size);
}

export function union(inputs: readonly Input[], aggregate: Aggregate): Dict<number> {
  const result = new Dict<number>();
  for (const input of bySize(inputs)) {
    const { value, weight } = input;
    const members = membersOf(input);
    const scores = value?.type === 'zset' ? value.scores.values : undefined;
    for (let i = 0; i < members.length; i++) {
      const score = orZero(weight * (scores === undefined ? 1 : scores[i]!));
      const position = result.find(members[i]!);
      if (position < 0) result.set(members[i]!, score);
      else result.values[position] = aggregated(aggregate, result.values[position]!, score);
    }
  }
  return result;
}

export function intersection(inputs: readonly Input[], aggregate: Aggregate): Dict<number> {
  const result = new Dict<number>();
  const [first, ...others] = bySize(inputs);
  for (const member of membersOf(first!)) {
    let score = orZero(first!.weight * scoreOf(first!, member)!);
    let everywhere = true;
    for (const other of others) {
      const found = scoreOf(other, member);
      if (found === undefined) {
        everywhere = false;
        break;
      }
      score = aggregated(aggregate, score, found * other.weight);
    }
    if (everywhere) result.set(member, score);
  }
  return result;
}

/** @param limit 0 for none @returns how many members all inputs have, at most `limit` */
export function countIntersection(inputs: readonly Input[], limit: number): number {
  const [first, ...others] = bySize(inputs);
  let count = 0;
  for (const member of membersOf(first!)) {
    if (!others.every((other) => scoreOf(other, member) !== undefined)) continue;
    count++;
    if (count === limit) break;
  }
  return count;
}

/** The members of the first input that no other has. */
export function difference(inputs: readonly Input[]): Dict<number> {
  const result = new Dict<number>();
  const [first, ...others] = inputs;
  for (const member of membersOf(first!)) {
    if (others.some((other) => scoreOf(other, member) !== undefined)) continue;
    result.set(member, scoreOf(first!, member)!);
  }
  return result;
}
