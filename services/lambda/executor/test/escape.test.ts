/** What functions try in order to get out: read, write, reach, start, impersonate, exhaust. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, openBench, type Running } from './support.ts';

/** Runs what a test sends, and says what came of it. */
const runs = {
  'index.mjs': `import { createRequire } from 'node:module';
    const AsyncFunction = (async () => undefined).constructor;
    const require = createRequire(import.meta.url);
    export const handler = async ({ code, args = [] }) => {
      try {
        return { value: await new AsyncFunction('require', 'args', code)(require, args) };
      } catch (error) {
        return { error: error.code ?? error.message };
      }
    };`,
};

interface Tried {
  readonly value?: unknown;
  readonly error?: string;
}

let bench: Bench;
let other: Running;
let uidOfOther: number;
beforeAll(async () => {
  bench = await openBench();
  other = await bench.start(runs);
  uidOfOther = ((await other.call({ code: 'return process.getuid()' })).value as { value: number }).value;
});
afterAll(() => bench.stop());

test('the platform says what it can do, and refuses strangers where it cannot keep them in', async () => {
  const { isolation } = bench.executor;
  expect(isolation.isForUntrusted).toBe(isolation.network && isolation.mounts);
  // On Linux with util-linux, which is where these tests run, all of it is in force but users for who is not root; elsewhere this says what is missing.
  expect(isolation.uid).toBe(process.getuid?.() === 0);
  expect(isolation.missing.filter((sentence) => !sentence.includes('control group'))).toEqual(
    isolation.uid ? [] : [expect.stringMatching(/^Functions have no users of their own/)],
  );
});

