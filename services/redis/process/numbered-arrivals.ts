/**
 * Sockets come over one channel and are taken back over another, so that either may be looked at first: by its number, each is
 * accepted here or withdrawn, never both. The engine's side of busy-relay.ts.
 */
import type { FrameLink } from './frame-link.ts';
import { relayed } from './link-messages.ts';

export class NumberedArrivals {
  private readonly relay: FrameLink;
  private last = 0;
  /** On their way still. */
  private readonly withdrawn = new Set<number>();

  constructor(relay: FrameLink) {
    this.relay = relay;
  }

  /** @returns whether the socket of this number is to be accepted, which the gateway is told */
  arrive(number: number): boolean {
    if (this.withdrawn.delete(number)) return false;
    this.last = number;
    this.answer(relayed.accepted, number);
    return true;
  }

  withdraw(number: number): void {
    if (number <= this.last) return;
    this.withdrawn.add(number);
    this.answer(relayed.withdrawn, number);
  }

  private answer(type: number, number: number): void {
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32LE(number, 0);
    this.relay.send(type, payload);
  }
}
