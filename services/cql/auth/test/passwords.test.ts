import { describe, expect, test } from 'vitest';
import { Attempts } from '../attempts.ts';
import { authLimits } from '../limits.ts';
import { checkHash, Passwords } from '../passwords.ts';

describe('passwords', () => {
  test('a hash is of one password, with a salt of its own', async () => {
    const passwords = new Passwords(() => 0);
    const [first, second] = [await passwords.hash('secret'), await passwords.hash('secret')];
    expect(first).not.toBe(second);
    expect(first).not.toContain('secret');
    expect(await passwords.isRight('secret', first)).toBe(true);
    expect(await passwords.isRight('Secret', first)).toBe(false);
    expect(checkHash(first)).toBe(first);
  });

  test('nobody has a password, and one that cannot be read is nobody’s', async () => {
    const passwords = new Passwords(() => 0);
    expect(await passwords.isRight('secret', undefined)).toBe(false);
    expect(await passwords.isRight('', '')).toBe(false);
    expect(await passwords.isRight('x', 'plain text')).toBe(false);
  });

  test('a login that was right costs nothing for a while, a wrong one always', async () => {
    let now = 0;
    const passwords = new Passwords(() => now, 0);
    const hash = await passwords.hash('secret');
    expect(await passwords.isRight('secret', hash)).toBe(true);
    expect(await passwords.isRight('wrong', hash)).toBe(false);
    // Nobody can begin a check now.
    const busy = Array.from({ length: authLimits.checksAtOnce }, () => passwords.hash('x'));
    expect(await passwords.isRight('secret', hash)).toBe(true);
    const overloaded = { code: 'overloaded' };
    await expect(passwords.isRight('wrong', hash)).rejects.toMatchObject(overloaded);
    await expect(passwords.isRight('secret', undefined)).rejects.toMatchObject(overloaded);
    now = authLimits.provenMs;
    await expect(passwords.isRight('secret', hash)).rejects.toMatchObject(overloaded);
    await Promise.all(busy);
  });

  test.each([
    '$scrypt$ln=30,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$scrypt$ln=14,r=99,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$scrypt$ln=14,r=8,p=99$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    '$scrypt$ln=14,r=8,p=1$c2FsdA$short',
    'plain',
  ])('a hash that takes too much or has another form is refused: %s', (text) =>
    expect(() => checkHash(text)).toThrow('Invalid hashed password value'),
  );

  test('more than a number of logins do not wait', async () => {
    const passwords = new Passwords(() => 0, 1);
    const all = Array.from({ length: authLimits.checksAtOnce + 2 }, () => passwords.hash('x'));
    await expect(all.pop()).rejects.toMatchObject({ code: 'overloaded' });
    expect(await Promise.all(all)).toHaveLength(authLimits.checksAtOnce + 1);
  });
});

describe('attempts', () => {
  test('an address that failed often waits, and others do not', () => {
    let now = 0;
    const attempts = new Attempts(() => now);
    for (let count = 0; count < authLimits.failuresAtOnce; count++) attempts.failed('10.0.0.1');
    expect(attempts.mayTry('10.0.0.1')).toBe(false);
    expect(attempts.mayTry('10.0.0.2')).toBe(true);
    now = authLimits.failureRestMs;
    expect(attempts.mayTry('10.0.0.1')).toBe(true);
    attempts.failed('10.0.0.1');
    expect(attempts.mayTry('10.0.0.1')).toBe(false);
  });

  test('of IPv6 the network counts', () => {
    const attempts = new Attempts(() => 0);
    for (let count = 0; count < authLimits.failuresAtOnce; count++)
      attempts.failed(`2001:db8:1:2:${count}::1`);
    expect(attempts.mayTry('2001:db8:1:2::9')).toBe(false);
    expect(attempts.mayTry('2001:db8:1:3::9')).toBe(true);
  });

  test('as many addresses are known as a limit says', () => {
    const attempts = new Attempts(() => 0);
    for (let count = 0; count < authLimits.failuresAtOnce; count++) attempts.failed('first');
    for (let count = 0; count < authLimits.addressesMax; count++) attempts.failed(`other ${count}`);
    expect(attempts.mayTry('first')).toBe(true);
  });
});
