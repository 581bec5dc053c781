/** DUMP and RESTORE: a value as bytes that redis-server reads too. */
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { oneKey } from '../engine/command.ts';
import type { Engine } from '../engine/engine.ts';
import { RedisError, syntaxError } from '../engine/errors.ts';
import { hashString } from '../engine/hash-string.ts';
import { readPayload, writePayload } from '../engine/rdb/payload.ts';
import { integerArg } from './stream-args.ts';

const restore: Omit<CommandRow, 'name' | 'flags' | 'group' | 'since'> = {
  arity: -4,
  categories: ['keyspace', 'dangerous'],
  keys: oneKey('OW', 'update'),
  complexity: 'O(N) for N bytes and elements; O(N*log(N)) for a sorted set',
  summary: 'Makes a key of the bytes that DUMP gave.',
  syntax: 'key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]',
  run: (call, args) => restoreKey(call, args),
};

export const dumpCommands: CommandRow[] = [
  {
    name: 'dump',
    arity: 2,
    flags: ['readonly'],
    categories: ['keyspace'],
    keys: oneKey('RO', 'access'),
    group: 'generic',
    since: '2.6.0',
    complexity: 'O(N) for N bytes and elements',
    summary: 'Gives the value of a key as bytes for RESTORE.',
    syntax: 'key',
    tips: ['nondeterministic_output'],
    run(call, args) {
      const value = call.db.read(args[1]!);
      if (value === undefined) call.reply.null();
      else call.reply.bulk(writePayload(value));
    },
  },
  { ...restore, name: 'restore', flags: ['write', 'denyoom'], group: 'generic', since: '2.6.0' },
  {
    ...restore,
    name: 'restore-asking',
    flags: ['write', 'denyoom', 'asking'],
    group: 'server',
    since: '3.0.0',
  },
];

interface RestoreOptions {
  readonly replace: boolean;
  readonly absolute: boolean;
  /** Seconds since the last access, -1 when not given. */
  readonly idleSeconds: number;
  /** Counter of accesses, -1 when not given. */
  readonly frequency: number;
}

function parseOptions(args: readonly string[]): RestoreOptions {
  let replace = false;
  let absolute = false;
  let idleSeconds = -1;
  let frequency = -1;
  for (let i = 4; i < args.length; i++) {
    const option = args[i]!.toLowerCase();
    const more = i + 1 < args.length;
    if (option === 'replace') replace = true;
    else if (option === 'absttl') absolute = true;
    else if (option === 'idletime' && more && frequency === -1) {
      idleSeconds = integerArg(args[++i]!);
      if (idleSeconds < 0) throw new RedisError('ERR Invalid IDLETIME value, must be >= 0');
    } else if (option === 'freq' && more && idleSeconds === -1) {
      frequency = integerArg(args[++i]!);
      if (frequency < 0 || frequency > 255)
        throw new RedisError('ERR Invalid FREQ value, must be >= 0 and <= 255');
    } else throw syntaxError;
  }
  return { replace, absolute, idleSeconds, frequency };
}

function restoreKey(call: Call, args: readonly string[]): void {
  const { db, now } = call;
  const key = args[1]!;
  const options = parseOptions(args);
  const existed = db.write(key) !== undefined;
  if (existed && !options.replace) throw new RedisError('BUSYKEY Target key name already exists.');
  const ttl = integerArg(args[2]!);
  if (ttl < 0) throw new RedisError('ERR Invalid TTL value, must be >= 0');
  const value = readPayload(args[3]!);
  const expiresAt = ttl === 0 || options.absolute ? ttl : ttl + now;
  if (expiresAt > 0 && expiresAt <= now) {
    if (existed) {
      db.delete(key);
      db.notify('g', 'del', key);
    }
  } else {
    db.restore(key, value, expiresAt);
    setAccess(call, key, options);
    db.notify('g', 'restore', key);
  }
  call.reply.simple('OK');
}

/** Sets what eviction knows of the key, in the form of the policy: recency or frequency (engine/key-table.ts). */
function setAccess(call: Call, key: string, { idleSeconds, frequency }: RestoreOptions): void {
  const byFrequency = countsFrequency(call.engine);
  if ((byFrequency ? frequency : idleSeconds) < 0) return;
  const hash = hashString(key);
  const part = call.db.keys.part(hash);
  const position = part.find(key, hash);
  const seconds = Math.floor(call.now / 1000);
  part.access[position] = byFrequency
    ? (Math.floor(seconds / 60) % 2 ** 24) * 256 + frequency
    : Math.max(seconds - idleSeconds, 1);
}

function countsFrequency({ config }: Engine): boolean {
  return config.row('maxmemory-policy') !== undefined && config.get('maxmemory-policy').endsWith('lfu');
}
