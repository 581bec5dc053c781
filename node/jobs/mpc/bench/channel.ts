/**
 * What a channel costs: round trips of one small message, and bytes in one direction, over the streams that parties use, with the
 * other side in a thread of its own; and what a session costs from the handshake to its end, with one run of a protocol that
 * does nothing.
 *
 *   node node/jobs/mpc/bench/channel.ts [seconds of each measurement]
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  parentPort,
  Worker,
  workerData,
} from 'node:worker_threads';
import { CircuitBuilder } from '../circuit/builder.ts';
import { overStream } from '../session/connect.ts';
import { type Identity, newIdentity } from '../session/identity.ts';
import { SecureChannel } from '../session/secure-channel.ts';
import { openSession } from '../session/session.ts';
import { PortStream } from '../session/transports/port-stream.ts';

const kind = { ping: 1, bulk: 2, done: 3, end: 4 } as const;
const bulkBytes = 1024 * 1024;

/** Processor time is that of both sides: they are threads of one process. */
export interface ChannelFigures {
  readonly tripsPerSecond: number;
  readonly tripCpuMicros: number;
  readonly mebibytesPerSecond: number;
  readonly mebibyteCpuMicros: number;
}

interface Secrets {
  readonly a: Uint8Array;
  readonly b: Uint8Array;
  readonly transcript: Uint8Array;
}

function channelOver(stream: Duplex, { a, b, transcript }: Secrets, isInitiator: boolean): SecureChannel {
  const [sendSecret, receiveSecret] = isInitiator
    ? [Buffer.from(a), Buffer.from(b)]
    : [Buffer.from(b), Buffer.from(a)];
  const link = {
    isInitiator,
    peerKey: randomBytes(33),
    sendSecret,
    receiveSecret,
    transcript: Buffer.from(transcript),
  };
  return new SecureChannel(stream, 'peer', link, Buffer.alloc(0));
}

/** The other side: answers each small message, counts large ones. */
async function serve(channel: SecureChannel): Promise<void> {
  for (;;) {
    const [what] = await channel.receive(kind.ping, 32);
    if (what === kind.end) return channel.close();
    if (what === kind.ping) {
      await channel.send(kind.ping, Buffer.alloc(32, kind.ping));
    } else {
      const count = (await channel.receive(kind.bulk, 4)).readUInt32BE(0);
      for (let i = 0; i < count; i++) await channel.receive(kind.bulk, bulkBytes);
      await channel.send(kind.done, Buffer.alloc(1));
    }
  }
}

async function measure(channel: SecureChannel, seconds: number): Promise<ChannelFigures> {
  const message = (what: number) => Buffer.alloc(32, what);
  const until = (start: number) => performance.now() - start < seconds * 1000;
  for (let i = 0; i < 2000; i++) {
    await channel.send(kind.ping, message(kind.ping));
    await channel.receive(kind.ping, 32);
  }
  let trips = 0;
  let cpu = process.cpuUsage();
  let start = performance.now();
  for (; until(start); trips++) {
    await channel.send(kind.ping, message(kind.ping));
    await channel.receive(kind.ping, 32);
  }
  const tripsPerSecond = trips / ((performance.now() - start) / 1000);
  const tripCpuMicros = cpuMicros(cpu) / trips;
  const body = randomBytes(bulkBytes);
  const batch = 64;
  let batches = 0;
  cpu = process.cpuUsage();
  start = performance.now();
  for (; until(start); batches++) {
    await channel.send(kind.ping, message(kind.bulk));
    const count = Buffer.alloc(4);
    count.writeUInt32BE(batch);
    await channel.send(kind.bulk, count);
    for (let i = 0; i < batch; i++) await channel.send(kind.bulk, body);
    await channel.receive(kind.done, 1);
  }
  const mebibytesPerSecond = (batches * batch) / ((performance.now() - start) / 1000);
  const mebibyteCpuMicros = cpuMicros(cpu) / (batches * batch);
  await channel.send(kind.ping, message(kind.end));
  await channel.close();
  return { tripsPerSecond, tripCpuMicros, mebibytesPerSecond, mebibyteCpuMicros };
}

