import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Account } from '../../service.ts';
import { StaticCredentialStore } from '../credentials.ts';
import { issueSession } from '../session-credentials.ts';

const random = { bytes: (length: number) => randomBytes(length) };
const account = (accessKeyId: string, secretAccessKey: string): Account => ({
  accountId: '123456789012',
  userId: 'canonical',
  displayName: 'root',
  email: 'root@localhost',
  accessKeyId,
  secretAccessKey,
});
const own = account('AKIAOWN', 'secret');
const other = account('AKIAOTHER', 'another secret');
const store = new StaticCredentialStore([own, other]);
const session = { roleName: 'worker', sessionName: 'function', expiresMs: 1_800_000_000_000 };

test('a session is found by its key and its token together, in the name of its role', () => {
  const { accessKeyId, secretAccessKey, sessionToken } = issueSession(own, session, random);
  expect(accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  expect(secretAccessKey).toMatch(/^[A-Za-z0-9/+]{40}$/);
  expect(store.lookup(accessKeyId, sessionToken)).toMatchObject({
    accessKeyId,
    secretAccessKey,
    sessionToken,
    expiresMs: session.expiresMs,
    principal: {
      kind: 'role',
      accountId: '123456789012',
      userId: 'canonical',
      arn: 'arn:aws:sts::123456789012:assumed-role/worker/function',
      roleSessionId: expect.stringMatching(/^AROA[A-Z2-7]{16}:function$/),
    },
  });
  expect(store.lookup(accessKeyId)).toBeUndefined();
});

test('two sessions of one role have nothing in common', () => {
  const [first, second] = [issueSession(own, session, random), issueSession(own, session, random)];
  expect(first.accessKeyId).not.toBe(second.accessKeyId);
  expect(first.secretAccessKey).not.toBe(second.secretAccessKey);
  expect(store.lookup(first.accessKeyId, second.sessionToken)).toBeUndefined();
});

test('it ends with the secret of its account', () => {
  const { accessKeyId, sessionToken } = issueSession(own, session, random);
  const changed = new StaticCredentialStore([account('AKIAOWN', 'a new secret'), other]);
  expect(changed.lookup(accessKeyId, sessionToken)).toBeUndefined();
  expect(new StaticCredentialStore([other]).lookup(accessKeyId, sessionToken)).toBeUndefined();
});

test('no other bytes are a token', () => {
  const { accessKeyId, sessionToken } = issueSession(own, session, random);
  const bytes = Buffer.from(sessionToken, 'base64url');
  fc.assert(
    fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(bytes);
      changed[at]! ^= change;
      expect(store.lookup(accessKeyId, changed.toString('base64url'))).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 2000 }), (text) => {
      expect(store.lookup(accessKeyId, text)).toBeUndefined();
    }),
  );
  // The bits of the last character that are not used.
  for (const text of [`${sessionToken}=`, `${sessionToken}A`, `${sessionToken} `])
    expect(store.lookup(accessKeyId, text)).toBeUndefined();
});

test('a token does not turn into a key of the account', () => {
  const { sessionToken } = issueSession(own, session, random);
  expect(store.lookup('AKIAOWN', sessionToken)?.sessionToken).toBeUndefined();
  expect(store.lookup('AKIAOTHER', sessionToken)?.principal.kind).toBe('root');
});
