/** Channels: what is sent arrives, whole and in order, or nothing does. */
import { Duplex, duplexPair } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MpcAbort } from '../errors.ts';
import { controlKind } from '../session/format/control.ts';
import { sessionLimits } from '../session/limits.ts';
import { SecureChannel } from '../session/secure-channel.ts';
import { channelEnd, channelPair, written } from './support/channel-pair.ts';
import { seededRandom } from './support/seeded-random.ts';
import { TestClock, turns } from './support/test-clock.ts';

const records = { recordBytesMax: 1024, recordsPerKey: 4 };

/** What was received, of messages of kind 1, until it failed. */
async function receiveAll(
  channel: ReturnType<typeof channelEnd>,
): Promise<{ got: Buffer[]; error: MpcAbort }> {
  const got: Buffer[] = [];
  for (;;) {
    try {
      got.push(await channel.receive(1, 1 << 20));
    } catch (error) {
      expect(error).toBeInstanceOf(MpcAbort);
      return { got, error: error as MpcAbort };
    }
  }
}

test('messages of any sizes arrive however the bytes are cut, and both ends have the same chain', async () => {
  const sizes = fc.array(fc.oneof(fc.nat(64), fc.nat(5000), fc.constant(1016), fc.constant(1024)), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(sizes, fc.integer({ min: 1, max: 3000 }), async (lengths, cut) => {
      const [left, right] = duplexPair();
      const alice = channelEnd(left, 'bob', true, { records });
      const random = seededRandom('bodies');
      const bodies = lengths.map((length) => Buffer.from(random(length)));
      const pieces = await written(right, () =>
        Promise.all(bodies.map((body, i) => alice.send(i & 255, body))),
      );
      const wire = Buffer.concat(pieces);
      const [far, near] = duplexPair();
      const bob = channelEnd(far, 'alice', false, { records });
      for (let at = 0; at < wire.length; at += cut) near.write(Buffer.from(wire.subarray(at, at + cut)));
      for (const [i, body] of bodies.entries()) {
        const got = await bob.receive(i & 255, body.length);
        expect(got.equals(body)).toBe(true);
        expect(got.byteOffset % 8).toBe(0);
      }
      expect(bob.unread).toBe(0);
      const chain = alice.sentChain();
      alice.sendControl(controlKind.chain, chain);
      near.write(right.read() ?? Buffer.alloc(0));
      alice.abort(new MpcAbort('cancelled', undefined, 'the test ends'));
      for (const stream of [left, right, far, near]) stream.destroy();
    }),
    { numRuns: 60 },
  );
});

test('the chain of one end is the chain of the other', async () => {
  const { alice, bob } = channelPair();
  for (let i = 0; i < 5; i++) await alice.send(1, Buffer.alloc(1000 * i, i));
  const chain = alice.sentChain();
  alice.sendControl(controlKind.chain, chain);
  for (let i = 0; i < 5; i++) await bob.receive(1, 5000);
  expect(await bob.receiveChain()).toEqual(chain);
  expect(bob.sentChain()).not.toEqual(chain);
  await Promise.all([alice.close(), bob.close()]);
});

test('what nobody asked for shows when the chains are compared', async () => {
  const { alice, bob } = channelPair();
  await alice.send(1, Buffer.alloc(3));
  alice.sendControl(controlKind.chain, alice.sentChain());
  await expect(bob.receiveChain()).rejects.toMatchObject({ reason: 'malformed', party: 'alice' });
  await Promise.all([alice.close(), bob.close()]);
});

test('another kind or a longer body ends the channel before it is held', async () => {
  for (const [kind, bytesMax] of [
    [2, 10],
    [1, 9],
  ] as const) {
    const { alice, bob } = channelPair();
    await alice.send(1, Buffer.alloc(10));
    await expect(bob.receive(kind, bytesMax)).rejects.toMatchObject({ reason: 'malformed', party: 'alice' });
    await expect(alice.receive(1, 1)).rejects.toMatchObject({ reason: 'peer-aborted', party: 'bob' });
    await Promise.all([alice.closed, bob.closed]);
  }
});

