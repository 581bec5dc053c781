/** How many clients there may be, and how long one may be idle: `maxclients` and `timeout`. */
import type { Client } from './client.ts';
import { isBlocked } from './client-info.ts';
import type { Engine } from './engine.ts';

export class ClientLimits {
  private readonly engine: Engine;
  private clientsMax = 0;
  private idleMsMax = 0;

  constructor(engine: Engine) {
    this.engine = engine;
    engine.config.onChange('maxclients', (value) => {
      this.clientsMax = Number(value);
    });
    engine.config.onChange('timeout', (value) => {
      this.idleMsMax = Number(value) * 1000;
    });
  }

  /** A client that is one too many is told so and closed. @returns whether it was */
  refuses(client: Client): boolean {
    const { clients, stats } = this.engine;
    if (clients.size < this.clientsMax) return false;
    stats.rejectedConnections++;
    client.port.output.error('ERR max number of clients reached');
    client.closing = true;
    client.port.close(true);
    return true;
  }

  /** Clients that are idle or slow for too long, or hold too much, are cut off. Called by the cron. */
  cutOff(): void {
    const { engine, idleMsMax } = this;
    engine.clientMemory.check();
    for (const client of engine.clients.values()) {
      if (client.overSoftLimitSince > 0) engine.outputLimits.check(client);
      if (idleMsMax === 0 || engine.now - client.lastCommandAt <= idleMsMax) continue;
      if (client.subscriptions === 0 && !client.monitor && !isBlocked(client)) engine.drop(client);
    }
  }
}
