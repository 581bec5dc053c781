/** What somebody on the wire, or at the other end, can do. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ed25519SigningKey } from '../../../../crypto/ed25519.ts';
import { MpcAbort } from '../../../mpc/errors.ts';
import { systemClock } from '../../../mpc/session/clock.ts';
import type { SecureChannel } from '../../../mpc/session/secure-channel.ts';
import { connectParty } from '../../../mpc/session/transports/tcp-connect.ts';
import { MemberLink } from '../../coordinator/member-link.ts';
import { channelMembership, coordinatorName, custodianName } from '../channel.ts';
import { channelKind } from '../format/envelope.ts';
import { type Cluster, noAddress, random, startCluster, until, untilReady } from './support/cluster.ts';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function cluster(): Promise<Cluster> {
  const started = await startCluster();
  opened.push(() => started.close());
  await untilReady(started.custody, 4);
  return started;
}

type Change = (bytes: Buffer) => readonly Buffer[];

interface Relay {
  readonly host: string;
  readonly port: number;
  /** What to send to the custodian in place of a piece. */
  change: Change | undefined;
}

/** Stands between coordinator and custodian. */
async function relayTo(port: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const relay = { host: '127.0.0.1', port: 0, change: undefined as Relay['change'] };
  const pass = (from: Socket, to: Socket, change: Change): void => {
    sockets.add(from);
    from.on('data', (bytes: Buffer) => {
      for (const piece of change(bytes)) to.write(piece);
    });
    from.on('error', () => undefined).on('close', () => to.destroy());
  };
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    pass(near, far, (bytes) => relay.change?.(bytes) ?? [bytes]);
    pass(far, near, (bytes) => [bytes]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  relay.port = (server.address() as { readonly port: number }).port;
  return relay;
}

const last = (bytes: Buffer) => bytes.length - 1;
const changes: readonly (readonly [string, Change])[] = [
  ['sent again', (bytes) => [bytes, bytes]],
  ['changed', (bytes) => [Buffer.from(bytes.map((byte, at) => (at === last(bytes) ? byte ^ 1 : byte)))]],
  ['longer than any', (bytes) => [Buffer.from([0xff, 0xff, 0xff, 0xff]), bytes.subarray(4)]],
];

test.each(changes)(
  'a record that is %s ends the connection, and nothing is done twice',
  async (_, change) => {
    const one = await cluster();
    const { custody } = one;
    const between = await relayTo(one.running.get(1)!.port);
    // The new connection takes the place of the coordinator's own.
    custody.setAddress(1, noAddress);
    const link = await linkTo(one, 1, between);
    const handle = Uint8Array.from(random.bytes(16));
    let pieces = 0;
    between.change = (bytes) => {
      pieces += 1;
      return pieces === 1 ? change(bytes) : [bytes];
    };
    const note = Buffer.concat([handle, Buffer.from('x')]);
    const asked = link.link.call('toy.note', note, { timeoutMs: 5000 });
    await asked.catch((error) => expect(error).toMatchObject({ reason: 'unavailable', custodian: 1 }));
    await until(() => link.ended());
    // It would connect again, and be in the place of the coordinator's own connection again.
    await link.link.close();
    custody.setAddress(1, one.running.get(1));
    // The coordinator may not have noticed yet that its own connection was replaced, or has to make it anew.
    let generation: Uint8Array | undefined;
    await until(async () => {
      generation = await custody.custodians.ask(1, 'toy.peek', handle).catch((error) => {
        expect(error).toMatchObject({ reason: 'unavailable' });
        return undefined;
      });
      return generation !== undefined;
    });
    expect(generation!.length === 0 || generation![0] === 0).toBe(true);
  },
);

async function linkTo(
  one: Cluster,
  index: number,
  address: { readonly host: string; readonly port: number },
) {
  let ended = false;
  let connected = false;
  const link = new MemberLink(
    index,
    (signal) =>
      channelMembership(
        {
          committee: one.committee,
          coordinator: one.identity.publicKey,
          custodian: index,
          me: coordinatorName,
          identity: one.identity,
        },
        { random, clock: systemClock, signal },
      ),
    {
      connected: () => {
        connected = true;
      },
      disconnected: () => {
        ended ||= connected;
      },
      state: () => undefined,
    },
  );
  opened.push(() => link.close());
  link.setAddress(address);
  await until(() => connected);
  return { link, ended: () => ended };
}

/** A coordinator of its own making. */
function dial(
  one: Cluster,
  change: Partial<Parameters<typeof channelMembership>[0]>,
  port = one.running.get(1)!.port,
): Promise<SecureChannel> {
  const plan = {
    committee: one.committee,
    coordinator: one.identity.publicKey,
    custodian: 1,
    me: coordinatorName,
    identity: one.identity,
    ...change,
  };
  const { signal } = new AbortController();
  const membership = channelMembership(plan, { random, clock: systemClock, signal });
  return connectParty({ host: '127.0.0.1', port, withinMs: 0 }).connect(
    membership,
    custodianName(plan.custodian),
  );
}

test('a coordinator with another key is not answered', async () => {
  const one = await cluster();
  const identity = ed25519SigningKey(random.bytes(32));
  const stranger = await dial(one, { identity });
  await expect(stranger.receive(channelKind.toCoordinator, 1024)).rejects.toBeInstanceOf(MpcAbort);
  await stranger.closed;
  expect(await one.custody.custodians.ask(1, 'toy.echo', Buffer.of(1))).toHaveLength(1);
});

test('another custodian than the expected one, or of another committee, is refused by the coordinator', async () => {
  const one = await cluster();
  const epoch = { ...one.committee, epoch: 1 };
  await expect(dial(one, { committee: epoch })).rejects.toBeInstanceOf(MpcAbort);
  // Custodian 2 answers where custodian 1 was said to be.
  await expect(dial(one, {}, one.running.get(2)!.port)).rejects.toBeInstanceOf(MpcAbort);
  const swapped = {
    ...one.committee,
    members: one.committee.members.map((member, at) =>
      at === 0 ? { ...member, key: ed25519SigningKey(random.bytes(32)).publicKey } : member,
    ),
  };
  await expect(dial(one, { committee: swapped })).rejects.toBeInstanceOf(MpcAbort);
});

test('a message that is too long ends the connection before it is held, one that is no request at once', async () => {
  const one = await cluster();
  const long = await dial(one, {});
  await long.send(channelKind.toCustodian, Buffer.alloc(32 * 1024 * 1024)).catch(() => undefined);
  await expect(receiveAll(long)).rejects.toThrow(/33554432 bytes where \d+ are the most/);
  const odd = await dial(one, {});
  await odd.send(channelKind.toCustodian, Buffer.from('nothing'));
  await expect(receiveAll(odd)).rejects.toBeInstanceOf(MpcAbort);
  await untilReady(one.custody, 4);
});

async function receiveAll(channel: SecureChannel): Promise<void> {
  for (;;) await channel.receive(channelKind.toCoordinator, 1024);
}
