/** Debian's redis-cli: commands, its modes, and its prompt in a terminal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { equal, holds } from './checks.ts';
import { requireProgram } from './context.ts';
import { python, runPythonChecks } from './python-checks.ts';
import type { RedisContext } from './redis-context.ts';
import { mustRun, run } from './run.ts';

const program = '/usr/bin/redis-cli';
const terminal = fileURLToPath(new URL('redis-cli-terminal.py', import.meta.url));
const pipedCommands = 5_000;
const waitMsMax = 20_000;

export async function checkRedisCli(context: RedisContext): Promise<void> {
  const checks = context.checks.group(`redis-cli ${context.transport}`);
  if (!requireProgram(checks, program)) return;
  const here = join(context.scratch, 'redis-cli');
  mkdirSync(here, { recursive: true });
  const { password } = context.redis;
  const env = { ...context.env, ...(password === undefined ? {} : { REDISCLI_AUTH: password }) };
  const options = { env, cwd: here, timeoutMs: waitMsMax };
  const cli = async (...args: string[]): Promise<string> =>
    (await mustRun(program, [...context.where, ...args], options)).stdout.toString();
  const feed = async (input: string, ...args: string[]): Promise<string> =>
    (
      await mustRun(program, [...context.where, ...args], { ...options, input: Buffer.from(input) })
    ).stdout.toString();
  const start = (...args: string[]): Talker =>
    new Talker(spawn(program, [...context.where, ...args], { env, cwd: here }));

  await checks.check('one command', async () => {
    equal(await cli('set', 'greeting', 'hello world'), 'OK\n', 'SET');
    equal(await cli('get', 'greeting'), 'hello world\n', 'GET');
    equal(await cli('get', 'nothing'), '\n', 'GET of nothing');
    equal(await cli('--no-raw', 'get', 'greeting'), '"hello world"\n', 'GET for people');
  });
  await checks.check('the answer to a wrong command is its own', async () => {
    const result = await run(program, [...context.where, '-e', 'incr', 'greeting'], options);
    equal(result.code, 1, 'exit code');
    equal(result.stdout.toString(), '', 'output');
    equal(result.stderr, 'ERR value is not an integer or out of range\n', 'words');
  });
  await checks.check('the last argument from standard input', async () => {
    equal(await feed('\0\r\n\xff bytes', '-x', 'set', 'binary'), 'OK\n', 'SET');
    equal(await cli('strlen', 'binary'), `${Buffer.byteLength('\0\r\n\xff bytes')}\n`, 'STRLEN');
  });
  await checks.check('repeats a command', async () => {
    equal(await cli('-r', '5', '-i', '0.01', 'incr', 'count'), '1\n2\n3\n4\n5\n', 'INCR');
  });
  await checks.check('another database', async () => {
    equal(await cli('-n', '3', 'set', 'where', 'three'), 'OK\n', 'SET');
    equal(await cli('-n', '3', 'dbsize'), '1\n', 'DBSIZE');
    equal(await cli('exists', 'where'), '0\n', 'EXISTS in 0');
  });
  await checks.check('lines from a file', async () => {
    const lines = ['hset user:1 name "A b" age 40', 'multi', 'incr a', 'incr a', 'exec', 'lpush l x y z'];
    equal(await feed(`${lines.join('\n')}\n`), '2\nOK\nQUEUED\nQUEUED\n1\n2\n3\n', 'answers');
  });
  await checks.check('--json and -3', async () => {
    equal(JSON.parse(await cli('--json', 'hgetall', 'user:1')), { name: 'A b', age: '40' }, '--json');
    equal(await cli('-3', '--no-raw', 'hget', 'user:1', 'age'), '"40"\n', '-3');
    equal(await cli('-3', '--no-raw', 'get', 'nothing'), '(nil)\n', 'null of RESP3');
    holds(
      (await cli('-3', '--no-raw', 'hgetall', 'user:1')).startsWith('1# "name" => "A b"'),
      'map of RESP3',
    );
  });
  await checks.check('--csv', async () =>
    equal(await cli('--csv', 'lrange', 'l', '0', '-1'), '"z","y","x"\n', 'LRANGE'),
  );
  await checks.check(`--pipe of ${pipedCommands} commands`, async () => {
    let text = '';
    for (let i = 0; i < pipedCommands; i += 1)
      text += `*3\r\n$3\r\nSET\r\n$6\r\np:${1000 + (i % 5000)}\r\n$4\r\nv${100 + (i % 900)}\r\n`;
    const said = await feed(text, '--pipe');
    holds(said.includes(`errors: 0, replies: ${pipedCommands}`), said);
  });
  await checks.check('--scan finds every key once', async () => {
    const keys = (await cli('--scan', '--pattern', 'p:*')).trimEnd().split('\n');
    equal(keys.length, pipedCommands, 'keys');
    equal(new Set(keys).size, pipedCommands, 'different keys');
  });
  await checks.check('--bigkeys and --memkeys', async () => {
    await cli('rpush', 'long', ...Array.from({ length: 200 }, (_, i) => `element ${i}`));
    const said = await cli('--bigkeys');
    holds(/Biggest\s+list found '"long"' has 200 items/.test(said), said.slice(-800));
    holds(/Biggest\s+string found/.test(await cli('--memkeys')), '--memkeys');
  });
  await checks.check('--hotkeys asks for a policy that counts', async () => {
    const result = await run(program, [...context.where, '--hotkeys'], options);
    holds(result.stderr.includes('LFU maxmemory policy is not selected'), result.stderr);
    await cli('config', 'set', 'maxmemory-policy', 'allkeys-lfu');
    await cli('set', 'hot', 'x');
    const said = await cli('--hotkeys');
    await cli('config', 'set', 'maxmemory-policy', 'noeviction');
    holds(said.includes('hot key found with counter'), said.slice(-800));
  });
  await checks.check('--eval', async () => {
    const file = join(here, 'script.lua');
    writeFileSync(file, "return {KEYS[1], ARGV[1], redis.call('get', KEYS[1]), #KEYS}\n");
    equal(await cli('--eval', file, 'greeting', ',', 'x'), 'greeting\nx\nhello world\n1\n', 'answer');
  });
  await checks.check('--latency', async () => {
    const talker = start('--latency', '--raw', '-i', '1');
    // Not a terminal: it measures for the interval, prints one line and ends.
    holds(/^\d+ \d+ [\d.]+ \d+$/.test((await talker.ended()).trim()), talker.said);
  });
  await checks.check('--stat', async () => {
    const talker = start('--stat', '-i', '0.05');
    await talker.until(/keys[^\n]*requests[^\n]*\n(\d+ +[\d.]+[KMG] .*\n){2}/);
    await talker.stop();
  });
  await checks.check('MONITOR shows what others do', async () => {
    const talker = start('monitor');
    await talker.until(/^OK\n/);
    await cli('set', 'watched', 'by monitor');
    await talker.until(/^\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "set" "watched" "by monitor"$/m);
    await talker.stop();
    holds(!(await cli('client', 'list')).includes('cmd=monitor'), 'the ended one is still known');
  });
  await checks.check('SUBSCRIBE hears PUBLISH', async () => {
    const talker = start('subscribe', 'news');
    await talker.until(/subscribe\nnews\n1\n/);
    equal(await cli('publish', 'news', 'told'), '1\n', 'receivers');
    await talker.until(/message\nnews\ntold\n/);
    await talker.stop();
  });
  if (password !== undefined) await checkPassword(context, options.env, checks.check.bind(checks));
  const talk = [terminal, program, ...context.where];
  if (requireProgram(checks, python)) await runPythonChecks(checks, talk, { ...options, timeoutMs: 60_000 });
}

async function checkPassword(
  context: RedisContext,
  env: Readonly<Record<string, string>>,
  check: (name: string, run: () => Promise<void>) => Promise<boolean>,
): Promise<void> {
  const { password, port } = context.redis;
  const { REDISCLI_AUTH: _, ...without } = env;
  await check('without the password nothing is answered', async () => {
    const refused = await run(program, [...context.where, 'get', 'greeting'], { env: without });
    equal(refused.stdout.toString(), 'NOAUTH Authentication required.\n\n', 'answer');
  });
  await check('by a connection string', async () => {
    const url = `rediss://default:${password}@127.0.0.1:${port}/3`;
    const args = ['-u', url, '--cacert', context.caFile as string, '--no-auth-warning', 'get', 'where'];
    equal((await mustRun(program, args, { env: without })).stdout.toString(), 'three\n', 'GET');
  });
  await check('the port with TLS takes no plain connection', async () => {
    const refused = await run(program, ['-p', String(port), 'ping'], { env });
    holds(refused.code !== 0, `code ${refused.code}: ${refused.stdout}`);
  });
}

/** A client that goes on until it is told to end. */
class Talker {
  said = '';
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #heard: () => void = () => undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#timer = setTimeout(() => child.kill('SIGKILL'), waitMsMax);
    const hear = (piece: Buffer) => {
      this.said += piece.toString();
      this.#heard();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    this.#closed = new Promise((resolve) => {
      child.once('close', () => {
        clearTimeout(this.#timer);
        resolve();
        this.#heard();
      });
    });
  }

  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.said)) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`it ended without saying ${pattern}: ${this.said.slice(-800)}`);
      }
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  async ended(): Promise<string> {
    await this.#closed;
    return this.said;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#closed;
  }
}
