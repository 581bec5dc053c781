/**
 * What clients hold, and `maxmemory-clients`: when all together hold more, those that hold most are disconnected, the largest
 * first, but those that CLIENT NO-EVICT protects. Never within a command or a script, as its client may be among them.
 * Source: https://redis.io/docs/latest/develop/reference/clients/, "Client eviction".
 */
import type { Client } from './client.ts';
import type { Engine } from './engine.ts';
import { engineLimits } from './limits.ts';

/** A connection that has nothing to do, about. */
const idleBytes = 1024;

/** Of words, without what the protocol adds. */
export function textBytes(args: readonly string[]): number {
  let bytes = 0;
  for (const arg of args) bytes += arg.length;
  return bytes;
}

/** As the protocol carries them. */
function requestBytes(args: readonly string[]): number {
  let bytes = 3 + String(args.length).length;
  for (const arg of args) bytes += 5 + String(arg.length).length + arg.length;
  return bytes;
}

/** Input that is not run yet, and the command that is running. */
export function queryBytes(client: Client): number {
  const { engine, port } = client;
  return port.queryBytes + (engine.running === client ? requestBytes(engine.runningArgs) : 0);
}

/** Words of the command that is running or waits. */
export function argumentBytes(client: Client): number {
  const { engine } = client;
  if (engine.running === client) return textBytes(engine.runningArgs);
  const args = engine.blocking.waiterOf(client)?.args ?? engine.pause.postponedBy(client);
  return args === undefined ? 0 : textBytes(args);
}

/** Answers and messages that it has not taken; of the running client they are not known yet. */
export function unsentBytes(client: Client): number {
  return client.engine.running === client ? 0 : client.port.output.undeliveredBytes;
}

/** `tot-mem` of CLIENT LIST. */
export function clientBytes(client: Client): number {
  const { queue, queueBytes, keptBytes } = client;
  const queued = queueBytes + (queue?.length ?? 0) * engineLimits.queuedCommandBytes;
  return idleBytes + queryBytes(client) + argumentBytes(client) + queued + keptBytes + unsentBytes(client);
}

export function allClientBytes(engine: Engine): number {
  let bytes = 0;
  for (const client of engine.clients.values()) bytes += clientBytes(client);
  return bytes;
}

export class ClientMemory {
  private readonly engine: Engine;
  private limit = Number.POSITIVE_INFINITY;
  /** Sum of `countedBytes`, kept while there is a limit. */
  private total = 0;
  private evicting = false;

  constructor(engine: Engine) {
    this.engine = engine;
    engine.config.onChange('maxmemory-clients', () => this.setLimit());
    engine.config.onChange('maxmemory', () => this.setLimit());
  }

  /** What the client holds may have changed. Not called within its command. */
  changed(client: Client): void {
    if (this.limit === Number.POSITIVE_INFINITY || !this.engine.clients.has(client.id)) return;
    this.count(client);
    if (this.total > this.limit) this.evict();
  }

  /** The client is gone. */
  forget(client: Client): void {
    this.total -= client.countedBytes;
    client.countedBytes = 0;
  }

  /** Looks at all clients anew. Called by the cron, as sockets do not tell of every byte that they have sent. */
  check(): void {
    if (this.limit !== Number.POSITIVE_INFINITY) this.evict();
  }

  private setLimit(): void {
    const { config, clients } = this.engine;
    const text = config.get('maxmemory-clients');
    const bytes = text.endsWith('%')
      ? Math.floor((config.number('maxmemory') * Number(text.slice(0, -1))) / 100)
      : Number(text);
    this.limit = bytes === 0 ? Number.POSITIVE_INFINITY : Math.max(bytes, engineLimits.clientBytesLeast);
    for (const client of clients.values()) this.count(client);
  }

  private count(client: Client): void {
    const bytes = clientBytes(client);
    this.total += bytes - client.countedBytes;
    client.countedBytes = bytes;
  }

  private evict(): void {
    const { engine } = this;
    if (this.evicting || engine.running !== undefined || engine.scripts.running !== undefined) return;
    for (const client of engine.clients.values()) this.count(client);
    if (this.total <= this.limit) return;
    this.evicting = true;
    const candidates = [...engine.clients.values()].filter((client) => !client.noEvict);
    candidates.sort((a, b) => b.countedBytes - a.countedBytes);
    for (const client of candidates) {
      if (this.total <= this.limit) break;
      engine.stats.evictedClients++;
      const { port, countedBytes } = client;
      engine.modules.log?.(2, `Client ${port.address} is evicted: it holds ${countedBytes} bytes`);
      // Also if it is to be closed once it has taken its answers.
      engine.disconnect(client);
      port.close(false);
    }
    this.evicting = false;
  }
}
