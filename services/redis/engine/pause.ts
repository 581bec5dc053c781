/** CLIENT PAUSE: commands of clients wait, all of them or those that write. Nothing expires and nothing is evicted meanwhile. */
import type { Client } from './client.ts';
import type { Engine } from './engine.ts';

export type PauseMode = 'all' | 'write';

const timerMsMax = 2 ** 31 - 1;

export class Pause {
  private readonly engine: Engine;
  private until = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Commands that wait, in the order they came. */
  private readonly postponed = new Map<Client, readonly string[]>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Clients whose commands wait. */
  get size(): number {
    return this.postponed.size;
  }

  isPostponed(client: Client): boolean {
    return this.postponed.has(client);
  }

  /** Words of its command that waits. */
  postponedBy(client: Client): readonly string[] | undefined {
    return this.postponed.get(client);
  }

  /** The command is run once the pause is over; what the client sent after it waits too. */
  postpone(client: Client, args: readonly string[]): void {
    this.postponed.set(client, args);
    client.port.setBlocked(true);
  }

  /** The client is gone. */
  forget(client: Client): void {
    this.postponed.delete(client);
  }

  /** A pause that is on is made longer and stricter, never the other way. @param until milliseconds since 1970 */
  begin(until: number, mode: PauseMode): void {
    const { engine } = this;
    if (engine.paused !== 'all') engine.paused = mode;
    engine.expiryPaused = true;
    if (until > this.until) this.until = until;
    this.arm();
  }

  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.until = 0;
    if (this.engine.paused === undefined) return;
    this.engine.paused = undefined;
    this.engine.expiryPaused = false;
    // After the turn, as who ended the pause is to be answered first.
    if (this.postponed.size > 0) queueMicrotask(() => this.runPostponed());
  }

  private runPostponed(): void {
    for (const [client, args] of [...this.postponed]) {
      if (!this.postponed.delete(client)) continue;
      client.port.setBlocked(false);
      this.engine.execute(client, args);
      client.port.wake();
    }
  }

  private arm(): void {
    clearTimeout(this.timer);
    const left = this.until - this.engine.modules.clock.now();
    this.timer = setTimeout(
      () => {
        this.engine.beginTurn();
        if (this.until > this.engine.now) this.arm();
        else this.end();
      },
      Math.min(Math.max(left, 0), timerMsMax),
    );
  }
}
