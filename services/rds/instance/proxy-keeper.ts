/** Keeps the proxy's process running: when it ends, its clients are cut, and another takes its place. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type ProxyHandlers, type ProxyOptions, ProxyProcess } from '../proxy/proxy-process.ts';
import type { InstanceManager } from './manager.ts';

export interface ProxyKeeperModules {
  readonly manager: InstanceManager;
  readonly logger: Logger;
  readonly options: ProxyOptions;
  readonly handlers: Omit<ProxyHandlers, 'ended' | 'log'>;
}

const restartMs = 200;
const graceMs = 1000;

export class ProxyKeeper {
  private readonly modules: ProxyKeeperModules;
  private proxy: ProxyProcess | undefined;
  private isClosing = false;

  private constructor(modules: ProxyKeeperModules) {
    this.modules = modules;
  }

  static async start(modules: ProxyKeeperModules): Promise<ProxyKeeper> {
    const keeper = new ProxyKeeper(modules);
    await keeper.begin();
    return keeper;
  }

  async close(): Promise<void> {
    this.isClosing = true;
    await this.proxy?.close(graceMs);
  }

  private async begin(): Promise<void> {
    const { manager, logger, options, handlers } = this.modules;
    this.proxy = await ProxyProcess.start(options, {
      ...handlers,
      log: (text) => logger.warn(text),
      ended: (reason) => void this.ended(reason),
    });
    manager.proxy = this.proxy;
    manager.admitAll();
  }

  private async ended(reason: string): Promise<void> {
    this.modules.manager.proxy = undefined;
    while (!this.isClosing) {
      this.modules.logger.error({ reason }, 'the proxy ended and is started again');
      await delay(restartMs);
      try {
        if (!this.isClosing) await this.begin();
        return;
      } catch (error) {
        this.modules.logger.error({ err: error }, 'the proxy cannot be started');
      }
    }
  }
}
