import { writeFileSync } from 'node:fs';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bannerText } from '../boot/banner.ts';
import { callerFolder } from '../boot/caller-folder.ts';
import { rootAccount } from '../boot/credentials.ts';
import { prepareDataDir } from '../boot/data-dir.ts';
import { readBounded, writeWhole } from '../boot/files.ts';
import { listServices, loadServices } from '../boot/services.ts';
import { systemRoutes } from '../boot/system-routes.ts';
import { StartError, translateSystemError } from '../errors.ts';
import { temporaryFolder } from './temporary.ts';

test('relative paths start where the user called npm', () => {
  const npm = { INIT_CWD: '/mine/project', npm_package_json: '/opt/hypergate/package.json' };
  expect(callerFolder(npm, '/opt/hypergate')).toBe('/mine/project');
  // A program started by a script of another package inherits that script's variables.
  expect(callerFolder(npm, '/somewhere/else')).toBe('/somewhere/else');
  expect(callerFolder({}, '/here')).toBe('/here');
});

test('the data directory is made for its owner only', async () => {
  const folder = join(await temporaryFolder(), 'a', 'b');
  await prepareDataDir(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test('a data directory that cannot be is one clear line', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  await expect(prepareDataDir(join(folder, 'file'))).rejects.toThrow(/file is not a folder$/);
  await expect(prepareDataDir(join(folder, 'file', 'below'))).rejects.toThrow(
    /a part of the path is not a folder/,
  );
});

test('an unreadable data directory is one clear line', async () => {
  const folder = join(await temporaryFolder(), 'locked');
  await mkdir(folder, { mode: 0o700 });
  // Nothing is unreadable for root, so root looks as somebody else.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  else await chmod(folder, 0);
  try {
    await expect(prepareDataDir(folder)).rejects.toThrow(
      /^the data directory .* cannot be used: permission denied/,
    );
  } finally {
    if (isRoot) process.seteuid?.(0);
    else await chmod(folder, 0o700);
  }
});

test('a full disk is one clear line', () => {
  let error: unknown = Object.assign(new Error('write failed'), { code: 'ENOSPC' });
  if (process.platform === 'linux') {
    try {
      writeFileSync('/dev/full', 'x');
    } catch (caught) {
      error = caught;
    }
  }
  const wrapped = new Error('outer', { cause: error });
  const translated = translateSystemError(wrapped, 'the log');
  expect(translated).toBeInstanceOf(StartError);
  expect((translated as Error).message).toBe(
    'the log: the disk is full: free some space and start again (ENOSPC)',
  );
});

test('small files are written whole, over what a crash left, with the mode from the start', async () => {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(`${path}.new`, 'half', { mode: 0o666 });
  await writeWhole(path, 'whole', 0o600);
  expect(await readBounded(path, 5)).toBe('whole');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await expect(readBounded(path, 4)).rejects.toThrow(RangeError);
  expect(await readBounded(`${path}.none`, 4)).toBeUndefined();
});

test('services are the packages that export createService; unknown names are refused', async () => {
  const folder = await temporaryFolder();
  for (const name of ['zeta', 'alpha', 'table']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'package.json'), JSON.stringify({ name: `@x/${name}` }));
    await writeFile(join(folder, name, 'index.ts'), '');
  }
  await mkdir(join(folder, 'empty'));
  await writeFile(join(folder, 'README.md'), '');
  const loaded: string[] = [];
  const load = async (name: string) => {
    loaded.push(name);
    return name === '@x/table' ? { openTables: 1 } : { createService: () => undefined };
  };
  const names = async (wanted: string[]) =>
    (await loadServices(await listServices(wanted, folder, load), load)).map(({ name }) => name);
  expect(await names(['all'])).toEqual(['alpha', 'zeta']);
  expect(await names(['zeta'])).toEqual(['zeta']);
  await expect(names(['table'])).rejects.toThrow(
    'HYPERGATE_SERVICES names table, which is none of: alpha, zeta',
  );
  expect(loaded).toContain('@x/alpha');
});

test('the banner has what one pastes, and no secret of the user', () => {
  const facts = {
    version: '0.1.0',
    endpoint: 'http://127.0.0.1:4566',
    adminEndpoint: 'http://127.0.0.1:4570',
    region: 'us-east-1',
    dataDir: '/data/my hypergate',
    services: ['s3', 'sts'],
    listeners: [{ name: 'redis', port: 6380 }],
    hints: [{ label: 'postgres', text: 'postgresql://somebody@127.0.0.1:5432/here' }],
    trustPath: undefined,
    adminTokenPath: undefined,
    dev: false,
  };
  const accounts = [rootAccount('000000000000', 'test', 'hush')] as const;
  const standard = bannerText({ ...facts, credentials: { accounts, origin: 'default' } });
  for (const line of [
    'export AWS_ACCESS_KEY_ID=test',
    'export AWS_SECRET_ACCESS_KEY=hush',
    'export AWS_DEFAULT_REGION=us-east-1',
    'export AWS_ENDPOINT_URL=http://127.0.0.1:4566',
  ]) {
    expect(standard.split('\n')).toContain(line);
  }
  expect(standard).toMatch(/redis +port 6380/);
  expect(standard).toMatch(/postgres +postgresql:\/\/somebody@127.0.0.1:5432\/here/);
  expect(standard).toMatch(/data +\/data\/my hypergate/);
  const own = bannerText({
    ...facts,
    trustPath: '/my dir/cert.pem',
    credentials: { accounts, origin: 'own' },
  });
  expect(own).not.toContain('hush');
  expect(own).toContain(`export AWS_CA_BUNDLE='/my dir/cert.pem'`);
});

test('health routes answer without a signature, reset only in developer mode and never for a web page', async () => {
  const health = { ready: false, reason: 'starting', services: [{ name: 's3', ready: true }] };
  let resets = 0;
  const routes = (dev: boolean) =>
    systemRoutes({ health: () => health, reset: dev ? async () => void resets++ : undefined });
  const call = async (dev: boolean, path: string, headers: Record<string, string> = {}) => {
    const route = routes(dev).find((candidate) => candidate.path === path);
    return route?.handle({ header: (name) => headers[name] });
  };
  expect((await call(false, '/_hypergate/health/live'))?.status).toBe(200);
  expect((await call(false, '/_hypergate/health/ready'))?.status).toBe(503);
  expect(JSON.parse((await call(false, '/_localstack/health'))!.body)).toEqual({
    services: { s3: 'running' },
    edition: 'hypergate',
    version: expect.any(String),
  });
  expect(await call(false, '/_hypergate/reset', { host: '127.0.0.1:4566' })).toBeUndefined();
  expect((await call(true, '/_hypergate/reset', { host: 'evil.example' }))?.status).toBe(403);
  const page = { host: 'localhost:4566', origin: 'https://evil.example' };
  expect((await call(true, '/_hypergate/reset', page))?.status).toBe(403);
  expect(resets).toBe(0);
  expect((await call(true, '/_hypergate/reset', { host: 'localhost:4566' }))?.status).toBe(200);
  expect(resets).toBe(1);
});
