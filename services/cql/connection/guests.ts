/**
 * Connections that have not logged in. So many at a time are listened to, and fewer of one address; the others wait unread, which costs
 * next to nothing, and come in as places get free: those of different addresses by turns. Who has taken long gives way to who
 * waits, as who means it is done within a moment.
 */
import { addressBlock } from '../auth/address-block.ts';
import { connectionLimits } from './limits.ts';

const { guestsMax, guestsOfAddressMax, waitingMax, waitingOfAddressMax, guestLeastMs, loginMs } =
  connectionLimits;

export interface Guest {
  readonly address: string;
  /** What it waits for is our work: it does not give way. */
  readonly isBusy: boolean;
  /** It has a place: it is listened to. */
  welcome(): void;
  destroy(): void;
}

interface Stay {
  readonly block: string;
  /** When it came, or got its place. */
  readonly since: number;
}

export class Guests {
  /** The oldest first. */
  private readonly guests = new Map<Guest, Stay>();
  private readonly waiting = new Map<Guest, Stay>();
  /** How many guests each block of addresses has. */
  private readonly places = new Map<string, number>();
  /** Who waits, by block; the block whose turn it is first. */
  private readonly queues = new Map<string, Set<Guest>>();
  private readonly now: () => number;

  /** @param now milliseconds that only grow */
  constructor(now: () => number) {
    this.now = now;
  }

  /** That are listened to. */
  get size(): number {
    return this.guests.size;
  }

  get waitingCount(): number {
    return this.waiting.size;
  }

  /** @returns false when there is no room even to wait */
  enter(guest: Guest): boolean {
    const stay = { block: addressBlock(guest.address), since: this.now() };
    if (this.hasPlace(stay.block)) {
      this.admit(guest, stay.block);
      return true;
    }
    const queue = this.queues.get(stay.block) ?? new Set();
    if (this.waiting.size >= waitingMax || queue.size >= waitingOfAddressMax) return false;
    this.waiting.set(guest, stay);
    this.queues.set(stay.block, queue.add(guest));
    this.giveWay();
    return true;
  }

  /** It has logged in, or ends. */
  leave(guest: Guest): void {
    this.stopWaiting(guest);
    const stay = this.guests.get(guest);
    if (stay === undefined) return;
    this.guests.delete(guest);
    const left = this.places.get(stay.block)! - 1;
    if (left === 0) this.places.delete(stay.block);
    else this.places.set(stay.block, left);
    this.fill();
  }

  /** Those whose time is over. */
  sweep(): void {
    for (const all of [this.guests, this.waiting]) {
      for (const [guest, { since }] of all) {
        if (this.now() - since < loginMs) break;
        this.sendAway(guest);
      }
    }
    this.giveWay();
  }

  private hasPlace(block: string): boolean {
    return this.guests.size < guestsMax && (this.places.get(block) ?? 0) < guestsOfAddressMax;
  }

  private admit(guest: Guest, block: string): void {
    this.guests.set(guest, { block, since: this.now() });
    this.places.set(block, (this.places.get(block) ?? 0) + 1);
    guest.welcome();
  }

  /** Free places for who waits. */
  private fill(): void {
    for (const [block, queue] of this.queues) {
      if (this.guests.size >= guestsMax) return;
      if (!this.hasPlace(block)) continue;
      const guest = queue.values().next().value!;
      this.stopWaiting(guest);
      // Behind the others, which are visited before it is again.
      if (this.queues.delete(block)) this.queues.set(block, queue);
      this.admit(guest, block);
    }
  }

  private giveWay(): void {
    for (const [guest, { block, since }] of this.guests) {
      if (this.waiting.size === 0 || this.now() - since < guestLeastMs) return;
      const isInTheWay = this.guests.size >= guestsMax || this.queues.has(block);
      if (isInTheWay && !guest.isBusy) this.sendAway(guest);
    }
  }

  private sendAway(guest: Guest): void {
    this.leave(guest);
    guest.destroy();
  }

  private stopWaiting(guest: Guest): void {
    const stay = this.waiting.get(guest);
    if (stay === undefined) return;
    this.waiting.delete(guest);
    const queue = this.queues.get(stay.block)!;
    queue.delete(guest);
    if (queue.size === 0) this.queues.delete(stay.block);
  }
}
