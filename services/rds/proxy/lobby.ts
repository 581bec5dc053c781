/**
 * Connections that have not logged in: so many at a time, each so long. When there is no room, one that has taken long gives
 * way, as who means it is done within a moment.
 */
import { proxyLimits } from './limits.ts';

const { lobbyMax, lobbyLeastMs, loginMs } = proxyLimits;

export interface Guest {
  destroy(): void;
}

interface Stay {
  readonly since: number;
  late: ReturnType<typeof setTimeout>;
}

export class Lobby {
  /** The oldest first. */
  private readonly guests = new Map<Guest, Stay>();

  /** @returns whether there was room */
  enter(guest: Guest): boolean {
    if (this.guests.size >= lobbyMax) {
      const [oldest, { since }] = this.guests.entries().next().value!;
      if (performance.now() - since < lobbyLeastMs) return false;
      this.leave(oldest);
      oldest.destroy();
    }
    this.guests.set(guest, { since: performance.now(), late: this.timer(guest, loginMs) });
    return true;
  }

  /** What comes next has so much time. */
  allow(guest: Guest, ms: number = loginMs): void {
    const stay = this.guests.get(guest);
    if (stay === undefined) return;
    clearTimeout(stay.late);
    stay.late = this.timer(guest, ms);
  }

  leave(guest: Guest): void {
    clearTimeout(this.guests.get(guest)?.late);
    this.guests.delete(guest);
  }

  close(): void {
    for (const guest of [...this.guests.keys()]) {
      this.leave(guest);
      guest.destroy();
    }
  }

  private timer(guest: Guest, ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => guest.destroy(), ms);
  }
}
