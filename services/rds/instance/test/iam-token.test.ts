import { Signer } from '@aws-sdk/rds-signer';
import { type Account, StaticCredentialStore } from '@hypergate/kit';
import { describe, expect, it } from 'vitest';
import { isTokenOf } from '../iam-token.ts';

const account = (accountId: string, accessKeyId: string): Account => ({
  accountId,
  userId: accountId,
  displayName: accountId,
  email: '',
  accessKeyId,
  secretAccessKey: `secret of ${accessKeyId}`,
});
const credentials = new StaticCredentialStore([
  account('111111111111', 'AKIAONE'),
  account('222222222222', 'AKIATWO'),
]);
const expected = { user: 'app', hosts: ['localhost', '127.0.0.1'], port: 5440, accountId: '111111111111' };

function tokenOf(
  change: { hostname?: string; port?: number; username?: string; key?: string; secret?: string } = {},
) {
  const { hostname = 'localhost', port = 5440, username = 'app', key = 'AKIAONE' } = change;
  return new Signer({
    hostname,
    port,
    username,
    region: 'us-east-1',
    credentials: { accessKeyId: key, secretAccessKey: change.secret ?? `secret of ${key}` },
  }).getAuthToken();
}

const check = (token: string, now = Date.now()) =>
  isTokenOf(token, expected, { credentials, clock: { now: () => now } });

describe('a token of IAM', () => {
  it('made by the signer of the SDK is taken, for each name of the host', async () => {
    expect(await check(await tokenOf())).toBe(true);
    expect(await check(await tokenOf({ hostname: '127.0.0.1' }))).toBe(true);
  });

  it.each([
    ['for another user', { username: 'other' }],
    ['for another host', { hostname: 'example.com' }],
    ['for another port', { port: 5441 }],
    ['of another account', { key: 'AKIATWO' }],
    ['of an unknown key', { key: 'AKIANONE' }],
    ['with a wrong secret', { secret: 'wrong' }],
  ])('%s is refused', async (_, change) => {
    expect(await check(await tokenOf(change))).toBe(false);
  });

  it('is refused when fifteen minutes are over, and before its time', async () => {
    const token = await tokenOf();
    expect(await check(token, Date.now() + 14 * 60_000)).toBe(true);
    expect(await check(token, Date.now() + 15 * 60_000)).toBe(false);
    expect(await check(token, Date.now() - 16 * 60_000)).toBe(false);
  });

  it('is refused when a character of it was changed, or it is none', async () => {
    const token = await tokenOf();
    for (const at of [0, 12, 20, 40, 80, token.length - 1]) {
      const other = token[at] === 'a' ? 'b' : 'a';
      expect(await check(token.slice(0, at) + other + token.slice(at + 1)), `${at}`).toBe(false);
    }
    for (const none of ['', 'password', 'localhost:5440/', 'localhost:5440/?Action=connect&DBUser=app']) {
      expect(await check(none)).toBe(false);
    }
  });
});
