/** The words of XREAD and XREADGROUP. */
import type { Call } from '../engine/call.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { integerArg } from './stream-args.ts';

export interface ReadOptions {
  /** Entries of each stream, 0 for all. */
  readonly count: number;
  /** 0 to wait for ever; undefined not to wait. */
  readonly blockMs: number | undefined;
  /** Undefined for XREAD. */
  readonly group: string | undefined;
  readonly consumer: string;
  readonly noAck: boolean;
  /** Position of the first key; as many ids follow the keys. */
  readonly keysAt: number;
  readonly keyCount: number;
}

/** @throws RedisError */
export function parseRead(call: Call, args: readonly string[], ofGroup: boolean): ReadOptions {
  let count = 0;
  let blockMs: number | undefined;
  let group: string | undefined;
  let consumer = '';
  let noAck = false;
  let keysAt = 0;
  for (let i = 1; i < args.length && keysAt === 0; i++) {
    const option = args[i]!.toLowerCase();
    const more = args.length - i - 1;
    if (option === 'block' && more > 0) {
      if (call.inScript)
        throw new RedisError(`ERR ${args[0]} command is not allowed with BLOCK option from scripts`);
      blockMs = timeout(args[++i]!, call.now);
    } else if (option === 'count' && more > 0) count = Math.max(integerArg(args[++i]!), 0);
    else if (option === 'streams' && more > 0) keysAt = i + 1;
    else if (option === 'group' && more >= 2) {
      if (!ofGroup) throw onlyOfGroup('GROUP');
      group = args[++i]!;
      consumer = args[++i]!;
    } else if (option === 'noack') {
      if (!ofGroup) throw onlyOfGroup('NOACK');
      noAck = true;
    } else throw syntaxError;
  }
  if (keysAt === 0) throw syntaxError;
  if ((args.length - keysAt) % 2 !== 0) throw unbalanced(ofGroup);
  if (ofGroup && group === undefined) throw new RedisError('ERR Missing GROUP option for XREADGROUP');
  return { count, blockMs, group, consumer, noAck, keysAt, keyCount: (args.length - keysAt) / 2 };
}

function onlyOfGroup(option: string): RedisError {
  return new RedisError(
    `ERR The ${option} option is only supported by XREADGROUP. You called XREAD instead.`,
  );
}

/** As redis-server 7.2 words it, which names the command and the special id that it takes. */
function unbalanced(ofGroup: boolean): RedisError {
  const [name, special] = ofGroup ? ['xreadgroup', '>'] : ['xread', '$'];
  return new RedisError(
    `ERR Unbalanced '${name}' list of streams: for each stream key an ID or '${special}' must be specified.`,
  );
}

function timeout(text: string, now: number): number {
  const ms = integerArg(text, new RedisError('ERR timeout is not an integer or out of range'));
  if (ms < 0) throw new RedisError('ERR timeout is negative');
  if (ms > Number.MAX_SAFE_INTEGER - now) throw new RedisError('ERR timeout is out of range');
  return ms;
}
