/**
 * Ports of instances: each has one of its own, which it keeps while the gateway runs. The default instance has the listener of
 * the protocol; others get the port that they asked for, or a free one of the setting's range.
 */
import type { Socket } from 'node:net';
import type { OpenListener, ServiceModules } from '@hypergate/kit';
import { type InstanceId, InstanceRefusal } from './api.ts';

type Listen = NonNullable<ServiceModules['listen']>;

export interface PortRange {
  /** 0 for any free port. */
  readonly from: number;
  readonly to: number;
}

export class InstancePorts {
  private readonly range: PortRange;
  private readonly listen: Listen | undefined;
  private readonly open = new Map<InstanceId, OpenListener>();
  /** One is opened at a time, so that two do not try the same. */
  private tail: Promise<unknown> = Promise.resolve();

  constructor(range: PortRange, listen: Listen | undefined) {
    this.range = range;
    this.listen = listen;
  }

  portOf(instance: InstanceId): number | undefined {
    return this.open.get(instance)?.port;
  }

  /**
   * @param wanted its owner's choice, or the one it had
   * @param isFixed no other port will do
   * @throws InstanceRefusal `port-taken`, `too-many`
   */
  claim(
    instance: InstanceId,
    wanted: number | undefined,
    isFixed: boolean,
    accept: (socket: Socket) => void,
  ): Promise<number> {
    const claimed = this.tail.then(() => this.openOne(instance, wanted, isFixed, accept));
    this.tail = claimed.catch(() => undefined);
    return claimed;
  }

  async release(instance: InstanceId): Promise<void> {
    const listener = this.open.get(instance);
    this.open.delete(instance);
    await listener?.close();
  }

  private async openOne(
    instance: InstanceId,
    wanted: number | undefined,
    isFixed: boolean,
    accept: (socket: Socket) => void,
  ): Promise<number> {
    const { listen } = this;
    if (listen === undefined) throw new InstanceRefusal('not-ready', 'this gateway opens no further ports');
    for (const port of this.candidates(wanted, isFixed)) {
      try {
        const listener = await listen({ name: `the database ${instance}`, port, accept });
        this.open.set(instance, listener);
        return listener.port;
      } catch (error) {
        if (isFixed) {
          throw new InstanceRefusal('port-taken', `port ${port} is busy or may not be used`, {
            cause: error,
          });
        }
      }
    }
    const { from, to } = this.range;
    throw new InstanceRefusal('too-many', `all ports from ${from} to ${to} are taken`);
  }

  private *candidates(wanted: number | undefined, isFixed: boolean): Iterable<number> {
    if (wanted !== undefined) yield wanted;
    if (wanted !== undefined && isFixed) return;
    const taken = new Set([...this.open.values()].map(({ port }) => port));
    for (let port = this.range.from; port <= this.range.to; port++) if (!taken.has(port)) yield port;
  }
}
