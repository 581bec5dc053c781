/** The package pg-protocol, which others wrote, is the judge of what we write and the author of what we read. */
import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { parse, serialize } from 'pg-protocol';
import { expect, test } from 'vitest';
import { Fatal } from '../errors.ts';
import { checkMd5 } from '../md5.ts';
import {
  isAuthenticated,
  readBackendKey,
  readFields,
  readMessage,
  readPassword,
  readSaslInitial,
} from '../message-reader.ts';
import {
  authenticate,
  backendKeyData,
  cancelMessage,
  errorResponse,
  message,
  negotiation,
  startupMessage,
} from '../messages.ts';
import { parseFirstPacket, type Startup } from '../startup.ts';

async function parsed(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const stream = new PassThrough();
  const messages: Record<string, unknown>[] = [];
  const done = parse(stream, (one) => messages.push(one as unknown as Record<string, unknown>));
  stream.end(bytes);
  await done;
  return messages;
}

const body = (bytes: Uint8Array) => readMessage(Buffer.from(bytes), 10_000)!.body;

test('requests for authentication are read by others', async () => {
  const all = Buffer.concat([
    authenticate.cleartext(),
    authenticate.md5(Buffer.from([1, 2, 3, 4])),
    authenticate.sasl(['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']),
    authenticate.saslContinue('r=abc'),
    authenticate.saslFinal('v=def'),
  ]);
  expect(await parsed(all)).toMatchObject([
    { name: 'authenticationCleartextPassword' },
    { name: 'authenticationMD5Password', salt: Buffer.from([1, 2, 3, 4]) },
    { name: 'authenticationSASL', mechanisms: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'] },
    { name: 'authenticationSASLContinue', data: 'r=abc' },
    { name: 'authenticationSASLFinal', data: 'v=def' },
  ]);
});

test('errors and cancel keys are read by others', async () => {
  const all = Buffer.concat([
    errorResponse(new Fatal('53300', 'sorry, too many clients already', 'as it is')),
    backendKeyData(4711, Buffer.from([0, 0, 1, 2])),
  ]);
  expect(await parsed(all)).toMatchObject([
    { severity: 'FATAL', code: '53300', message: 'sorry, too many clients already', detail: 'as it is' },
    { name: 'backendKeyData', processID: 4711, secretKey: 258 },
  ]);
});

test('what others write is read', () => {
  expect(readPassword(body(serialize.password('correct horse'))).toString()).toBe('correct horse');
  expect(
    readSaslInitial(body(serialize.sendSASLInitialResponseMessage('SCRAM-SHA-256', 'n,,n=*,r=a'))),
  ).toEqual({
    mechanism: 'SCRAM-SHA-256',
    data: 'n,,n=*,r=a',
  });
  expect(body(serialize.sendSCRAMClientFinalMessage('c=biws')).toString()).toBe('c=biws');
  expect(parseFirstPacket(Buffer.from(serialize.requestSsl()))).toEqual({ kind: 'tls' });
  const cancel = parseFirstPacket(Buffer.from(serialize.cancel(4711, 258)));
  expect(cancel).toEqual({ kind: 'cancel', pid: 4711, key: Buffer.from([0, 0, 1, 2]) });
  const startup = parseFirstPacket(
    Buffer.from(serialize.startup({ user: 'a', database: 'b', options: '-c x=1' })),
  );
  expect(startup).toMatchObject({ kind: 'startup', minor: 0, user: 'a', database: 'b', options: [] });
  expect((startup as Startup).parameters.get('options')).toBe('-c x=1');
});

test('a cancel for the engine is that of others', () => {
  expect(cancelMessage(4711, Buffer.from([0, 0, 1, 2]))).toEqual(Buffer.from(serialize.cancel(4711, 258)));
});

test('the engine gets the client`s parameters, byte for byte, and nothing that was for us', () => {
  const text = ['user', 'b\xfcrger', '_pq_.later', '1', 'replication', 'off', 'TimeZone', 'UTC', ''];
  const packet = Buffer.concat([Buffer.alloc(8), Buffer.from(`${text.join('\0')}\0`, 'latin1')]);
  packet.writeUInt32BE(packet.length, 0);
  packet.writeUInt32BE(0x30002, 4);
  const startup = parseFirstPacket(packet) as Startup;
  const sent = startupMessage(startup);
  expect(sent.readUInt32BE(0)).toBe(sent.length);
  expect(sent.readUInt32BE(4)).toBe(0x30000);
  expect(sent.latin1Slice(8)).toBe('user\0b\xfcrger\0TimeZone\0UTC\0\0');
});

test('a client that asks for more than there is hears what there is', () => {
  const asked = (minor: number, options: readonly string[]) =>
    negotiation({ kind: 'startup', minor, options, parameters: new Map(), user: 'a', database: 'a' });
  expect(asked(0, [])).toBeUndefined();
  expect(asked(2, [])).toBeUndefined();
  expect(asked(9999, [])).toEqual(message('v', Buffer.from([0, 3, 0, 2, 0, 0, 0, 0])));
  expect(asked(0, ['_pq_.x'])).toEqual(message('v', Buffer.from([0, 3, 0, 0, 0, 0, 0, 1]), '_pq_.x\0'));
});

test('the engine`s words at a login are understood', () => {
  const read = (type: string, ...parts: (Buffer | string)[]) => readMessage(message(type, ...parts), 1000)!;
  expect(isAuthenticated(read('R', Buffer.alloc(4)))).toBe(true);
  expect(isAuthenticated(read('R', Buffer.from([0, 0, 0, 10])))).toBe(false);
  expect(isAuthenticated(read('S', Buffer.alloc(4)))).toBe(false);
  expect(readBackendKey(read('K', Buffer.from([0, 0, 0, 5, 1, 2, 3, 4, 5])))).toEqual({
    pid: 5,
    key: Buffer.from([1, 2, 3, 4, 5]),
  });
  expect(() => readBackendKey(read('K', Buffer.alloc(7)))).toThrow();
  expect(readFields(Buffer.from('SFATAL\0C57P01\0\0'))).toEqual(
    new Map([
      ['S', 'FATAL'],
      ['C', '57P01'],
    ]),
  );
});

test('messages are read when they are whole, and not when they are too long', () => {
  const bytes = message('p', 'abc');
  for (let length = 0; length < bytes.length; length++) {
    expect(readMessage(bytes.subarray(0, length), 100)).toBeUndefined();
  }
  expect(readMessage(Buffer.concat([bytes, bytes]), 100)).toMatchObject({ type: 'p', bytes });
  expect(() => readMessage(bytes, 6)).toThrow('invalid message length');
  expect(() => readMessage(Buffer.from('p\0\0\0\x03', 'latin1'), 100)).toThrow('invalid message length');
});

test.each([
  ['', 'a'],
  ['a\0b\0', 'two'],
  ['a', 'no end'],
])('%j is no password message', (text) => {
  expect(() => readPassword(Buffer.from(text, 'latin1'))).toThrow();
});

test('the answer to md5 fits one password and one salt', () => {
  const verifier = { kind: 'md5', hash: md5sum(Buffer.from('penciluser')) } as const;
  const salt = Buffer.from([1, 2, 3, 4]);
  const right = Buffer.from(`md5${md5sum(Buffer.concat([Buffer.from(verifier.hash), salt]))}`);
  expect(checkMd5(verifier, salt, right)).toBe(true);
  expect(checkMd5(verifier, Buffer.from([1, 2, 3, 5]), right)).toBe(false);
  expect(checkMd5(verifier, salt, right.subarray(1))).toBe(false);
  expect(checkMd5(verifier, salt, Buffer.alloc(0))).toBe(false);
});

function md5sum(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
