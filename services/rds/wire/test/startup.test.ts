import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Breach, Fatal } from '../errors.ts';
import { wireLimits } from '../limits.ts';
import { readFields, readMessage, readPassword, readSaslInitial } from '../message-reader.ts';
import { asksReplication, firstPacketBytes, parseFirstPacket, type Startup } from '../startup.ts';

function packet(code: number, text: string): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(8), Buffer.from(text, 'latin1')]);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(code, 4);
  return bytes;
}

const start = (text: string) => parseFirstPacket(packet(0x30000, text)) as Startup;

test('the database is the user`s unless another is named', () => {
  expect(start('user\0ann\0\0')).toMatchObject({ user: 'ann', database: 'ann' });
  expect(start('user\0ann\0database\0\0\0')).toMatchObject({ database: 'ann' });
  expect(start('user\0ann\0database\0db\0\0')).toMatchObject({ database: 'db' });
});

test('names are cut as the engine cuts them', () => {
  expect(start(`user\0${'a'.repeat(100)}\0\0`).user).toBe('a'.repeat(63));
});

test.each([
  ['true', true],
  ['database', true],
  ['1', true],
  ['', true],
  ['off', false],
  ['FALSE', false],
  ['0', false],
  ['no', false],
])('replication=%s asks for replication: %s', (value, asks) => {
  expect(asksReplication(start(`user\0a\0replication\0${value}\0\0`))).toBe(asks);
});

test.each([
  ['', '08P01'],
  ['user', '08P01'],
  ['user\0', '08P01'],
  ['user\0ann', '08P01'],
  ['user\0ann\0', '08P01'],
  ['user\0ann\0\0more', '08P01'],
  ['\0', '28000'],
  ['user\0\0\0', '28000'],
])('the startup %j is refused with %s', (text, code) => {
  expect(() => start(text)).toThrow(expect.objectContaining({ code }));
});

test.each([0, 7, wireLimits.startupBytesMax + 5, 0x16030100, 2 ** 32 - 1])(
  'a length of %i is refused',
  (length) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(length, 0);
    expect(() => firstPacketBytes(bytes)).toThrow(Breach);
  },
);

test.each([0, 3, wireLimits.cancelKeyBytesMax + 1])('a cancel key of %i bytes is refused', (length) => {
  expect(() => parseFirstPacket(packet(80_877_102, `pid_${'k'.repeat(length)}`))).toThrow(Breach);
});

test('random and changed bytes are read or refused, never anything else', () => {
  const good = packet(0x30000, 'user\0ann\0database\0db\0_pq_.x\0y\0options\0-c a=b\0\0');
  const changed = fc
    .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 })
    .map((changes) => {
      const bytes = Buffer.from(good);
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
  const random = fc.uint8Array({ minLength: 8, maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  const readers = [
    parseFirstPacket,
    (bytes: Buffer) => readMessage(bytes, 1000),
    readFields,
    readPassword,
    readSaslInitial,
  ];
  fc.assert(
    fc.property(fc.oneof(changed, random), (bytes) => {
      for (const read of readers) {
        try {
          read(bytes);
        } catch (error) {
          expect(error instanceof Fatal || error instanceof Breach).toBe(true);
        }
      }
    }),
    { numRuns: 2000 },
  );
});
