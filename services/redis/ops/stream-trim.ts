/** `MAXLEN` and `MINID` with `=`, `~` and `LIMIT`: of XADD and XTRIM. */
import type { Engine } from '../engine/engine.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { type StreamPlace, trimEntries } from '../engine/types/stream-changes.ts';
import { parseAutoSeq, parseId, type StreamId, type U64 } from '../engine/types/stream-id.ts';
import type { BlockLimits } from '../engine/types/stream-value.ts';
import { integerArg, invalidId, strictId } from './stream-args.ts';

export interface TrimOptions {
  /** Entries that stay at most; or the first id that stays; undefined: nothing is trimmed. */
  readonly to: number | StreamId | undefined;
  /** Only whole blocks (`~`). */
  readonly whole: boolean;
  /** Entries removed at most, 0 for any number. */
  readonly limit: number;
}

export interface AddOptions extends TrimOptions {
  readonly makeStream: boolean;
  /** `*`: undefined; `ms-*`: the milliseconds; else the id. */
  readonly id: StreamId | U64 | undefined;
  /** Position of the first field in the words. */
  readonly fieldsAt: number;
}

/** Blocks that approximate trimming removes at once, where LIMIT is not given. */
const blocksAtOnce = 100;
const limitWithoutEntriesMax = 10_000;
const limitMax = 1_000_000;

/** When a block is full, as configured. */
export function blockLimits(engine: Engine): BlockLimits {
  return {
    entriesMax: parameter(engine, 'stream-node-max-entries', 100),
    bytesMax: parameter(engine, 'stream-node-max-bytes', 4096),
  };
}

function parameter(engine: Engine, name: string, otherwise: number): number {
  return engine.config.row(name) === undefined ? otherwise : engine.config.number(name);
}

/** The words of XTRIM after the key. @throws RedisError */
export function parseTrim(engine: Engine, args: readonly string[]): TrimOptions {
  const parsed = new OptionParser(args);
  for (let at = 2; at < args.length; ) {
    const next = parsed.option(at);
    if (next === at) throw syntaxError;
    at = next;
  }
  const options = parsed.finish(engine);
  if (options.to === undefined)
    throw new RedisError('ERR syntax error, XTRIM must be called with a trimming strategy');
  return options;
}

/** The words of XADD after the key. @throws RedisError */
export function parseAdd(engine: Engine, args: readonly string[]): AddOptions {
  const parsed = new OptionParser(args);
  let makeStream = true;
  let id: StreamId | U64 | undefined;
  let at = 2;
  for (; at < args.length; ) {
    const word = args[at]!;
    if (word === '*') break;
    const next = parsed.option(at);
    if (next > at) at = next;
    else if (word.toLowerCase() === 'nomkstream') {
      makeStream = false;
      at++;
    } else {
      id = parseAutoSeq(word) ?? parseId(word, 0);
      if (id === undefined) throw invalidId;
      break;
    }
  }
  return { ...parsed.finish(engine), makeStream, id, fieldsAt: at + 1 };
}

class OptionParser {
  private readonly args: readonly string[];
  private to: number | StreamId | undefined;
  private whole = false;
  private limit: number | undefined;

  constructor(args: readonly string[]) {
    this.args = args;
  }

  /** @returns the position after the option, or `at` when there is none */
  option(at: number): number {
    const { args } = this;
    if (at + 1 >= args.length) return at;
    const name = args[at]!.toLowerCase();
    if (name === 'limit') {
      this.limit = integerArg(args[at + 1]!);
      if (this.limit < 0) throw new RedisError('ERR The LIMIT argument must be >= 0.');
      return at + 2;
    }
    if (name !== 'maxlen' && name !== 'minid') return at;
    if (this.to !== undefined)
      throw new RedisError('ERR syntax error, MAXLEN and MINID options at the same time are not compatible');
    const sign = at + 2 < args.length ? args[at + 1]! : '';
    const valueAt = sign === '~' || sign === '=' ? at + 2 : at + 1;
    this.whole = sign === '~';
    if (name === 'minid') this.to = strictId(args[valueAt]!);
    else {
      this.to = integerArg(args[valueAt]!);
      if (this.to < 0) throw new RedisError('ERR The MAXLEN argument must be >= 0.');
    }
    return valueAt + 1;
  }

  finish(engine: Engine): TrimOptions {
    const { to, whole, limit } = this;
    if (limit !== undefined && limit > 0 && to === undefined)
      throw new RedisError('ERR syntax error, LIMIT cannot be used without specifying a trimming strategy');
    if (limit !== undefined && !whole)
      throw new RedisError('ERR syntax error, LIMIT cannot be used without the special ~ option');
    return { to, whole, limit: limit ?? (whole ? usualLimit(engine) : 0) };
  }
}

function usualLimit(engine: Engine): number {
  const { entriesMax } = blockLimits(engine);
  return entriesMax <= 0 ? limitWithoutEntriesMax : Math.min(blocksAtOnce * entriesMax, limitMax);
}

/** @returns how many entries were removed */
export function trimStream(place: StreamPlace, options: TrimOptions): number {
  const { stream } = place;
  const { to, whole, limit } = options;
  if (to === undefined) return 0;
  const count =
    typeof to === 'number' ? stream.excess(to, whole, limit) : stream.countBelow(to, whole, limit);
  trimEntries(place, count);
  return count;
}
