import { randomBytes } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadAdminToken, readAdminToken } from '../admin/token.ts';
import { loadCredentials } from '../boot/credentials.ts';
import { loadSettings } from '../config/load.ts';
import { temporaryFolder } from './temporary.ts';

const random = { bytes: (length: number) => randomBytes(length) };

function load(env: Record<string, string>, folder: { accountsFile?: string; dataDir?: string } = {}) {
  const { values } = loadSettings({ flags: {}, env, folder: '/' });
  return loadCredentials(
    values,
    { accountsFile: folder.accountsFile, dataDir: folder.dataDir ?? '/nowhere' },
    random,
  );
}

const account = {
  accountId: '123456789012',
  userId: 'user',
  displayName: 'User',
  email: 'user@example.com',
  accessKeyId: 'KEY',
  secretAccessKey: 'SECRET',
};

async function accountsFile(content: unknown): Promise<string> {
  const path = join(await temporaryFolder(), 'accounts.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test.each(['127.0.0.1', 'localhost', '::1', '127.8.9.1'])('test and test on loopback (%s)', async (host) => {
  const { accounts, origin } = await load({ HYPERGATE_HOST: host });
  expect(origin).toBe('default');
  expect(accounts).toHaveLength(1);
  expect(accounts[0]).toMatchObject({
    accountId: '000000000000',
    accessKeyId: 'test',
    secretAccessKey: 'test',
  });
  expect(accounts[0].userId).toMatch(/^[0-9a-f]{64}$/);
});

test.each(['0.0.0.0', '::', '192.168.1.5', 'myhost', 'localhost.example.com'])(
  'elsewhere the default credentials are refused with the reason (%s)',
  async (host) => {
    await expect(load({ HYPERGATE_HOST: host })).rejects.toThrow(
      /HYPERGATE_ACCESS_KEY_ID.*HYPERGATE_ACCOUNTS_FILE/,
    );
  },
);

test('own credentials replace the default ones, on loopback too', async () => {
  const env = {
    HYPERGATE_ACCESS_KEY_ID: 'mine',
    HYPERGATE_SECRET_ACCESS_KEY: 'own',
    HYPERGATE_ACCOUNT_ID: '111122223333',
  };
  const { accounts, origin } = await load(env);
  expect(origin).toBe('own');
  expect(accounts).toEqual([expect.objectContaining({ accountId: '111122223333', accessKeyId: 'mine' })]);
  expect((await load({ ...env, HYPERGATE_HOST: '0.0.0.0' })).origin).toBe('own');
});

test('an accounts file seeds its accounts, behind the root account when that is given', async () => {
  const path = await accountsFile([account, { ...account, accessKeyId: 'KEY2' }]);
  const fromFile = await load({ HYPERGATE_HOST: '0.0.0.0' }, { accountsFile: path });
  expect(fromFile.accounts.map(({ accessKeyId }) => accessKeyId)).toEqual(['KEY', 'KEY2']);
  const env = { HYPERGATE_ACCESS_KEY_ID: 'mine', HYPERGATE_SECRET_ACCESS_KEY: 'own' };
  const both = await load(env, { accountsFile: path });
  expect(both.accounts.map(({ accessKeyId }) => accessKeyId)).toEqual(['mine', 'KEY', 'KEY2']);
});

test.each([
  ['not JSON', '{"secretAccessKey": "hush" oops', 'is not JSON'],
  ['not a list', {}, 'expected array'],
  ['empty', [], 'at least one account'],
  ['a short account id', [{ ...account, accountId: '1' }], 'account 1, accountId: must be 12 digits'],
  ['an unknown member', [account, { ...account, role: 'x' }], 'account 2'],
  ['a missing member', [{ ...account, secretAccessKey: undefined }], 'account 1, secretAccessKey'],
  ['a repeated key', [account, account], 'KEY is given twice'],
])('an accounts file that is wrong: %s', async (_what, content, line) => {
  const failure = load({}, { accountsFile: await accountsFile(content) });
  await expect(failure).rejects.toThrow(line);
  await expect(failure).rejects.not.toThrow('hush');
});

test('a missing accounts file is named', async () => {
  await expect(load({}, { accountsFile: '/nowhere/accounts.json' })).rejects.toThrow(
    '/nowhere/accounts.json does not exist',
  );
});

test('a container makes credentials once and keeps them for the owner only', async () => {
  const dataDir = await temporaryFolder();
  const env = { HYPERGATE_HOST: '0.0.0.0', HYPERGATE_CONTAINER: '1' };
  const first = await load(env, { dataDir });
  expect(first.origin).toBe('generated');
  expect(first.accounts[0].accessKeyId).toMatch(/^[A-Z2-7]{20}$/);
  expect(first.accounts[0].secretAccessKey).toMatch(/^[\w-]{40}$/);
  expect((await stat(join(dataDir, 'credentials.json'))).mode & 0o777).toBe(0o600);
  expect(await load(env, { dataDir })).toEqual(first);
  const other = await load(env, { dataDir: await temporaryFolder() });
  expect(other.accounts[0].secretAccessKey).not.toBe(first.accounts[0].secretAccessKey);
});

test('damaged generated credentials are not replaced silently', async () => {
  const dataDir = await temporaryFolder();
  await writeFile(join(dataDir, 'credentials.json'), '{"accessKeyId": ');
  const env = { HYPERGATE_HOST: '0.0.0.0', HYPERGATE_CONTAINER: '1' };
  await expect(load(env, { dataDir })).rejects.toThrow(/is damaged: remove it/);
});

test.each([
  ['default', {}, false],
  ['own', {}, true],
  ['generated', {}, true],
  ['default', { HYPERGATE_ADMIN_HOST: '0.0.0.0' }, true],
] as const)('admin token with %s credentials %j', async (origin, env, isAsked) => {
  const dataDir = await temporaryFolder();
  const { values } = loadSettings({ flags: {}, env, folder: '/' });
  const token = await loadAdminToken(values, dataDir, random, origin);
  expect(token !== undefined).toBe(isAsked);
  // Made once, and readable by its owner alone.
  expect(await loadAdminToken(values, dataDir, random, origin)).toBe(token);
  expect(await readAdminToken(dataDir)).toBe(token);
});
