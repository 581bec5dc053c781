/** A network of its own for each function: a loopback interface, and on it the gateway's ports that the function may use. */
import { spawn } from 'node:child_process';
import type { Server, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ExecutorUnavailable } from '../api.ts';
import { executorLimits } from '../limits.ts';
import type { Ground } from './ground.ts';
import { type Holder, hold } from './holder.ts';
import type { Tools } from './tools.ts';

const relay = fileURLToPath(new URL('../relay/listen.mjs', import.meta.url));
export const gatewayPort = 4566;

/** What functions reach at 127.0.0.1. */
export interface Door {
  readonly port: number;
  /** Not there for functions that are not trusted. */
  readonly isForTrusted: boolean;
  /** Takes connections of functions. */
  readonly connect: (socket: Socket) => void;
}

export interface NetworkOptions {
  readonly tools: Tools;
  readonly ground: Ground;
  readonly node: string;
  /** Those of now; each has another port. */
  readonly doors: () => readonly Door[];
}

interface Network {
  readonly holder: Holder;
  /** By port. */
  readonly servers: Map<number, Server>;
}

export interface NetworkUse {
  /** Of a process that is in it. */
  readonly pid: number;
  release(): void;
}

/** One is kept in reserve: making one takes longer than starting a function. */
export class Networks {
  readonly #options: NetworkOptions;
  readonly #used = new Map<string, { readonly network: Promise<Network>; uses: number }>();
  readonly #closing = new Set<Promise<void>>();
  #spare: Promise<Network> | undefined;
  #isStopped = false;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** Makes the one in reserve. @returns a process in it @throws ExecutorUnavailable */
  async prepare(): Promise<number> {
    this.#spare ??= makeNetwork(this.#options);
    return (await this.#spare).holder.pid;
  }

  async acquire(functionId: string, isTrusted: boolean): Promise<NetworkUse> {
    if (this.#isStopped) throw new ExecutorUnavailable('functions are not started any more');
    let entry = this.#used.get(functionId);
    if (!entry) {
      const network = this.#spare ?? makeNetwork(this.#options);
      this.#spare = undefined;
      entry = { network, uses: 0 };
      this.#used.set(functionId, entry);
    }
    const used = entry;
    used.uses += 1;
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      used.uses -= 1;
      if (used.uses > 0) return;
      this.#used.delete(functionId);
      this.#close(used.network);
    };
    try {
      const network = await used.network;
      await this.#open(network, isTrusted);
      return { pid: network.holder.pid, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Makes another one in reserve where there is none. Its failure shows when it is needed. */
  refill(): void {
    if (this.#isStopped || this.#spare) return;
    this.#spare = makeNetwork(this.#options);
    this.#spare.catch(() => {
      this.#spare = undefined;
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#spare) this.#close(this.#spare);
    this.#spare = undefined;
    for (const { network } of this.#used.values()) this.#close(network);
    this.#used.clear();
    await Promise.all(this.#closing);
  }

  /** Doors that came after the network was made are added; those that are not for the function go. */
  async #open({ holder, servers }: Network, isTrusted: boolean): Promise<void> {
    const doors = this.#options.doors();
    for (const { port, isForTrusted } of doors) {
      if (!isForTrusted || isTrusted) continue;
      servers.get(port)?.close();
      servers.delete(port);
    }
    const further = doors.filter(
      ({ port, isForTrusted }) => (isTrusted || !isForTrusted) && !servers.has(port),
    );
    if (this.#options.tools.ip && further.length > 0)
      await listenIn(holder.pid, servers, further, this.#options);
  }

  #close(network: Promise<Network>): void {
    const closing = network
      .then(
        async ({ holder, servers }) => {
          for (const server of servers.values()) server.close();
          await holder.close();
        },
        () => undefined,
      )
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

async function makeNetwork(options: NetworkOptions): Promise<Network> {
  const { tools, ground } = options;
  const up = tools.ip ? `${tools.ip} link set lo up && ` : '';
  const { socketBytesMax: most } = executorLimits;
  // Containers may not show these to be written; then control groups alone bound them.
  const bounds = ['tcp_rmem', 'tcp_wmem'].map(
    (name) => `{ echo 4096 65536 ${most} > /proc/sys/net/ipv4/${name}; } 2> /dev/null; `,
  );
  const holder = await hold('a network for a function', [
    ...ground.enter(),
    tools.unshare,
    '--net',
    '--ipc',
    tools.sh,
    '-c',
    `${bounds.join('')}${up}echo ready && exec cat`,
  ]);
  const servers = new Map<number, Server>();
  try {
    if (tools.ip) await listenIn(holder.pid, servers, options.doors(), options);
    return { holder, servers };
  } catch (error) {
    await holder.close();
    throw error;
  }
}

/** @param servers get those that listen there, and are ours. A port that the function has taken itself stays its own. */
function listenIn(
  pid: number,
  servers: Map<number, Server>,
  doors: readonly Door[],
  { ground, node }: NetworkOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const [program, ...entered] = ground.enter(`--net=/proc/${pid}/ns/net`);
    const { prepareMs } = executorLimits;
    const numbers = [prepareMs, ...doors.map(({ port }) => port)].map(String);
    const child = spawn(program!, [...entered, node, relay, ...numbers], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: {},
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), prepareMs);
    child.on('message', ({ port }: { port: number }, handle) => {
      const door = doors.find((one) => one.port === port)!;
      const server = handle as Server;
      server.maxConnections = executorLimits.connectionsMax;
      server.on('connection', door.connect);
      server.on('error', () => undefined);
      server.unref();
      servers.set(port, server);
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new ExecutorUnavailable(error.message));
    });
    // Its channel ends behind what came through it.
    child.once('disconnect', () => {
      clearTimeout(timer);
      if (servers.has(gatewayPort)) resolve();
      else reject(new ExecutorUnavailable("nothing listens in a function's network"));
    });
  });
}
