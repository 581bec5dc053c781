/** `numkeys key… arg…` of EVAL and FCALL. */
import { notInteger, RedisError } from '../engine/errors.ts';
import { parseInteger } from '../engine/numbers.ts';

/** Where keys begin. */
const keysAt = 3;

/** @param bad thrown when it is no number @throws RedisError */
export function countKeys(args: readonly string[], bad: RedisError = notInteger): number {
  const count = parseInteger(args[2]!);
  if (count === undefined) throw bad;
  if (count > args.length - keysAt) {
    throw new RedisError("ERR Number of keys can't be greater than number of args");
  }
  if (count < 0) throw new RedisError("ERR Number of keys can't be negative");
  return Number(count);
}

/** Positions of the keys, for COMMAND GETKEYS and access rights. @throws RedisError */
export function scriptKeys(args: readonly string[]): number[] {
  const count = parseInteger(args[2] ?? '');
  if (count === undefined || count < 0 || count > args.length - keysAt) {
    throw new RedisError('ERR Invalid arguments specified for command');
  }
  return Array.from({ length: Number(count) }, (_, i) => keysAt + i);
}
