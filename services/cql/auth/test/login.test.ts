import { expect, test, vi } from 'vitest';
import { memorySchema } from '../../ops/schema/memory-schema.ts';
import { JournalClock } from '../../store/write-clock.ts';
import { memoryStorage } from '../../test/support/open-server.ts';
import { Attempts } from '../attempts.ts';
import { authLimits } from '../limits.ts';
import { Login, prepareFirstRole } from '../login.ts';
import { Passwords } from '../passwords.ts';
import { Roles } from '../roles.ts';

function open(isLoopback = true) {
  const storage = memoryStorage(memorySchema());
  const clock = new JournalClock(() => Date.now(), 0n);
  const roles = new Roles({ storage, clock, now: () => Date.now(), changed: () => undefined });
  const passwords = new Passwords(() => 0);
  const login = new Login({ roles, passwords, attempts: new Attempts(() => 0), isLoopback });
  const logIn = (name: string, password: string, address = '10.0.0.1') =>
    login.logIn(Buffer.from(`\0${name}\0${password}`), address);
  return { roles, passwords, login, logIn };
}

test('the first superuser is made once, and logs in with the password that everyone knows', async () => {
  const { roles, passwords, logIn } = open();
  await prepareFirstRole({ roles, passwords }, undefined);
  await prepareFirstRole({ roles, passwords }, undefined);
  expect(await roles.all()).toMatchObject([{ name: 'cassandra', isSuperuser: true, canLogin: true }]);
  expect(await logIn('cassandra', 'cassandra')).toBe('cassandra');
});

test('where others can connect that password is refused', async () => {
  const { roles, passwords, logIn } = open(false);
  await prepareFirstRole({ roles, passwords }, undefined);
  await expect(logIn('cassandra', 'cassandra')).rejects.toMatchObject({
    code: 'badCredentials',
    message: expect.stringContaining('cqlPassword'),
  });
});

test('the setting changes the password, also of a role that is there', async () => {
  const { roles, passwords, logIn } = open(false);
  await prepareFirstRole({ roles, passwords }, undefined);
  await prepareFirstRole({ roles, passwords }, 'own');
  expect(await logIn('cassandra', 'own')).toBe('cassandra');
  await expect(logIn('cassandra', 'cassandra')).rejects.toThrow('are incorrect');
});

test('it does not come back when somebody dropped it', async () => {
  const { roles, passwords } = open();
  await roles.create('other', { canLogin: true, isSuperuser: true }, undefined, false);
  await prepareFirstRole({ roles, passwords }, 'own');
  expect((await roles.all()).map(({ name }) => name)).toEqual(['other']);
});

test.each<[token: string | undefined, message: string]>([
  [undefined, 'A SASL PLAIN token was expected'],
  ['cassandra', 'Authentication ID must not be null'],
  ['\0\0secret', 'Authentication ID must not be null'],
  ['\0cassandra\0', 'Password must not be null'],
  ['\0cassandra\0wrong', 'Provided username cassandra and/or password are incorrect'],
  ['\0none\0wrong', 'Provided username none and/or password are incorrect'],
])('the token %j is refused', async (token, message) => {
  const { roles, passwords, login } = open();
  await prepareFirstRole({ roles, passwords }, undefined);
  await expect(login.logIn(token === undefined ? undefined : Buffer.from(token), 'a')).rejects.toThrow(
    message,
  );
});

test('a token that is too long is not looked at', async () => {
  await expect(open().login.logIn(Buffer.alloc(authLimits.tokenBytesMax + 1), 'a')).rejects.toThrow(
    'expected',
  );
});

test('whoever failed often is refused before a password is looked at', async () => {
  const { login } = open();
  for (let count = 0; count < authLimits.failuresAtOnce; count++)
    await expect(login.logIn(Buffer.from('x'), '10.0.0.9')).rejects.toThrow('null');
  await expect(login.logIn(Buffer.from('\0a\0b'), '10.0.0.9')).rejects.toThrow('Too many failed logins');
});

test('a role with the wrong data centre stays outside', async () => {
  const { roles, passwords, logIn } = open();
  const saltedHash = await passwords.hash('p');
  await roles.create('far', { canLogin: true, isSuperuser: false, saltedHash }, ['elsewhere'], false);
  await expect(logIn('far', 'p')).rejects.toMatchObject({
    code: 'unauthorized',
    message: 'You do not have access to this datacenter (datacenter1)',
  });
});

test('a client that opens many connections at once is checked once, whether or not it is right', async () => {
  const { roles, passwords, logIn } = open();
  await prepareFirstRole({ roles, passwords }, undefined);
  // More than may wait.
  const count = authLimits.checksWaitingMax + 100;
  const right = Array.from({ length: count }, () => logIn('cassandra', 'cassandra', '10.0.0.1'));
  expect(new Set(await Promise.all(right))).toEqual(new Set(['cassandra']));
  const wrong = Array.from({ length: count }, () => logIn('nobody', 'wrong', '10.0.0.2').catch(String));
  expect(new Set(await Promise.all(wrong))).toEqual(
    new Set(['CqlError: Provided username nobody and/or password are incorrect']),
  );
});

test('guesses that were sent at once are refused when enough of them have failed', async () => {
  const { roles, passwords, login, logIn } = open();
  await prepareFirstRole({ roles, passwords }, undefined);
  for (let count = 0; count < authLimits.failuresAtOnce - 4; count++)
    await expect(login.logIn(Buffer.from('x'), '10.0.0.9')).rejects.toThrow('null');
  const guesses = Array.from({ length: 40 }, (_, at) =>
    logIn('cassandra', `guess ${at}`, '10.0.0.9').catch((error: Error) => error.message),
  );
  const told = await Promise.all(guesses);
  const checked = told.filter((message) => message.includes('are incorrect'));
  expect(checked.length).toBeLessThanOrEqual(4 + authLimits.checksAtOnce);
  expect(told.filter((message) => message.includes('Too many failed'))).toHaveLength(40 - checked.length);
});

test('a name or password that no role can have is not looked up', async () => {
  const { roles, logIn } = open();
  const role = vi.spyOn(roles, 'role');
  for (const [name, password] of [
    ['n'.repeat(authLimits.roleNameBytesMax + 1), 'p'],
    ['n', 'p'.repeat(authLimits.passwordBytesMax + 1)],
  ] as const)
    await expect(logIn(name, password)).rejects.toThrow('Provided username and/or password are incorrect');
  expect(role).not.toHaveBeenCalled();
  await expect(
    logIn('n'.repeat(authLimits.roleNameBytesMax), 'p'.repeat(authLimits.passwordBytesMax)),
  ).rejects.toThrow('are incorrect');
  expect(role).toHaveBeenCalledOnce();
});