/** Of both sides: they are threads of one process. Steadier than the clock on a machine that is busy. */
function cpuMicros(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

/** The other side is in a thread of its own. @param seconds of each of the two measurements */
export async function measureChannel(transport: 'tcp' | 'port', seconds: number): Promise<ChannelFigures> {
  const shared: Secrets = { a: randomBytes(32), b: randomBytes(32), transcript: randomBytes(32) };
  const worker = new Worker(new URL(import.meta.url), { workerData: { transport, shared } });
  try {
    return await measure(channelOver(await streamTo(worker, transport), shared, true), seconds);
  } finally {
    await worker.terminate();
  }
}

async function streamTo(worker: Worker, transport: 'tcp' | 'port'): Promise<Duplex> {
  if (transport === 'port') {
    const { port1, port2 } = new MessageChannel();
    worker.postMessage(port2, [port2]);
    return new PortStream(port1);
  }
  const [port] = (await once(worker, 'message')) as [number];
  const socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** Two parties in this thread, over memory. */
async function measureSessions(seconds: number): Promise<void> {
  const builder = new CircuitBuilder();
  builder.output('x', ['alice', 'bob'], builder.input('alice', 'x', 1));
  const circuit = builder.build();
  const identities = [newIdentity(randomBytes).identity, newIdentity(randomBytes).identity] as const;
  const commitment = Buffer.alloc(33, 1);
  const level = 'semi-honest' as const;
  const description = {
    name: 'bench',
    level,
    demand: { level, keys: false },
    parties: ['alice', 'bob'].map((name, i) => ({ name, key: identities[i]!.publicKey })),
    runs: [{ circuit: commitment, times: 1 }],
  };
  const protocol = async () => ({ run: async () => [undefined] });
  const levels = new Map([[level, { protocol, partiesMin: 2, partiesMax: 2 }]]);
  const party = async (me: string, peer: string, identity: Identity, stream: Duplex) => {
    const connections = new Map([[peer, overStream(stream)]]);
    const commit = () => commitment;
    const session = await openSession({ identity, me, description, connections, levels, commit });
    await session.run(circuit, [me === 'alice' ? new Uint8Array(1) : undefined]);
    await session.close();
  };
  const start = performance.now();
  let sessions = 0;
  for (; performance.now() - start < seconds * 1000; sessions++) {
    const [ofAlice, ofBob] = duplexPair();
    await Promise.all([
      party('alice', 'bob', identities[0], ofAlice),
      party('bob', 'alice', identities[1], ofBob),
    ]);
  }
  const ms = (performance.now() - start) / sessions;
  process.stdout.write(`session of two parties with one run, both sides: ${ms.toFixed(2)} ms\n`);
}

async function main(): Promise<void> {
  const seconds = Number(process.argv[2] ?? 2);
  for (const transport of ['tcp', 'port'] as const) {
    const figures = await measureChannel(transport, seconds);
    const trip = `${Math.round(figures.tripsPerSecond)} round trips/s (${figures.tripCpuMicros.toFixed(0)} us of CPU each)`;
    const bulk = `${Math.round(figures.mebibytesPerSecond)} MiB/s (${figures.mebibyteCpuMicros.toFixed(0)} us of CPU per MiB)`;
    process.stdout.write(`${transport}, to a thread: ${trip}, ${bulk}\n`);
  }
  await measureSessions(seconds);
}

async function thread(): Promise<void> {
  const { transport, shared } = workerData as { transport: 'tcp' | 'port'; shared: Secrets };
  if (transport === 'port') {
    const [port] = (await once(parentPort!, 'message')) as [MessagePort];
    return serve(channelOver(new PortStream(port), shared, false));
  }
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  parentPort!.postMessage((server.address() as AddressInfo).port);
  const [socket] = (await once(server, 'connection')) as [Socket];
  server.close();
  return serve(channelOver(socket, shared, false));
}

if (!isMainThread) await thread();
else if (import.meta.main) await main();