describe('whoever holds the wire', () => {
  const bodies = [40, 3000, 0, 700].map((length, i) => Buffer.alloc(length, i + 1));

  /** Records as they cross the wire, one for each message of up to a record. */
  async function recorded(seed = 'channel'): Promise<Buffer[]> {
    const [left, right] = duplexPair();
    const alice = channelEnd(left, 'bob', true, { records }, seed);
    const pieces: Buffer[] = [];
    right.on('data', (piece: Buffer) => pieces.push(piece));
    for (const body of bodies) {
      await alice.send(1, body);
      await turns(2);
    }
    const wire = Buffer.concat(pieces);
    left.destroy();
    const cut: Buffer[] = [];
    for (let at = 0; at < wire.length; ) {
      const end = at + 5 + wire.readUInt32BE(at);
      cut.push(wire.subarray(at, end));
      at = end;
    }
    return cut;
  }

  /** What bob makes of these bytes, after which the connection ends. */
  async function deliver(wire: Buffer) {
    const [far, near] = duplexPair();
    const bob = channelEnd(far, 'alice', false, { records });
    near.resume();
    near.on('error', () => undefined);
    near.end(wire);
    const received = await receiveAll(bob);
    await bob.closed;
    for (const [i, body] of received.got.entries()) expect(body.equals(bodies[i]!)).toBe(true);
    return received;
  }

  test('sees them all arrive when it changes nothing', async () => {
    const { got, error } = await deliver(Buffer.concat(await recorded()));
    expect([got.length, error.reason]).toEqual([bodies.length, 'disconnected']);
  });

  test('cannot change a byte', async () => {
    const wire = Buffer.concat(await recorded());
    for (let at = 0; at < wire.length; at += at < 120 ? 1 : 37) {
      const other = Buffer.from(wire);
      other[at]! ^= 1 + (at % 255);
      const { got, error } = await deliver(other);
      expect(got.length).toBeLessThan(bodies.length);
      expect(['malformed', 'disconnected']).toContain(error.reason);
    }
  });

  test('cannot end it early unnoticed', async () => {
    const wire = Buffer.concat(await recorded());
    for (let length = 0; length < wire.length; length += 61) {
      const { got, error } = await deliver(wire.subarray(0, length));
      expect(got.length).toBeLessThan(bodies.length);
      expect(error.reason).toBe('disconnected');
    }
  });

  test('cannot repeat, leave out or exchange records, nor bring one from elsewhere', async () => {
    const cut = await recorded();
    const foreign = await recorded('another channel');
    expect(cut.length).toBeGreaterThan(5);
    for (let i = 0; i < cut.length - 1; i++) {
      const changed = [
        cut.toSpliced(i, 0, cut[i]!),
        cut.toSpliced(i, 1),
        cut.toSpliced(i, 2, cut[i + 1]!, cut[i]!),
        cut.toSpliced(i, 1, foreign[i]!),
        cut.toSpliced(i + 1, 0, ...foreign.slice(i + 1)),
      ];
      for (const records of changed) {
        const { got, error } = await deliver(Buffer.concat(records));
        expect(got.length).toBeLessThanOrEqual(bodies.length);
        if (got.length < bodies.length) expect(error.reason).toBe('malformed');
        else expect(records.length).toBeGreaterThan(cut.length);
      }
    }
  });

  test('cannot give back to a party what it sent', async () => {
    const [left, right] = duplexPair();
    const alice = channelEnd(left, 'bob', true);
    right.on('error', () => undefined);
    right.on('data', (piece: Buffer) => right.write(Buffer.from(piece)));
    await alice.send(1, Buffer.alloc(10));
    await expect(alice.receive(1, 10)).rejects.toMatchObject({ reason: 'malformed' });
    right.destroy();
    await alice.closed;
  });

  test('cannot announce a record that is larger than any', async () => {
    const head = Buffer.from([0x7f, 0xff, 0xff, 0xff, 1]);
    const { error } = await deliver(head);
    expect(error.reason).toBe('malformed');
  });
});

test('a party that sends and sends is stopped while the other does not ask', async () => {
  const unreadBytesMax = 64 * 1024;
  const { alice, bob, streams } = channelPair({ unreadBytesMax, unsentBytesMax: 32 * 1024 });
  let sent = 0;
  let isFull = false;
  const flood = (async () => {
    for (; sent < 1000; sent++) {
      await alice.send(1, Buffer.alloc(4096, sent & 255));
    }
  })();
  while (!isFull) {
    const before = sent;
    await turns(30);
    isFull = sent === before;
  }
  const record = sessionLimits.recordBytesMax;
  expect(bob.unread).toBeLessThanOrEqual(unreadBytesMax + record + streams[1].readableHighWaterMark);
  expect(sent * 4096).toBeLessThan(6 * record);
  for (let i = 0; i < 1000; i++) expect((await bob.receive(1, 4096))[0]).toBe(i & 255);
  await flood;
  await Promise.all([alice.close(), bob.close()]);
});

