/** Channels over a stream that hands over what is written at once: the answer may be there before the write has returned. */
import { expect, test } from 'vitest';
import { MpcAbort } from '../errors.ts';
import { controlKind } from '../session/format/control.ts';
import { channelPair } from './support/channel-pair.ts';
import { tamperedWire } from './support/tampered-wire.ts';

/** Alice's first record arrives changed, and bob says so. */
const pair = () =>
  channelPair(
    {},
    tamperedWire((direction, at, bytes) => {
      if (direction === 0 && at === 0) bytes[bytes.length - 1]! ^= 1;
      return bytes;
    }),
  );

const reasonOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof MpcAbort ? error.reason : error),
  );

test('a message of the session after a record at which the other side ended', async () => {
  const { alice, bob } = pair();
  await alice.send(1, Buffer.alloc(10));
  alice.sendControl(controlKind.nonce, Buffer.alloc(32));
  expect(await reasonOf(alice.receiveControl(controlKind.nonce, 32))).toBe('peer-aborted');
  expect(bob.failure?.reason).toBe('malformed');
  await Promise.all([alice.close(), bob.close()]);
});

test('a message of several records, at the first of which the other side ended', async () => {
  const { alice, bob } = pair();
  await new Promise((resolve) => setImmediate(resolve));
  expect(await reasonOf(alice.send(1, Buffer.alloc(300_000)))).toBe('peer-aborted');
  expect(bob.failure?.reason).toBe('malformed');
  await Promise.all([alice.close(), bob.close()]);
});
