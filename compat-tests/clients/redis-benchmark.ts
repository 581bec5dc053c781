/** Debian's redis-benchmark: every test it has, with pipelines, threads and RESP3. It is about answers, not about speed. */
import { equal, holds } from './checks.ts';
import { requireProgram } from './context.ts';
import type { RedisContext } from './redis-context.ts';
import { mustRun, run } from './run.ts';

const program = '/usr/bin/redis-benchmark';
const timeoutMs = 60_000;

/** What the default set prints, in order. */
const tests = [
  'PING_INLINE',
  'PING_MBULK',
  'SET',
  'GET',
  'INCR',
  'LPUSH',
  'RPUSH',
  'LPOP',
  'RPOP',
  'SADD',
  'HSET',
  'SPOP',
  'ZADD',
  'ZPOPMIN',
  'LPUSH (needed to benchmark LRANGE)',
  'LRANGE_100 (first 100 elements)',
  'LRANGE_300 (first 300 elements)',
  'LRANGE_500 (first 500 elements)',
  'LRANGE_600 (first 600 elements)',
  'MSET (10 keys)',
];

export async function checkRedisBenchmark(context: RedisContext): Promise<void> {
  const checks = context.checks.group(`redis-benchmark ${context.transport}`);
  if (!requireProgram(checks, program)) return;
  const { password } = context.redis;
  const where = [...context.where, ...(password === undefined ? [] : ['-a', password])];
  /** Names of the tests that were run to their end. */
  const bench = async (...args: string[]): Promise<string[]> => {
    const result = await mustRun(program, [...where, '--csv', ...args], { env: context.env, timeoutMs });
    const lines = result.stdout.toString().trim().split('\n').slice(1);
    return lines.map((line) => {
      const [, name, rate] = line.match(/^"(.*?)","([^"]*)"/) ?? [];
      holds(Number(rate) > 0, line);
      return name as string;
    });
  };

  await checks.check('the default set', async () =>
    equal(await bench('-n', '1000', '-c', '20'), tests, 'tests'),
  );
  await checks.check('pipelines of 16', async () =>
    equal(
      await bench('-n', '20000', '-P', '16', '-r', '1000', '-t', 'set,get,incr,hset'),
      ['SET', 'GET', 'INCR', 'HSET'],
      'tests',
    ),
  );
  await checks.check('two threads', async () =>
    equal(await bench('-n', '4000', '--threads', '2', '-t', 'set,get'), ['SET', 'GET'], 'tests'),
  );
  await checks.check('RESP3, values of 10 KB, a connection per request', async () => {
    equal(await bench('-3', '-n', '1000', '-d', '10000', '-t', 'set,get'), ['SET', 'GET'], 'RESP3');
    equal(await bench('-k', '0', '-n', '200', '-c', '10', '-t', 'ping_mbulk'), ['PING_MBULK'], 'connections');
  });
  await checks.check('a command of its own, and a script', async () => {
    equal(
      await bench('-n', '500', '-r', '50', 'zadd', 'board', '__rand_int__', 'm:__rand_int__'),
      ['zadd board __rand_int__ m:__rand_int__'],
      'ZADD',
    );
    const script = "return redis.call('incr', KEYS[1])";
    equal((await bench('-n', '500', 'eval', script, '1', 'scripted')).length, 1, 'EVAL');
  });
  if (password === undefined) return;
  await checks.check('without the password it fails', async () => {
    const result = await run(program, [...context.where, '-n', '10', '-t', 'set'], {
      env: context.env,
      timeoutMs,
    });
    holds(`${result.stdout}${result.stderr}`.includes('NOAUTH'), `${result.stdout}${result.stderr}`);
  });
}