test('a message larger than what is held unread arrives in pieces', async () => {
  const { alice, bob } = channelPair({ unreadBytesMax: 1000, unsentBytesMax: 1000, records });
  const body = Buffer.from(seededRandom('large')(300_000));
  const sending = alice.send(1, body);
  expect((await bob.receive(1, body.length)).equals(body)).toBe(true);
  await sending;
  await Promise.all([alice.close(), bob.close()]);
});

test('many empty messages cost no more than their bytes', async () => {
  const { alice, bob } = channelPair();
  for (let i = 0; i < 10_000; i++) void alice.send(1, Buffer.alloc(0));
  await turns();
  expect(bob.unread).toBe(80_000);
  for (let i = 0; i < 10_000; i++) expect((await bob.receive(1, 0)).length).toBe(0);
  await Promise.all([alice.close(), bob.close()]);
});

test('small messages of one turn share a record', async () => {
  const [left, right] = duplexPair();
  const alice = channelEnd(left, 'bob', true);
  const pieces = await written(right, () =>
    Promise.all(Array.from({ length: 100 }, () => alice.send(1, Buffer.alloc(32)))),
  );
  expect(Buffer.concat(pieces).readUInt32BE(0)).toBe(100 * 40 + 16);
  expect(Buffer.concat(pieces)).toHaveLength(5 + 100 * 40 + 16);
  left.destroy();
  right.destroy();
});

describe('time', () => {
  test('a channel on which both only wait stays open', async () => {
    const clock = new TestClock();
    const { alice, bob } = channelPair({ clock, idleMs: 800 });
    await clock.advance(80_000);
    expect([alice.failure, bob.failure]).toEqual([undefined, undefined]);
    await Promise.all([alice.close(), bob.close()]);
    expect(clock.pending).toBe(0);
  });

  test('a party that falls silent is given up, and those who wait for it hear of it', async () => {
    const clock = new TestClock();
    const [left, right] = duplexPair();
    const alice = channelEnd(left, 'bob', true, { clock, idleMs: 800 });
    right.resume();
    const waiting = expect(alice.receive(1, 10)).rejects.toMatchObject({ reason: 'timeout', party: 'bob' });
    await clock.advance(800);
    expect(alice.failure).toBeUndefined();
    await clock.advance(100);
    await waiting;
    await clock.advance(sessionLimits.lingerMs);
    await alice.closed;
    expect(clock.pending).toBe(0);
    right.destroy();
  });

  test('two that both send and never ask give up in the end', async () => {
    const clock = new TestClock();
    const options = { clock, idleMs: 800, unreadBytesMax: 1000, unsentBytesMax: 1000 };
    const { alice, bob } = channelPair(options);
    const first = async (channel: typeof alice) => {
      for (let i = 0; i < 20; i++) await channel.send(1, Buffer.alloc(100_000));
      for (;;) await channel.receive(1, 100_000);
    };
    const ends = Promise.allSettled([first(alice), first(bob)]);
    await turns();
    for (let i = 0; i < 20; i++) await clock.advance(100);
    for (const end of await ends) expect((end as PromiseRejectedResult).reason).toBeInstanceOf(MpcAbort);
    expect([alice.failure!.reason, bob.failure!.reason]).toContain('timeout');
    await Promise.all([alice.closed, bob.closed]);
  });

  test('a long computation of this side is not counted against the other', async () => {
    // The clock jumps: as many ticks are due as give a party up, and one passes.
    let now = 0;
    const timers: (() => void)[] = [];
    const clock = {
      monotonic: () => now,
      timer(_: number, run: () => void) {
        timers.push(run);
        return () => undefined;
      },
    };
    const [left, right] = duplexPair();
    const alice = channelEnd(left, 'bob', true, { clock, idleMs: 800 });
    right.resume();
    now = 100_000;
    for (const run of timers.splice(0)) run();
    expect(alice.failure).toBeUndefined();
    left.destroy();
    right.destroy();
  });
});

