import { randomBytes } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mainLog, NodeError } from '../../api/index.ts';
import { type EmbeddedNode, openMemoryNode } from '../../embedded/index.ts';
import { ManualClock, settle } from '../../embedded/test/manual-clock.ts';
import { commit, createDomain, distinct, domain, fails, put, until } from '../../embedded/test/support.ts';
import { encodeNumber, method } from '../format/v1.ts';
import { FrameSender, frameType } from '../frames.ts';
import { makeAnswer, readGreeting } from '../handshake.ts';
import { connectNode, type NodeServer, remoteLimits, serveNode } from '../index.ts';

const key = randomBytes(32);
const clock = new ManualClock();
const modules = { clock, random: { bytes: (length: number) => randomBytes(length) } };

let node: EmbeddedNode;
let server: NodeServer;
beforeEach(async () => {
  const memory = await openMemoryNode({ clock });
  node = memory.node;
  await commit(node, [createDomain(memory.writerKey.publicKey)]);
  server = await serveNode(node, { listen: { host: '127.0.0.1', port: 0 }, key }, modules);
});
afterEach(async () => {
  await server.close();
  await node.close();
});

const connect = () => connectNode({ address: server.address, key }, modules);

/** A peer that sends what it likes. */
async function rawPeer(): Promise<{ socket: Socket; received: Buffer[]; ended: () => boolean }> {
  const socket = createConnection(server.address as { host: string; port: number });
  const received: Buffer[] = [];
  let over = false;
  socket.on('data', (bytes) => received.push(bytes));
  socket.on('close', () => {
    over = true;
  });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, received, ended: () => over };
}

/** The same after a correct handshake. */
async function knownPeer(): Promise<Awaited<ReturnType<typeof rawPeer>> & { sender: FrameSender }> {
  const peer = await rawPeer();
  await until(() => Buffer.concat(peer.received).length >= 9 + 48);
  const greeting = Buffer.concat(peer.received).subarray(9);
  const sender = new FrameSender(peer.socket);
  sender.send(frameType.request, 0, makeAnswer(key, readGreeting(greeting), randomBytes(32)));
  await until(() => Buffer.concat(peer.received).length >= 9 + 48 + 9 + 32);
  peer.received.length = 0;
  return { ...peer, sender };
}

describe('the handshake', () => {
  it('lets nobody in who does not hold the key', async () => {
    await fails(connectNode({ address: server.address, key: randomBytes(32) }, modules), 'closed');
    const peer = await connect();
    expect(await peer.position()).toBe(1);
    await peer.close();
  });

  it('ends a peer that sends something else', async () => {
    for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), randomBytes(100), Buffer.alloc(9)]) {
      const peer = await rawPeer();
      peer.socket.write(bytes);
      if (bytes[0] === 0) peer.socket.end();
      await until(peer.ended);
    }
  });

  it('ends a peer that sends nothing', async () => {
    const peer = await rawPeer();
    await until(() => peer.received.length > 0);
    clock.advance(remoteLimits.handshakeTimeoutMs);
    await until(peer.ended);
  });

  it('does not listen where others could reach it', async () => {
    await expect(serveNode(node, { listen: { host: '0.0.0.0', port: 0 }, key }, modules)).rejects.toThrow(
      'loopback',
    );
  });
});

describe('a peer that breaks the rules', () => {
  it('is cut off for a frame over the limit, a call used twice, an unknown frame or too much without credit', async () => {
    const offences: ((sender: FrameSender, socket: Socket) => void)[] = [
      (_sender, socket) => socket.write(Buffer.from([0x7f, 0, 0, 0])),
      (sender) => {
        sender.send(
          frameType.request,
          5,
          Buffer.concat([Buffer.of(method.follow), mainLog, encodeNumber(1)]),
        );
        sender.send(frameType.request, 5, Buffer.of(method.position));
      },
      (sender) => sender.send(99, 1),
      (sender) => {
        sender.send(
          frameType.request,
          6,
          Buffer.concat([Buffer.of(method.follow), mainLog, encodeNumber(9)]),
        );
        for (let sent = 0; sent < 40; sent++) sender.send(frameType.piece, 6, Buffer.alloc(256 * 1024));
      },
    ];
    for (const offend of offences) {
      const peer = await knownPeer();
      offend(peer.sender, peer.socket);
      await until(peer.ended);
    }
    expect((await commit(node, [])).outcome.status).toBe('applied');
  });

  it('gets an answer by code for a request that does not decode', async () => {
    const peer = await knownPeer();
    peer.sender.send(frameType.request, 1, Buffer.concat([Buffer.of(method.commit), randomBytes(50)]));
    peer.sender.send(frameType.request, 2, Buffer.of(200));
    await until(() => Buffer.concat(peer.received).length > 20);
    const types = Buffer.concat(peer.received);
    expect(types[4]).toBe(frameType.error);
    peer.socket.destroy();
    await until(peer.ended);
  });
});

