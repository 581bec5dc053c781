/**
 * Connections that have not logged in: so many at a time, each so long. When there is no room, the one that has waited longest gives way
 * if it has taken long, as who means it is done within a moment.
 */
import { connectionLimits } from './limits.ts';

const { guestsMax, guestLeastMs, loginMs } = connectionLimits;

export interface Guest {
  destroy(): void;
}

export class Guests {
  /** With the time when they came; the oldest first. */
  private readonly guests = new Map<Guest, number>();
  private readonly now: () => number;

  /** @param now milliseconds that only grow */
  constructor(now: () => number) {
    this.now = now;
  }

  get size(): number {
    return this.guests.size;
  }

  /** @returns whether there was room */
  enter(guest: Guest): boolean {
    const now = this.now();
    if (this.guests.size >= guestsMax) {
      const [oldest, since] = this.guests.entries().next().value!;
      if (now - since < guestLeastMs) return false;
      this.guests.delete(oldest);
      oldest.destroy();
    }
    this.guests.set(guest, now);
    return true;
  }

  leave(guest: Guest): void {
    this.guests.delete(guest);
  }

  /** Those whose time is over. */
  sweep(): void {
    const now = this.now();
    for (const [guest, since] of this.guests) {
      if (now - since < loginMs) return;
      this.guests.delete(guest);
      guest.destroy();
    }
  }
}
