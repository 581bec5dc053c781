/** A party in a thread of this process. */
import type { MessagePort } from 'node:worker_threads';
import { parentPort, Worker } from 'node:worker_threads';
import { bareEnvironment } from '../../../../threads/index.ts';
import { PartyHandle } from './handle.ts';
import { type HostModules, PartyHost } from './host.ts';
import { type FromParty, ownBytes, ownDescription, type PartyStart, type ToParty } from './messages.ts';

/**
 * @param entry file that calls `runWorkerParty`
 * @param start ways of the kind `port` are handed over; the seed is copied to the thread alone
 */
export function startWorkerParty(entry: URL, start: PartyStart): PartyHandle {
  const worker = new Worker(entry, { name: `party ${start.me}`, env: bareEnvironment(), execArgv: [] });
  const handle = new PartyHandle(start.me, {
    post: (message) => worker.postMessage(message),
    kill: () => void worker.terminate(),
  });
  let cause: unknown;
  worker.on('message', (message: FromParty) => handle.take(message));
  worker.on('error', (error) => {
    cause = error;
  });
  worker.on('exit', () => handle.end(cause));
  const seed = ownBytes(start.seed);
  const ports = Object.values(start.ways).flatMap((way): MessagePort[] =>
    way.kind === 'port' ? [way.port] : [],
  );
  const message: ToParty = {
    type: 'start',
    start: { ...start, seed, description: ownDescription(start.description) },
  };
  worker.postMessage(message, [seed.buffer, ...ports]);
  return handle;
}

/** To be called by the entry file. */
export function runWorkerParty(modules: HostModules): void {
  const port = parentPort;
  if (port === null) throw new Error('not in a thread');
  const host = new PartyHost(modules, (message) => port.postMessage(message));
  port.on('message', (message: ToParty) => void host.take(message));
}
