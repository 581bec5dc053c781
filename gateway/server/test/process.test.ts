import { once } from 'node:events';
import { access, mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { entry, repository, run, start } from './gateway-process.ts';
import { temporaryFolder } from './temporary.ts';

/** Whether anything listens there; a listener that closes while a connection waits for it resets that connection. */
async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    expect(code).toMatch(/^ECONN(REFUSED|RESET)$/);
    return code === 'ECONNRESET';
  } finally {
    socket.destroy();
  }
}

/** Where it is not the services that matter: half of a start's work. */
const light = ['--services', 's3', '--proofs', 'off'];

const get = async (url: string, init: RequestInit = {}) => {
  const response = await fetch(url, init);
  return { status: response.status, text: await response.text() };
};

test('start prints what one needs, serves, and SIGTERM ends it with 0 and leaves the port free', async () => {
  const dataDir = await temporaryFolder();
  const gateway = await start(['--data-dir', dataDir]);
  expect(gateway.banner).toContain('export AWS_ACCESS_KEY_ID=test');
  expect(gateway.banner).toContain(`export AWS_ENDPOINT_URL=${gateway.endpoint}`);
  expect(gateway.banner).toContain(await realpath(dataDir));
  expect((await get(`${gateway.endpoint}/_hypergate/health/live`)).status).toBe(200);
  expect((await get(`${gateway.endpoint}/_hypergate/health/ready`)).status).toBe(200);
  const local = JSON.parse((await get(`${gateway.endpoint}/_localstack/health`)).text);
  expect(local).toMatchObject({ edition: 'hypergate', services: { s3: 'running' } });
  expect((await get(`${gateway.adminEndpoint}/metrics`)).text).toContain('process_resident_memory_bytes');
  const status = await run(['status', '--data-dir', dataDir]);
  expect(status).toMatchObject({ code: 0, error: '' });
  expect(status.out).toContain(gateway.endpoint);
  const json = JSON.parse((await run(['status', '--json', '--data-dir', dataDir])).out);
  expect(json).toMatchObject({ phase: 'running', pid: gateway.child.pid, endpoint: gateway.endpoint });
  gateway.child.kill('SIGTERM');
  expect((await gateway.ended).code).toBe(0);
  expect(await isOpen(gateway.port)).toBe(false);
  await expect(access(join(dataDir, 'process.json'))).rejects.toThrow('ENOENT');
});

test('SIGTERM to npm frees the port within 5 seconds', async () => {
  const dataDir = await temporaryFolder();
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const gateway = await start(['--data-dir', dataDir], { command: [npm, 'start', '--'] });
  expect(await isOpen(gateway.port)).toBe(true);
  const sentAt = performance.now();
  gateway.child.kill('SIGTERM');
  while (await isOpen(gateway.port)) expect(performance.now() - sentAt).toBeLessThan(5000);
  await gateway.ended;
});

test('npm start puts relative data below the folder it was called from', async () => {
  const folder = await realpath(await temporaryFolder());
  const gateway = await start(['--data-dir', './mine', ...light], {
    command: ['npm', '--prefix', repository, 'start', '--'],
    cwd: folder,
  });
  expect(gateway.banner).toContain(join(folder, 'mine'));
  gateway.child.kill('SIGTERM');
  await gateway.ended;
});

test('a second process on the same data directory is refused, and starts once the first was killed', async () => {
  const dataDir = await temporaryFolder();
  const first = await start(['--data-dir', dataDir, ...light]);
  const second = await run(['start', '--port', '0', '--admin-port', '0', '--data-dir', dataDir]);
  expect(second.code).toBe(1);
  expect(second.error).toMatch(
    new RegExp(`^hypergate: the data directory .* is in use by process ${first.child.pid} .*\\n$`),
  );
  first.child.kill('SIGKILL');
  await first.ended;
  const third = await start(['--data-dir', dataDir, ...light]);
  third.child.kill('SIGTERM');
  expect((await third.ended).code).toBe(0);
});

test('a busy port is one line, and the data directory is released', async () => {
  const busy = createServer().listen(0, '127.0.0.1');
  await once(busy, 'listening');
  const { port } = busy.address() as { port: number };
  const dataDir = await temporaryFolder();
  const refused = await run(['start', '--port', String(port), '--admin-port', '0', '--data-dir', dataDir], {
    env: { HYPERGATE_LOG_LEVEL: 'silent' },
  });
  busy.close();
  expect(refused.code).toBe(1);
  expect(refused.error).toMatch(new RegExp(`^hypergate: port ${port} .*is busy: .*--port\\n$`));
  expect(refused.out).toBe('');
});