describe.each([
  ['a stranger', false],
  ['a trusted one', true],
])('%s', (_, isTrusted) => {
  let running: Running;
  beforeAll(async () => {
    running = await bench.start(runs, { isTrusted });
  });
  const attempt = async (code: string, ...args: unknown[]) =>
    (await running.call({ code, args })).value as Tried;

  test('runs as nobody, without rights, also none to gain', async () => {
    const { value } = await attempt(
      `return [process.getuid(), process.getgid(), process.getgroups(), process.env.PATH]`,
    );
    const [uid, gid, groups] = value as [number, number, number[]];
    expect(uid).toBeGreaterThanOrEqual(2_000_000);
    expect(gid).toBe(uid);
    // Who is not root cannot leave groups; in a user namespace those that are not its own have the number of nobody.
    const further = process.getgroups!().some((group) => group !== process.getgid!());
    expect(new Set(groups)).toEqual(
      new Set(bench.executor.isolation.uid || !further ? [uid] : [uid, 65_534]),
    );
    const [pid] = pidsOf(uid);
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    for (const kind of ['Inh', 'Prm', 'Eff', 'Amb'])
      expect(status).toMatch(new RegExp(`Cap${kind}:\\s+0+\\n`));
    expect(status).toMatch(/NoNewPrivs:\s+1\n/);
    const { isolation } = bench.executor;
    const ownUser = readlinkSync('/proc/self/ns/user');
    const users = [pid, pidsOf(uidOfOther)[0]].map((one) => readlinkSync(`/proc/${one}/ns/user`));
    if (isolation.uid) expect(users).toEqual([ownUser, ownUser]);
    else expect(new Set([...users, ownUser]).size).toBe(3);
  });

  test.each([
    ['the machine’s users', '/etc/shadow'],
    ['its keys', '/root'],
    ['process 1', '/proc/1/environ'],
    ['its memory', '/proc/1/mem'],
    ['its files', '/proc/1/root'],
    ['its namespaces', '/proc/1/ns'],
    ['memory', '/proc/kcore'],
    ['devices', '/dev/mem'],
    ['settings of the kernel', '/sys/kernel'],
  ])('does not read %s', async (_, path) => {
    const { value, error } = await attempt(
      `const fs = require('node:fs'); return fs.statSync(args[0]).isDirectory() ? fs.readdirSync(args[0]) : String(fs.readFileSync(args[0])).slice(0, 200)`,
      path,
    );
    expect(value).toBeUndefined();
    expect(error).toMatch(/^(EACCES|ENOENT|EPERM|ERR_ACCESS_DENIED)$/);
  });

  test('sees neither the gateway’s files nor those of other functions', async () => {
    const paths = [join(bench.folder, 'secret'), other.environment.spec.codeFolder, bench.folder];
    for (const path of [...paths, ...paths.map((path) => `/proc/self/root${path}`)]) {
      expect(
        (
          await attempt(
            `return require('node:fs').readdirSync('/', {}) && require('node:fs').statSync(args[0])`,
            path,
          )
        ).error,
      ).toMatch(/^(ENOENT|EACCES|ERR_ACCESS_DENIED)$/);
    }
    expect(
      (
        await attempt(
          `require('node:fs').symlinkSync(args[0], '/tmp/link'); return String(require('node:fs').readFileSync('/tmp/link'))`,
          paths[0],
        )
      ).value,
    ).toBeUndefined();
  });

  test('sees no process but its own', async () => {
    const { value, error } = await attempt(
      `return require('node:fs').readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).map(Number)`,
    );
    if (isTrusted) expect(value).toEqual([expect.any(Number)]);
    else expect(error).toBe('ERR_ACCESS_DENIED');
    for (const pid of [process.pid, process.ppid, pidsOf(uidOfOther)[0]]) {
      expect((await attempt('process.kill(args[0], 0)', pid)).error).toMatch(/^(ESRCH|EPERM)$/);
    }
    // The first process of its namespace has its user where the gateway is not root, and takes no signals from inside.
    const { error: refused } = await attempt(`process.kill(1, 'SIGKILL')`);
    if (bench.executor.isolation.uid) expect(refused).toBe('EPERM');
    await attempt(`process.kill(-1, 'SIGWINCH')`);
    expect((await attempt('return 1')).value).toBe(1);
    expect((await other.call({ code: 'return 1' })).value).toEqual({ value: 1 });
  });

  test('writes to /tmp and nowhere else', async () => {
    expect(
      (
        await attempt(
          `require('node:fs').writeFileSync('/tmp/a', 'b'); return String(require('node:fs').readFileSync('/tmp/a'))`,
        )
      ).value,
    ).toBe('b');
    for (const path of [
      '/var/task/x',
      '/var/task/index.mjs',
      '/var/runtime/bootstrap/main.mjs',
      '/x',
      '/etc/passwd',
      '/opt/x',
      '/dev/x',
      '/proc/sys/kernel/hostname',
      '/proc/sys/net/ipv4/ip_forward',
      '/proc/sys/kernel/msgmax',
      '/proc/sys/user/max_user_namespaces',
    ]) {
      expect((await attempt(`require('node:fs').writeFileSync(args[0], 'x')`, path)).error).toMatch(
        /^(EROFS|EACCES|EPERM|ENOENT|ERR_ACCESS_DENIED)$/,
      );
    }
    const seen = await bench.start(runs, { isTrusted });
    expect((await seen.call({ code: `return require('node:fs').readdirSync('/tmp')` })).value).toEqual({
      value: [],
    });
    await seen.environment.close();
  });

  test('reaches the gateway and no other address', async () => {
    const server = createServer((socket) => socket.end('outside'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const dial = `return new Promise((resolve, reject) => { const s = require('node:net').connect(args[0], args[1]); s.on('connect', () => resolve('connected')); s.on('error', reject); })`;
    expect((await attempt(dial, 4566, '127.0.0.1')).value).toBe('connected');
    expect((await attempt(dial, port, '127.0.0.1')).error).toBe('ECONNREFUSED');
    for (const address of ['192.0.2.1', '10.0.0.1', '169.254.169.254', '2001:db8::1']) {
      expect((await attempt(dial, 80, address)).error).toMatch(/^(ENETUNREACH|EHOSTUNREACH)$/);
    }
    await attempt(
      `globalThis.server = require('node:net').createServer().listen(7001, '127.0.0.1'); await require('node:events').once(server, 'listening')`,
    );
    expect(((await other.call({ code: dial, args: [7001, '127.0.0.1'] })).value as Tried).error).toBe(
      'ECONNREFUSED',
    );
    await attempt('server.close()');
    server.close();
  });

  test('does not reach the outside through sockets of the file system or without a name', async () => {
    const path = join(bench.folder, `socket-${isTrusted}`);
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const dial = `return new Promise((resolve, reject) => { const s = require('node:net').connect({ path: args[0] }); s.on('connect', () => resolve('connected')); s.on('error', reject); })`;
    expect((await attempt(dial, path)).error).toMatch(/^(ENOENT|EACCES|ERR_ACCESS_DENIED)$/);
    server.close();
  });

  test('has a debugger neither by a signal nor by its module', async () => {
    await attempt(`process.kill(process.pid, 'SIGUSR1')`).catch(() => undefined);
    const again = await bench.start(runs, { isTrusted });
    const opened = (
      await again.call({ code: `require('node:inspector').open(0, '127.0.0.1'); return 'open'` })
    ).value as Tried;
    if (!isTrusted) expect(opened.error).toBe('ERR_ACCESS_DENIED');
    await again.environment.close();
    running = await bench.start(runs, { isTrusted });
  });

  test('makes no namespaces, mounts or devices', async () => {
    const { value, error } = await attempt(
      `const { spawnSync } = require('node:child_process'); return ['unshare -U true', 'unshare -m true', 'mount -t tmpfs x /tmp', 'mknod /tmp/d b 8 0', 'chroot / true', 'su -c true', 'nsenter -t 1 -m true']
        .map((line) => { const [program, ...rest] = line.split(' '); const { status, error } = spawnSync(program, rest); return status ?? error.code; })`,
    );
    if (!isTrusted) return expect(error).toBe('ERR_ACCESS_DENIED');
    for (const status of value as (number | string)[]) expect(status).not.toBe(0);
  });
});

describe('a stranger starts nothing', () => {
  test.each([
    ['processes', `require('node:child_process').execFileSync('/var/lang/bin/node', ['-e', '1'])`],
    [
      'processes by internals',
      `process.binding('spawn_sync').spawn({ file: '/var/lang/bin/node', args: ['node'] })`,
    ],
    ['workers', `new (require('node:worker_threads').Worker)('1', { eval: true })`],
    ['native code', `process.dlopen({ exports: {} }, '/tmp/x.node')`],
    ['WASI', `new (require('node:wasi').WASI)({ version: 'preview1' })`],
    [
      'clusters',
      `const c = require('node:cluster'); c.setupPrimary({ exec: '/var/task/index.mjs' }); c.fork()`,
    ],
  ])('no %s', async (_, code) => {
    const { value } = await other.call({ code });
    expect((value as Tried).error).toMatch(/^(ERR_ACCESS_DENIED|ERR_DLOPEN_DISABLED)$/);
  });

  test('NODE_OPTIONS takes nothing away', async () => {
    const { environment, call } = await bench.start(runs, {
      variables: {
        NODE_OPTIONS:
          '--allow-child-process --allow-worker --inspect=0 --allow-fs-read=* --enable-source-maps',
      },
    });
    expect(
      (
        await call({
          code: 'return [process.permission.has("child"), process.permission.has("worker"), process.permission.has("fs.read", "/etc")]',
        })
      ).value,
    ).toEqual({
      value: [false, false, false],
    });
    await environment.close();
  });

  test('hooks of modules and changed prototypes only harm itself', async () => {
    const { environment, call } = await bench.start(runs);
    await call(
      {
        code: `const net = require('node:net'); require('node:module').registerHooks({ load() { throw new Error('no'); } });
        net.Socket.prototype.write = () => { throw new Error('no'); }; JSON.stringify = () => '{"value":"forged"}'; Buffer.from = () => null; return 1`,
      },
      { deadlineMs: Date.now() + 500 },
    );
    expect((await other.call({ code: 'return 1' })).value).toEqual({ value: 1 });
    await environment.close();
  });
});

describe('a trusted one may start what it wants within its walls', () => {
  test('processes, workers', async () => {
    const { environment, call } = await bench.start(runs, { isTrusted: true });
    expect(
      (
        await call({
          code: `return String(require('node:child_process').execFileSync('/bin/sh', ['-c', 'echo $((6*7))']))`,
        })
      ).value,
    ).toEqual({ value: '42\n' });
    expect(
      (
        await call({
          code: `const { Worker } = require('node:worker_threads'); const w = new Worker('require("node:worker_threads").parentPort.postMessage(7)', { eval: true }); return (await require('node:events').once(w, 'message'))[0]`,
        })
      ).value,
    ).toEqual({ value: 7 });
    await environment.close();
  });

  test('nothing that it started outlives it', async () => {
    const { environment, call, ended } = await bench.start(runs, { isTrusted: true });
    const { value } = await call({
      code: `const c = require('node:child_process').spawn('/bin/sh', ['-c', 'trap "" TERM HUP; while :; do read x; done'], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] }); c.unref(); return process.getuid()`,
    });
    const { value: uid } = value as { value: number };
    expect(pidsOf(uid)).toHaveLength(2);
    await environment.close();
    expect(await ended).toBeUndefined();
    expect(pidsOf(uid)).toEqual([]);
  });
});

/** Processes of the user that an environment has: on the machine, or in its user namespace. */
function pidsOf(uid: number): number[] {
  const found: number[] = [];
  for (const name of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const isOnMachine = new RegExp(`^Uid:\\s+${uid}\\s`, 'm').test(
        readFileSync(`/proc/${name}/status`, 'latin1'),
      );
      const isInNamespace = new RegExp(`^\\s*${uid}\\s+\\d+\\s+1\\s*$`).test(
        readFileSync(`/proc/${name}/uid_map`, 'latin1'),
      );
      if (isOnMachine || isInNamespace) found.push(Number(name));
    } catch {
      // It has ended.
    }
  }
  return found;
}