describe('the end', () => {
  /** Without those for 'end': what the pair in memory uses itself. */
  const listeners = (stream: Duplex) =>
    ['data', 'error', 'close', 'drain'].map((event) => stream.listenerCount(event));

  test('an abort tells the other side why, and leaves nothing behind', async () => {
    const clock = new TestClock();
    const [left, right] = duplexPair();
    const before = [listeners(left), listeners(right)];
    const { alice, bob } = channelPair({ clock }, [left, right]);
    const waiting = expect(bob.receive(1, 10)).rejects.toMatchObject({
      reason: 'peer-aborted',
      party: 'alice',
    });
    alice.abort(new MpcAbort('cheating', 'carol', 'a check failed\n\u001b[31m'));
    await waiting;
    await Promise.all([alice.closed, bob.closed]);
    expect(bob.failure!.message).toBe('alice: it ended the session (cheating): carol: a check failed??[31m');
    await expect(alice.send(1, Buffer.alloc(1))).rejects.toMatchObject({ reason: 'cheating' });
    await expect(bob.send(1, Buffer.alloc(1))).rejects.toMatchObject({ reason: 'peer-aborted' });
    expect([listeners(left), listeners(right)]).toEqual(before);
    expect(clock.pending).toBe(0);
  });

  test.each(['abort', 'close', 'disconnection'])(
    'the secrets of the keys are overwritten (%s)',
    async (how) => {
      const [left, right] = duplexPair();
      const [sendSecret, receiveSecret] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
      const names = { peerKey: Buffer.alloc(33), transcript: Buffer.alloc(32) };
      const link = { isInitiator: true, sendSecret, receiveSecret, ...names };
      const alice = new SecureChannel(left, 'bob', link, Buffer.alloc(0));
      right.resume();
      right.on('end', () => right.end());
      if (how === 'abort') alice.abort(new MpcAbort('cancelled', undefined, 'the test ends'));
      else if (how === 'close') void alice.close();
      else right.destroy();
      await alice.closed;
      expect(Buffer.concat([sendSecret, receiveSecret])).toEqual(Buffer.alloc(64));
      right.destroy();
    },
  );

  test('the text of an abort is bounded', async () => {
    const { alice, bob } = channelPair();
    alice.abort(new MpcAbort('internal', undefined, 'x'.repeat(100_000)));
    await bob.closed;
    expect(bob.failure!.message.length).toBeLessThan(sessionLimits.abortTextBytesMax + 100);
    await alice.closed;
  });

  test('what was sent before an orderly end arrives', async () => {
    const { alice, bob } = channelPair();
    await alice.send(1, Buffer.alloc(200_000, 7));
    const closing = alice.close();
    expect((await bob.receive(1, 200_000)).every((byte) => byte === 7)).toBe(true);
    await expect(bob.receive(1, 1)).rejects.toMatchObject({ reason: 'disconnected', party: 'alice' });
    await Promise.all([closing, bob.close()]);
  });

  test('a sender that waits for room hears of the end', async () => {
    const { alice, streams } = channelPair({ unreadBytesMax: 1000, unsentBytesMax: 1000 });
    const sending = (async () => {
      for (;;) await alice.send(1, Buffer.alloc(10_000));
    })();
    await turns();
    streams[1].destroy();
    streams[0].destroy();
    await expect(sending).rejects.toMatchObject({ reason: 'disconnected' });
    await alice.closed;
  });

  test('a stream that was closed before it is a channel is a connection that ended', async () => {
    const stream = new Duplex({ read: () => undefined, write: (_c, _e, done) => done() });
    stream.destroy();
    await turns();
    const alice = channelEnd(stream, 'bob', true);
    await expect(alice.receive(1, 1)).rejects.toMatchObject({ reason: 'disconnected' });
    await alice.closed;
  });

  test('too many messages of the session end it', async () => {
    const { alice, bob } = channelPair();
    for (let i = 0; i <= sessionLimits.controlsMax; i++) alice.sendControl(controlKind.run, Buffer.alloc(32));
    await bob.closed;
    expect(bob.failure).toMatchObject({ reason: 'malformed', party: 'alice' });
    await alice.closed;
  });
});