describe('back-pressure', () => {
  it('sends a follower no more than its window while it does not read, and everything when it does', async () => {
    const payload = Buffer.alloc(200_000, 1);
    for (let round = 0; round < 30; round++) await commit(node, [put(distinct(24), payload)]);
    const peer = await connect();
    const stop = new AbortController();
    const iterator = peer.follow(mainLog, 2, stop.signal)[Symbol.asyncIterator]();
    await iterator.next();
    let asked = 0;
    // Batches that the node had to produce for this follower are bounded by the window.
    const before = process.memoryUsage().arrayBuffers;
    await settle(50);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    for (; asked < 29; asked++) expect((await iterator.next()).value?.position).toBe(asked + 3);
    stop.abort();
    await peer.close();
  });

  it('takes an upload at the pace of the store', async () => {
    let release: (() => void) | undefined;
    let taken = 0;
    const slow = {
      ...node,
      stage: async (source: AsyncIterable<Uint8Array>) => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        for await (const piece of source) taken += piece.length;
        return { hash: Buffer.alloc(33, 1), length: taken };
      },
    };
    const other = await serveNode(slow as never, { listen: { host: '127.0.0.1', port: 0 }, key }, modules);
    const peer = await connectNode({ address: other.address, key }, modules);
    let given = 0;
    const source = (async function* () {
      for (let piece = 0; piece < 64; piece++) {
        given += 100_000;
        yield Buffer.alloc(100_000);
      }
    })();
    const staging = peer.stage(source);
    await until(() => release !== undefined && given > remoteLimits.windowBytes);
    await settle(50);
    expect(given).toBeLessThan(remoteLimits.windowBytes + 300_000);
    release?.();
    expect((await staging).length).toBe(6_400_000);
    await peer.close();
    await other.close();
  });
});

describe('the end of a connection', () => {
  it('fails every call under way with closed, and loses leases', async () => {
    const peer = await connect();
    const lease = await peer.lease({
      domain,
      resource: 'engine',
      holder: Buffer.from('h'),
      durationMs: 10_000,
    });
    const waiting = peer.read([], { at: 1000 });
    const following = peer.follow(mainLog, 1000, new AbortController().signal)[Symbol.asyncIterator]().next();
    await settle();
    await server.close();
    await fails(waiting, 'closed');
    await fails(following as Promise<unknown>, 'closed');
    await peer.ended;
    expect(lease.lost.aborted).toBe(true);
    expect(lease.left()).toBe(0);
    await fails(peer.position(), 'closed');
  });

  it('lets the lease of a holder that left run out instead of handing it on at once', async () => {
    const peer = await connect();
    await peer.lease({ domain, resource: 'engine', holder: Buffer.from('gone'), durationMs: 10_000 });
    await peer.close();
    await settle();
    let next: unknown;
    const waiting = node
      .lease({ domain, resource: 'engine', holder: Buffer.from('next'), durationMs: 10_000 })
      .then((lease) => {
        next = lease;
      });
    await settle();
    clock.advance(9_000);
    await settle();
    expect(next).toBeUndefined();
    clock.advance(1_001);
    await waiting;
    expect(next).toMatchObject({ term: 2 });
  });

  it('tells what is wrong by code when the node behind it is closed', async () => {
    const peer = await connect();
    await node.close();
    const error = await fails(peer.position(), 'closed');
    expect(error).toBeInstanceOf(NodeError);
    await peer.close();
  });
});
