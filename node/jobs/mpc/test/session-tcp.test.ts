/** Sessions over TCP on loopback: listeners, dialers, strangers. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { numberOfBits } from '../circuit/bits.ts';
import { MpcAbort } from '../errors.ts';
import type { Connector } from '../session/connect.ts';
import type { SessionDescription } from '../session/description.ts';
import { sessionTag } from '../session/format/agreement.ts';
import { SigmaInitiator } from '../session/handshake.ts';
import { sessionLimits } from '../session/limits.ts';
import { openSession, type Session, type SessionOptions } from '../session/session.ts';
import { connectParty } from '../session/transports/tcp-connect.ts';
import { acceptParties, type ListenOptions, type PartyListener } from '../session/transports/tcp-listen.ts';
import { clearLevels, commitClear } from './support/clear-protocol.ts';
import { seededRandom } from './support/seeded-random.ts';
import {
  describe as describeSession,
  identityOf,
  inputsFor,
  names,
  sumCircuit,
} from './support/session-parties.ts';
import { TestClock, turns } from './support/test-clock.ts';

const host = '127.0.0.1';
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function listen(options: Partial<ListenOptions> = {}): Promise<PartyListener> {
  const listener = await acceptParties({ host, port: 0, ...options });
  open.push(listener);
  return listener;
}

async function sessionOf(
  me: string,
  description: SessionDescription,
  connections: ReadonlyMap<string, Connector>,
  more: Partial<SessionOptions> = {},
): Promise<Session> {
  const options = {
    identity: identityOf(me),
    me,
    description,
    connections,
    levels: clearLevels,
    commit: commitClear,
  };
  const session = await openSession({ ...options, ...more });
  open.push(session);
  return session;
}

const two = names.slice(0, 2);
const circuit = sumCircuit(two);
const description = describeSession(two, circuit);

const dial = ({ port }: PartyListener, peer = 'alice') => new Map([[peer, connectParty({ host, port })]]);
const accept = (listener: PartyListener, peer = 'bob') => new Map([[peer, listener.accept()]]);

async function runTwo(sessions: readonly Session[]): Promise<bigint[]> {
  const results = await Promise.all(
    sessions.map((session, i) => session.run(circuit, inputsFor(circuit, two[i]!, 20))),
  );
  expect(Buffer.compare(results[0]!.transcriptHash, results[1]!.transcriptHash)).toBe(0);
  return results.map(({ outputs }) => numberOfBits(outputs[0]!));
}

test('five parties, of which each listens for those after it', async () => {
  const sum = sumCircuit(names);
  const all = describeSession(names, sum);
  const listeners = await Promise.all(names.map(() => listen()));
  const sessions = await Promise.all(
    names.map((me, i) => {
      const ways = names.flatMap((peer, j): [string, Connector][] =>
        i === j
          ? []
          : [[peer, j < i ? connectParty({ host, port: listeners[j]!.port }) : listeners[i]!.accept()]],
      );
      return sessionOf(me, all, new Map(ways));
    }),
  );
  const results = await Promise.all(
    sessions.map((session, i) => session.run(sum, inputsFor(sum, names[i]!, i))),
  );
  for (const { outputs } of results) expect(numberOfBits(outputs[0]!)).toBe(10n);
  expect(new Set(results.map(({ transcriptHash }) => Buffer.from(transcriptHash).toString('hex'))).size).toBe(
    1,
  );
});

test('a listener has several sessions of different names at once', async () => {
  const listener = await listen();
  const sessions = await Promise.all(
    ['one', 'two', 'three'].map((name) => {
      const named = { ...description, name };
      return Promise.all([
        sessionOf('bob', named, dial(listener)),
        sessionOf('alice', named, accept(listener)),
      ]);
    }),
  );
  for (const [bob, alice] of sessions) expect(await runTwo([alice, bob])).toEqual([40n, 40n]);
});

test('a dialer that comes first tries again until it is waited for', async () => {
  const listener = await listen();
  const clock = new TestClock();
  const bob = sessionOf('bob', description, dial(listener), { clock });
  for (let i = 0; i < 5; i++) {
    await clock.advance(sessionLimits.retryMsMax);
    await turns(50);
  }
  const alice = sessionOf('alice', description, accept(listener));
  let session: Session | undefined;
  bob.then((opened) => {
    session = opened;
  });
  while (session === undefined) await clock.advance(100);
  expect(await runTwo([await alice, session])).toEqual([40n, 40n]);
});

test('nobody at the address is a connection that ended, after the time to try', async () => {
  const listener = await acceptParties({ host, port: 0 });
  await listener.close();
  const clock = new TestClock();
  let error: unknown;
  const failing = sessionOf('bob', description, dial(listener), { clock }).catch((reason: unknown) => {
    error = reason;
  });
  while (error === undefined) await clock.advance(500);
  await failing;
  expect(error).toMatchObject({ reason: 'disconnected', party: 'alice' });
  expect(clock.monotonic()).toBeGreaterThan(sessionLimits.handshakeMs / 2);
  expect(clock.pending).toBe(0);
});

test('a party with another description is a disagreement for both', async () => {
  const listener = await listen();
  const ends = await Promise.allSettled([
    sessionOf('alice', description, accept(listener)),
    sessionOf('bob', { ...description, level: 'malicious' }, dial(listener)),
  ]);
  for (const end of ends)
    expect((end as PromiseRejectedResult).reason).toMatchObject({ reason: 'disagreement' });
});

/** All that a stranger is told after these bytes, until it is cut off. */
async function answerTo(
  port: number,
  bytes: Uint8Array,
): Promise<{ readonly socket: Socket; readonly told: Promise<Buffer> }> {
  const socket = createConnection({ host, port });
  await once(socket, 'connect');
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  const told = new Promise<Buffer>((resolve) => {
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(pieces)));
  });
  socket.write(bytes);
  return { socket, told };
}

