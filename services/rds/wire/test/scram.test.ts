import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Fatal } from '../errors.ts';
import { mockSalt, ScramServer, scramMechanism, scramPlusMechanism } from '../scram.ts';
import { parseVerifier, type ScramVerifier } from '../verifier.ts';

const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest();

function verifierOf(password: string, salt: string, iterations: number): ScramVerifier {
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), iterations, 32, 'sha256');
  const stored = hash(hmac(salted, 'Client Key')).toString('base64');
  const server = hmac(salted, 'Server Key').toString('base64');
  return parseVerifier(`SCRAM-SHA-256$${iterations}:${salt}$${stored}:${server}`) as ScramVerifier;
}

const mock = { salt: 'AAAAAAAAAAAAAAAAAAAAAA==', iterations: 4096 };

/** The example of RFC 7677, section 3. */
const example = {
  verifier: verifierOf('pencil', 'W22ZaJ0SNY7soEsUEjb6gQ==', 4096),
  nonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  clientFirst: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  clientFinal:
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
};

function begun(over: Partial<ConstructorParameters<typeof ScramServer>[0]> = {}): ScramServer {
  return new ScramServer({
    verifier: example.verifier,
    nonce: example.nonce,
    mock,
    channelBinding: undefined,
    ...over,
  });
}

test('the exchange is that of the example in RFC 7677', () => {
  const scram = begun();
  expect(scram.first(scramMechanism, example.clientFirst)).toBe(example.serverFirst);
  expect(scram.final(example.clientFinal)).toBe(example.serverFinal);
});

test('the proof of another password is wrong', () => {
  const scram = begun({ verifier: verifierOf('pencils', 'W22ZaJ0SNY7soEsUEjb6gQ==', 4096) });
  scram.first(scramMechanism, example.clientFirst);
  expect(scram.final(example.clientFinal)).toBeUndefined();
});

test('a user who does not exist is asked as others are, and fails', () => {
  const scram = begun({ verifier: undefined });
  expect(scram.first(scramMechanism, example.clientFirst)).toContain(`,s=${mock.salt},i=4096`);
  expect(scram.final(example.clientFinal)).toBeUndefined();
});

test('the proof that fits the empty verifier of such a user fails, too', () => {
  const scram = begun({ verifier: undefined });
  const first = scram.first(scramMechanism, example.clientFirst);
  const nonce = /^r=([^,]+)/.exec(first)![1]!;
  const withoutProof = `c=biws,r=${nonce}`;
  const exchange = `${example.clientFirst.slice(3)},${first},${withoutProof}`;
  // The client key would have to be one whose hash is 32 zero bytes; the next best thing is one of zero bytes.
  const proof = hmac(Buffer.alloc(32), exchange).toString('base64');
  expect(scram.final(`${withoutProof},p=${proof}`)).toBeUndefined();
});

test('salts of users who do not exist stay the same, and differ', () => {
  const secret = Buffer.alloc(32, 1);
  expect(mockSalt(secret, 'a')).toBe(mockSalt(secret, 'a'));
  expect(mockSalt(secret, 'a')).not.toBe(mockSalt(secret, 'b'));
  expect(mockSalt(secret, 'a')).not.toBe(mockSalt(Buffer.alloc(32, 2), 'a'));
  expect(Buffer.from(mockSalt(secret, 'a'), 'base64')).toHaveLength(16);
});

describe('channel binding', () => {
  const channelBinding = Buffer.from('the hash of a certificate');
  const bound = (data: Buffer) =>
    Buffer.concat([Buffer.from('p=tls-server-end-point,,'), data]).toString('base64');

  test('is offered first where it can be had', () => {
    expect(begun({ channelBinding }).mechanisms).toEqual([scramPlusMechanism, scramMechanism]);
    expect(begun().mechanisms).toEqual([scramMechanism]);
  });

  test('holds only for the same certificate', () => {
    const run = (data: Buffer) => {
      const scram = begun({ channelBinding });
      const first = scram.first(scramPlusMechanism, 'p=tls-server-end-point,,n=,r=abc');
      const nonce = /^r=([^,]+)/.exec(first)![1]!;
      const salted = pbkdf2Sync('pencil', Buffer.from(example.verifier.salt, 'base64'), 4096, 32, 'sha256');
      const clientKey = hmac(salted, 'Client Key');
      const withoutProof = `c=${bound(data)},r=${nonce}`;
      const signature = hmac(hash(clientKey), `n=,r=abc,${first},${withoutProof}`);
      const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!));
      return scram.final(`${withoutProof},p=${proof.toString('base64')}`);
    };
    expect(run(channelBinding)).toMatch(/^v=/);
    expect(() => run(Buffer.from('another'))).toThrow('SCRAM channel binding check failed');
  });

  test('that somebody took out of the offer is missed', () => {
    expect(() => begun({ channelBinding }).first(scramMechanism, 'y,,n=,r=abc')).toThrow(
      'SCRAM channel binding negotiation error',
    );
    expect(begun().first(scramMechanism, 'y,,n=,r=abc')).toMatch(/^r=abc/);
  });
});

test.each([
  ['', '08P01'],
  ['n,', '08P01'],
  ['n,,', '08P01'],
  ['n,,n=user', '08P01'],
  ['n,,n=user,r=', '08P01'],
  ['n,,n=user,r=a b', '08P01'],
  ['n,,r=abc', '08P01'],
  ['x,,n=,r=abc', '08P01'],
  ['p=tls-server-end-point,,n=,r=abc', '08P01'],
  ['n,a=other,n=,r=abc', '0A000'],
  ['n,,m=more,n=,r=abc', '0A000'],
])('the first message %j is refused with %s', (clientFirst, code) => {
  expect(() => begun().first(scramMechanism, clientFirst)).toThrow(expect.objectContaining({ code }));
});

test.each([
  '',
  'c=biws',
  example.clientFinal.replace('c=biws', 'c=eSws'),
  example.clientFinal.replace('r=rOpr', 'r=rOpp'),
  example.clientFinal.replace('VQ=', 'VQ'),
  example.clientFinal.replace('dHzb', 'dHz'),
])('the last message %j is refused', (clientFinal) => {
  const scram = begun();
  scram.first(scramMechanism, example.clientFirst);
  expect(() => scram.final(clientFinal)).toThrow(Fatal);
});

test('a mechanism that was not offered is refused', () => {
  expect(() => begun().first(scramPlusMechanism, 'p=tls-server-end-point,,n=,r=abc')).toThrow(
    'invalid SASL authentication mechanism',
  );
});

test.each([
  null,
  '',
  'secret',
  'md5',
  'md5zz',
  'SCRAM-SHA-256$4096:AAAA$AAAA:AAAA',
  'SCRAM-SHA-256$0:AAAA$AAAA:AAAA',
])('nobody logs in with the verifier %j', (text) => expect(parseVerifier(text)).toBeUndefined());
