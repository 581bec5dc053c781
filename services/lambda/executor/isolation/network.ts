/** A network of its own for each function: a loopback interface, and on it the gateway where functions look for AWS. */
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

export interface NetworkOptions {
  readonly tools: Tools;
  readonly ground: Ground;
  readonly node: string;
  /** Takes connections of functions. */
  readonly connectGateway: (socket: Socket) => void;
}

interface Network {
  readonly holder: Holder;
  readonly server: Server | undefined;
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

  async acquire(functionId: string): Promise<NetworkUse> {
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
      const { holder } = await used.network;
      return { pid: holder.pid, release };
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

  #close(network: Promise<Network>): void {
    const closing = network
      .then(
        async ({ holder, server }) => {
          server?.close();
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
  const holder = await hold('a network for a function', [
    ...ground.enter(),
    tools.unshare,
    '--net',
    '--ipc',
    tools.sh,
    '-c',
    `${up}echo ready && exec cat`,
  ]);
  try {
    return { holder, server: tools.ip ? await listenIn(holder.pid, options) : undefined };
  } catch (error) {
    await holder.close();
    throw error;
  }
}

/** @returns a server that listens there and is ours */
function listenIn(pid: number, { ground, node, connectGateway }: NetworkOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    const [program, ...entered] = ground.enter(`--net=/proc/${pid}/ns/net`);
    const child = spawn(program!, [...entered, node, relay, String(gatewayPort)], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: {},
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), executorLimits.prepareMs);
    child.once('message', (_, handle) => {
      clearTimeout(timer);
      const server = handle as Server;
      server.maxConnections = executorLimits.connectionsMax;
      server.on('connection', connectGateway);
      server.on('error', () => undefined);
      server.unref();
      resolve(server);
    });
    child.once('error', (error) => reject(new ExecutorUnavailable(error.message)));
    // Its channel ends behind what came through it; after the socket this rejects nothing any more.
    child.once('disconnect', () => {
      clearTimeout(timer);
      reject(new ExecutorUnavailable("nothing listens in a function's network"));
    });
  });
}