function hello(sessionName: string, by = 'mallory'): Buffer {
  const claim = { identity: identityOf(by), agreement: Buffer.alloc(33) };
  const alice = { name: 'alice', key: identityOf('alice').publicKey };
  const message = new SigmaInitiator(claim, alice, sessionTag(sessionName), seededRandom('m')).hello;
  return Buffer.concat([Buffer.of(0, message.length), message]);
}

test('strangers are told nothing, and do not disturb those who wait', async () => {
  const listener = await listen();
  const alice = sessionOf('alice', description, accept(listener));
  const strange = [
    hello('a-session-of-nobody'),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from([0xff, 0xff]),
    Buffer.alloc(200),
    Buffer.concat([hello('a-test').subarray(0, 3), Buffer.of(99), hello('a-test').subarray(4)]),
  ];
  for (const bytes of strange) {
    expect(await (await answerTo(listener.port, bytes)).told).toHaveLength(0);
  }
  // Who knows the name of the session but is no party of it gets the reply that all get, and then nothing.
  const { told, socket } = await answerTo(listener.port, hello('a-test'));
  socket.write(Buffer.concat([Buffer.of(0, 180, 3), Buffer.alloc(179)]));
  expect((await told).length).toBeLessThan(250);
  expect(await runTwo(await Promise.all([alice, sessionOf('bob', description, dial(listener))]))).toEqual([
    40n,
    40n,
  ]);
});

test('a party that is not waited for any more does not get in twice', async () => {
  const listener = await listen();
  const [alice] = await Promise.all([
    sessionOf('alice', description, accept(listener)),
    sessionOf('bob', description, dial(listener)),
  ]);
  const clock = new TestClock();
  let error: unknown;
  void sessionOf('bob', description, dial(listener), { clock, meetMs: 1000 }).catch((reason: unknown) => {
    error = reason;
  });
  while (error === undefined) await clock.advance(250);
  expect(error).toBeInstanceOf(MpcAbort);
  expect(alice.sessionId).toHaveLength(32);
});

test('strangers that say nothing are few, and not for long', async () => {
  const clock = new TestClock();
  const listener = await listen({ clock });
  const sockets = await Promise.all(
    Array.from({ length: sessionLimits.strangersPerAddressMax }, () => answerTo(listener.port, Buffer.of(0))),
  );
  await turns();
  // One more is cut off at once; the others when their time is over.
  expect(await (await answerTo(listener.port, Buffer.of(0))).told).toHaveLength(0);
  expect(sockets.some(({ socket }) => socket.destroyed)).toBe(false);
  await clock.advance(sessionLimits.handshakeMs);
  await clock.advance(sessionLimits.lingerMs);
  for (const { told } of sockets) expect(await told).toHaveLength(0);
  await turns();
  expect(clock.pending).toBe(0);
  const alice = sessionOf('alice', description, accept(listener));
  expect(await runTwo(await Promise.all([alice, sessionOf('bob', description, dial(listener))]))).toEqual([
    40n,
    40n,
  ]);
});

test('a listener that closes lets nobody wait', async () => {
  const listener = await acceptParties({ host, port: 0 });
  const alice = sessionOf('alice', description, accept(listener));
  const stranger = await answerTo(listener.port, Buffer.of(0));
  await turns();
  const ended = expect(alice).rejects.toMatchObject({ reason: 'cancelled' });
  await listener.close();
  await ended;
  expect(await stranger.told).toHaveLength(0);
});

test('an abort crosses a socket whose other side has not read everything', async () => {
  const listener = await listen();
  const [alice, bob] = await Promise.all([
    sessionOf('alice', description, accept(listener)),
    sessionOf('bob', description, dial(listener)),
  ]);
  const controller = new AbortController();
  const running = alice.run(circuit, inputsFor(circuit, 'alice', 1));
  controller.abort();
  const ended = expect(running).rejects.toMatchObject({ reason: 'peer-aborted', party: 'bob' });
  const other = sumCircuit(two, 1);
  await expect(bob.run(other, inputsFor(other, 'bob', 1))).rejects.toMatchObject({ reason: 'disagreement' });
  await ended;
});
