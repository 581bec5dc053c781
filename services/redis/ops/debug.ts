/**
 * DEBUG: what tests of clients and of this service need, and nothing that ends the process. Subcommands that are missing
 * here answer as Redis does for those it does not know, and all are refused unless `enable-debug-command` allows them.
 */
import { ByteWriter } from '@hypergate/kit/bytes';
import type { Call } from '../engine/call.ts';
import type { CommandRow } from '../engine/command.ts';
import { parseMemory } from '../engine/config-kinds.ts';
import { datasetDigest, valueDigest } from '../engine/digest.ts';
import { noSuchKey, notInteger, RedisError } from '../engine/errors.ts';
import { globMatch } from '../engine/glob.ts';
import { engineLimits } from '../engine/limits.ts';
import { parseFloatStrict, parseSafeInteger } from '../engine/numbers.ts';
import { dropExpired, reload } from '../engine/reload.ts';
import { debugProtocol } from './debug-protocol.ts';
import { encodingOf } from './object.ts';

interface DebugForm {
  /** Words including DEBUG and its own: from, to. */
  readonly words: readonly [least: number, most: number];
  /** `args[2]` is its first argument. */
  run(call: Call, args: readonly string[]): void;
}

const ok = (call: Call) => call.reply.simple('OK');

const forms: Readonly<Record<string, DebugForm>> = {
  'change-repl-id': { words: [2, 2], run: ok },
  digest: { words: [2, 2], run: (call) => call.reply.simple(datasetDigest(call.engine)) },
  'digest-value': {
    words: [2, Number.POSITIVE_INFINITY],
    run(call, args) {
      call.reply.array(args.length - 2);
      for (const key of args.slice(2)) call.reply.simple(valueDigest(call.engine, call.db, key));
    },
  },
  /** Any text as an error: for tests of clients. */
  error: {
    words: [3, 3],
    run(_call, args) {
      throw new RedisError(args[2]!);
    },
  },
  help: { words: [2, 2], run: help },
  loadaof: {
    words: [2, 2],
    run(call) {
      reload(call.engine);
      ok(call);
    },
  },
  log: { words: [3, 3], run: ok },
  object: { words: [3, 3], run: object },
  'pause-cron': {
    words: [3, 3],
    run(call, args) {
      call.engine.cronPaused = Number.parseInt(args[2]!, 10) > 0;
      ok(call);
    },
  },
  populate: { words: [3, 5], run: populate },
  protocol: { words: [3, 3], run: (call, args) => debugProtocol(call.reply, args[2]!) },
  'quicklist-packed-threshold': {
    words: [3, 3],
    run(call, args) {
      checkThreshold(args[2]!);
      ok(call);
    },
  },
  reload: { words: [2, 5], run: reloadAll },
  'set-active-expire': {
    words: [3, 3],
    run(call, args) {
      call.engine.activeExpiry.enabled = Number.parseInt(args[2]!, 10) > 0;
      ok(call);
    },
  },
  'set-disable-deny-scripts': {
    words: [3, 3],
    run(call, args) {
      call.engine.scriptsMayCallAll = Number.parseInt(args[2]!, 10) > 0;
      ok(call);
    },
  },
  sleep: { words: [3, 3], run: sleep },
  'stringmatch-len': {
    words: [4, 4],
    run(call, args) {
      const length = positive(args[2]!);
      call.reply.integer(globMatch(args[3]!, 'a'.repeat(length)) ? 1 : 0);
    },
  },
};

export const debugCommands: CommandRow[] = [
  {
    name: 'debug',
    arity: -2,
    flags: ['admin', 'noscript', 'loading', 'stale'],
    categories: [],
    group: 'server',
    since: '1.0.0',
    complexity: 'Depends on the subcommand',
    summary: 'For tests of clients and servers.',
    syntax: 'subcommand [argument ...]',
    run(call, args) {
      checkAllowed(call);
      const name = args[1]!.toLowerCase();
      const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
      if (form === undefined || args.length < form.words[0] || args.length > form.words[1]) {
        throw new RedisError(
          `ERR unknown subcommand or wrong number of arguments for '${args[1]!.slice(0, 128)}'. Try DEBUG HELP.`,
        );
      }
      form.run(call, args);
    },
  },
];

function checkAllowed({ engine, client }: Call): void {
  const allowed = engine.config.get('enable-debug-command');
  if (allowed === 'yes' || (allowed === 'local' && /^(?:127\.|::1|\[::1\])/.test(client.port.address)))
    return;
  throw new RedisError(
    'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
  );
}

function help(call: Call): void {
  const names = Object.keys(forms).map((name) => name.toUpperCase());
  call.reply.array(names.length + 1);
  call.reply.simple('DEBUG <subcommand> [<argument> ...]. There are:');
  for (const name of names) call.reply.simple(name);
}

function reloadAll(call: Call, args: readonly string[]): void {
  const options = args.slice(2).map((option) => option.toLowerCase());
  for (const option of options) {
    if (!['merge', 'noflush', 'nosave'].includes(option)) {
      throw new RedisError('ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.');
    }
  }
  const { databases, scripts } = call.engine;
  const isEmpty = databases.every((db) => db.size === 0) && scripts.libraries.size === 0;
  if (options.includes('noflush') && !options.includes('merge') && !isEmpty) {
    throw new RedisError('ERR Error trying to load the RDB dump, check server logs.');
  }
  reload(call.engine);
  dropExpired(call.engine);
  ok(call);
}

function object(call: Call, args: readonly string[]): void {
  const { engine, db } = call;
  const key = args[2]!;
  // A key whose time is over is shown, as long as it is there.
  const value = db.keys.get(key);
  if (value === undefined) throw noSuchKey;
  const out = new ByteWriter(256);
  engine.valueType(value).save(value, out);
  const access = db.keys.accessOf(key);
  const idle = engine.accessClock.byFrequency ? 0 : engine.accessClock.idleMs(access, call.now) / 1000;
  call.reply.simple(
    `Value at:0x1 refcount:1 encoding:${encodingOf(call, value)} serializedlength:${out.length} lru:${access % 2 ** 24} lru_seconds_idle:${idle}`,
  );
}

/** Stops the whole engine for some seconds, as it is meant to. */
function sleep(call: Call, args: readonly string[]): void {
  const ms = (parseFloatStrict(args[2]!) ?? 0) * 1000;
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  // Time stands still for a script.
  if (!call.inScript) call.engine.beginTurn();
  ok(call);
}

/** Keys `key:0` on with values `value:0` on, those that are not there yet. */
function populate(call: Call, args: readonly string[]): void {
  const count = positive(args[2]!);
  const prefix = args[3] ?? 'key';
  const size = args[4] === undefined ? 0 : positive(args[4]);
  if (size > engineLimits.stringBytesMax) throw notInteger;
  for (let i = 0; i < count; i++) {
    const key = `${prefix}:${i}`;
    if (call.db.write(key) !== undefined) continue;
    const value = `value:${i}`;
    call.db.setString(key, size === 0 ? value : value.slice(0, size).padEnd(size, '\0'), 0);
  }
  ok(call);
}

function checkThreshold(text: string): void {
  const bytes = parseMemory(text);
  if (bytes === undefined || bytes >= 2n ** 32n) {
    throw new RedisError('ERR argument must be a memory value bigger than 1 and smaller than 4gb');
  }
}

function positive(text: string): number {
  const value = parseSafeInteger(text);
  if (value === undefined) throw notInteger;
  if (value < 0) throw new RedisError('ERR value is out of range, must be positive');
  return value;
}
