/** What the engine itself says to a connection's first bytes is what the proxy says. */
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFields } from '../../wire/message-reader.ts';
import { codes, firstPacket, RawClient, startup } from './support/raw-client.ts';
import { openWorld, password, user, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ major: 18 });
});
afterAll(() => world.close());

/** Fields that clients act on. */
async function words(target: { path: string } | { host: string; port: number }, bytes: Buffer) {
  const client = new RawClient(target);
  client.send(bytes);
  const rest = await client.rest();
  client.destroy();
  // An answer to a protocol before 3 is one text.
  if (rest.length === 0 || rest[1] !== 0) return rest.latin1Slice();
  const fields = readFields(rest.subarray(5));
  return [rest.latin1Slice(0, 1), ...['S', 'V', 'C', 'M'].map((letter) => fields.get(letter))];
}

test.each([
  ['protocol 2.0', firstPacket(0x20000, 'user\0a\0\0')],
  ['protocol 4.0', firstPacket(0x40000, 'user\0a\0\0')],
  ['no protocol', firstPacket(0)],
  ['protocol 0.5', firstPacket(5)],
  ['protocol 1.1', firstPacket(0x10001)],
  ['no user', startup(0, { database: 'postgres' })],
  ['an empty user', startup(0, { user: '' })],
  ['no terminator', firstPacket(0x30000, 'user\0a\0')],
  ['a value too few', firstPacket(0x30000, 'user\0')],
  ['bytes behind the terminator', firstPacket(0x30000, 'user\0a\0\0\0')],
  ['a packet that is too short', Buffer.from([0, 0, 0, 4, 0, 0, 0, 0])],
  ['a packet that is too long', Buffer.from([0, 0, 0x27, 0x15, 0, 3, 0, 0])],
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a cancel without a key', firstPacket(codes.cancel, '\0\0\0\x01')],
  ['a cancel of nobody', firstPacket(codes.cancel, '\0\0\0\x01\0\0\0\x02')],
])('to %s', async (_, bytes) => {
  const { socketDir, port } = world.engine;
  const own = await words({ path: `${socketDir}/.s.PGSQL.${port}` }, bytes);
  expect(await words({ host: '127.0.0.1', port: world.port }, bytes)).toEqual(own);
});

test('random bytes never end the process, and clients come in afterwards', async () => {
  const shaped = fc
    .tuple(
      fc.constantFrom(0x30000, 0x30002, codes.tls, codes.gss, codes.cancel),
      fc.uint8Array({ maxLength: 60 }),
    )
    .map(([code, body]) => firstPacket(code, Buffer.from(body)));
  const raw = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  const followed = fc
    .tuple(fc.constant(startup(0, { user: 'nobody' })), raw)
    .map(([begin, bytes]) => Buffer.concat([begin, bytes]));
  await fc.assert(
    fc.asyncProperty(fc.oneof(shaped, raw, followed), async (bytes) => {
      const socket = connect({ host: '127.0.0.1', port: world.port });
      socket.on('error', () => socket.destroy()).resume();
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.end(bytes);
      await closed;
    }),
    { numRuns: 300 },
  );
  expect(world.logged).toEqual([]);
  const client = await world.connect({ user, password });
  await client.end();
});
