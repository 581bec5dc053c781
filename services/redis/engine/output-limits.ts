/**
 * `client-output-buffer-limit`: a client that does not read what it is sent is cut off, at once above the hard limit and when
 * it stays above the soft one.
 */
import type { Client } from './client.ts';
import { clientType } from './client-info.ts';
import type { Engine } from './engine.ts';

interface Limit {
  /** Bytes; 0 for none. */
  readonly hard: number;
  readonly soft: number;
  readonly softMs: number;
}

const none: Limit = { hard: 0, soft: 0, softMs: 0 };

export class OutputLimits {
  private readonly engine: Engine;
  private normal = none;
  private pubsub = none;

  constructor(engine: Engine) {
    this.engine = engine;
    engine.config.onChange('client-output-buffer-limit', (text) => {
      const words = text.split(' ');
      for (let i = 0; i + 3 < words.length; i += 4) {
        const [hard, soft, seconds] = words.slice(i + 1, i + 4).map(Number) as [number, number, number];
        const limit = { hard, soft, softMs: seconds * 1000 };
        if (words[i] === 'normal') this.normal = limit;
        else if (words[i] === 'pubsub') this.pubsub = limit;
      }
      engine.limitsAnswers = this.normal.hard > 0 || this.normal.soft > 0;
    });
  }

  /** After something was written to the client. */
  check(client: Client): void {
    const limit = clientType(client) === 'pubsub' ? this.pubsub : this.normal;
    if (limit.hard === 0 && limit.soft === 0) return;
    const bytes = client.port.output.undeliveredBytes;
    if (limit.hard > 0 && bytes > limit.hard) {
      this.cutOff(client);
      return;
    }
    if (limit.soft === 0 || bytes <= limit.soft) {
      client.overSoftLimitSince = 0;
      return;
    }
    const { now } = this.engine;
    if (client.overSoftLimitSince === 0) client.overSoftLimitSince = now;
    else if (now - client.overSoftLimitSince > limit.softMs) this.cutOff(client);
  }

  private cutOff(client: Client): void {
    this.engine.stats.outputLimitDisconnections++;
    this.engine.drop(client);
  }
}