test('what cannot start is one line and not 0', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  await mkdir(join(folder, 'newer'));
  await writeFile(join(folder, 'newer', 'FORMAT'), 'hypergate-data 99\n');
  const dataDir = ['--data-dir', join(folder, 'data')];
  const other = ['--data-dir', join(folder, 'other')];
  const cases: [string[], Record<string, string>, number, RegExp][] = [
    [['start', '--prot', '1'], {}, 2, /unknown option '--prot' \(Did you mean --port\?\)/],
    [['start', '--port', 'x'], {}, 2, /--port must be a whole number/],
    [['start', 'more'], {}, 2, /too many arguments/],
    [['begin'], {}, 2, /unknown command 'begin'/],
    [['start', ...dataDir], { HYPERGATE_HOST: '0.0.0.0' }, 2, /HYPERGATE_ACCESS_KEY_ID/],
    [['start', ...dataDir], { HYPERGATE_DEV: '1', HYPERGATE_HOST: '0.0.0.0' }, 2, /on loopback only/],
    [['start', ...other, '--services', 'nothing'], {}, 2, /names nothing, which is none of: .*s3/],
    [['start', '--config', join(folder, 'none.yaml')], {}, 2, /none\.yaml cannot be read: it does not exist/],
    [['start', '--data-dir', join(folder, 'file')], {}, 1, /file is not a folder/],
    [['start', '--data-dir', join(folder, 'newer')], {}, 1, /has format 99 and this version reads up to 1/],
    [['start', '--data-dir', folder], {}, 1, /is not a data directory/],
    [['status', '--admin-port', '1', ...dataDir], {}, 1, /no gateway answers at http:\/\/127\.0\.0\.1:1/],
  ];
  const ended = await Promise.all(cases.map(([args, env]) => run(args, { env })));
  for (const [index, [args, , code, line]] of cases.entries()) {
    expect(ended[index]!.error, args.join(' ')).toMatch(line);
    expect(ended[index]!.error.trimEnd().split('\n'), args.join(' ')).toHaveLength(1);
    expect(ended[index]!.code, args.join(' ')).toBe(code);
  }
});

test('version and help', async () => {
  expect((await run(['version'])).out).toMatch(/^hypergate \d+\.\d+\.\d+ \(node \d+\.\d+\.\d+\)\n$/);
  const help = await run(['start', '--help']);
  expect(help.code).toBe(0);
  expect(help.out).toContain('HYPERGATE_DATA_DIR');
});

test('with --tls the port answers https, by a name a client trusts, and http', async () => {
  const dataDir = await temporaryFolder();
  const gateway = await start(['--data-dir', dataDir, '--tls', ...light]);
  expect(gateway.endpoint).toMatch(/^https:\/\/127\.0\.0\.1:/);
  const bundle = /^export AWS_CA_BUNDLE=(\S+)$/m.exec(gateway.banner)![1]!;
  const ca = await readFile(bundle);
  for (const servername of ['localhost', 'bucket.s3.localhost']) {
    const sent = request({
      host: '127.0.0.1',
      port: gateway.port,
      servername,
      ca,
      path: '/_hypergate/health/ready',
    }).end();
    const [response] = await once(sent, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
  }
  expect((await get(`http://127.0.0.1:${gateway.port}/_hypergate/health/ready`)).status).toBe(200);
  gateway.child.kill('SIGTERM');
  expect((await gateway.ended).code).toBe(0);
});

test('reset exists in developer mode only, and not for web pages', async () => {
  const plain = await start(['--data-dir', await temporaryFolder(), ...light]);
  expect((await get(`${plain.endpoint}/_hypergate/reset`, { method: 'POST' })).status).toBeGreaterThanOrEqual(
    400,
  );
  const dev = await start(['--data-dir', await temporaryFolder(), '--dev']);
  const page = { method: 'POST', headers: { origin: 'https://evil.example' } };
  expect((await get(`${dev.endpoint}/_hypergate/reset`, page)).status).toBe(403);
  expect((await get(`${dev.endpoint}/_hypergate/reset`, { method: 'POST' })).status).toBe(200);
});

test('the keystore is encrypted by a passphrase, and opens with no other', async () => {
  const dataDir = await temporaryFolder();
  const env = { HYPERGATE_KEYSTORE_PASSPHRASE: 'correct horse' };
  const first = await start(['--data-dir', dataDir, ...light], { env });
  first.child.kill('SIGTERM');
  await first.ended;
  const args = ['start', '--port', '0', '--admin-port', '0', '--data-dir', dataDir];
  const wrong = await run(args, { env: { HYPERGATE_KEYSTORE_PASSPHRASE: 'wrong horse' } });
  expect(wrong).toMatchObject({
    code: 1,
    error: expect.stringMatching(/is not the one it was made with\n$/),
  });
  expect((await run(args)).error).toMatch(/protected by a passphrase/);
  const again = await start(['--data-dir', dataDir, ...light], { env });
  again.child.kill('SIGTERM');
  expect((await again.ended).code).toBe(0);
});

test('a command ends quietly when nobody reads on', async () => {
  const script = `"${process.execPath}" "${entry}" start --help | head -n 1`;
  const { code, out, error } = await run([], { command: ['sh', '-c', script] });
  expect({ code, out, error }).toEqual({ code: 0, out: 'Usage: hypergate start [options]\n', error: '' });
});

test('a gateway goes on when nobody reads what it prints', async () => {
  const dataDir = await temporaryFolder();
  const gateway = await start(['--data-dir', dataDir, ...light], { env: { HYPERGATE_LOG_LEVEL: 'trace' } });
  gateway.child.stdout!.destroy();
  gateway.child.stderr!.destroy();
  for (let count = 0; count < 20; count++) await get(`${gateway.endpoint}/bucket-${count}?list-type=2`);
  expect((await get(`${gateway.endpoint}/_hypergate/health/live`)).status).toBe(200);
  gateway.child.kill('SIGTERM');
  expect((await gateway.ended).code).toBe(0);
});
