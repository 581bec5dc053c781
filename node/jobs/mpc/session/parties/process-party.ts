/**
 * A party in a process of its own: a crash of it, or what it leaves in memory, is not this process's. What it is told goes over a
 * socket that only the two have; nothing of it stands in arguments or environment.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../../../../threads/index.ts';
import { PartyHandle } from './handle.ts';
import { type HostModules, PartyHost } from './host.ts';
import { type FromParty, ownBytes, ownDescription, type PartyStart, type ToParty } from './messages.ts';

/** Standard input and outputs, and the socket for messages, come before. */
const firstDescriptor = 4;

export interface ProcessParty {
  readonly handle: PartyHandle;
  /** This process's ends of the sockets that the party was started with, by name of the other party. */
  readonly streams: ReadonlyMap<string, Duplex>;
}

export interface ProcessStart extends Omit<PartyStart, 'ways'> {
  /** As for a thread; `socket` makes a socket between the two processes. */
  readonly ways: Readonly<Record<string, ProcessWay>>;
}

export type ProcessWay =
  | { readonly kind: 'socket' }
  | Exclude<PartyStart['ways'][string], { kind: 'port' | 'descriptor' }>;

/** @param entry file that calls `runProcessParty` */
export function startProcessParty(entry: URL, start: ProcessStart): ProcessParty {
  const peers = Object.keys(start.ways).filter((peer) => start.ways[peer]!.kind === 'socket');
  const child = fork(fileURLToPath(entry), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc', ...peers.map(() => 'pipe' as const)],
    serialization: 'advanced',
    env: bareEnvironment(),
    execArgv: [],
  });
  const handle = handleOf(child, start.me);
  const ways = Object.entries(start.ways).map(([peer, way]) => [
    peer,
    way.kind === 'socket' ? { kind: 'descriptor', descriptor: firstDescriptor + peers.indexOf(peer) } : way,
  ]);
  const seed = ownBytes(start.seed);
  const description = ownDescription(start.description);
  const message = { type: 'start', start: { ...start, seed, description, ways: Object.fromEntries(ways) } };
  child.send(message, () => seed.fill(0));
  const streams = peers.map((peer, index) => [peer, child.stdio[firstDescriptor + index] as Duplex] as const);
  return { handle, streams: new Map(streams) };
}

/** Passes everything on between two sockets, in both directions: parties of two processes, which encrypt, over this one. */
export function relay(left: Duplex, right: Duplex): void {
  const end = (): void => {
    left.destroy();
    right.destroy();
  };
  pipeline(left, right, left, end);
}

function handleOf(child: ChildProcess, me: string): PartyHandle {
  const handle = new PartyHandle(me, {
    post(message) {
      if (child.connected) child.send(message, () => undefined);
    },
    kill: () => void child.kill('SIGKILL'),
  });
  let cause: unknown;
  child.on('message', (message) => handle.take(message as FromParty));
  child.on('error', (error) => {
    cause = error;
    // It never began.
    if (child.pid === undefined) handle.end(error);
  });
  child.on('exit', () => handle.end(cause));
  return handle;
}

/** To be called by the entry file. The process ends with the one that started it. */
export function runProcessParty(modules: HostModules): void {
  const host = new PartyHost(modules, (message) => {
    if (process.connected) process.send?.(message, () => undefined);
  });
  process.on('message', (message) => void host.take(message as ToParty));
  process.on('disconnect', () => process.exit(1));
}
