/**
 * When effects that answers wait for leave for the journal. One batch is on its way at a time, as a row costs the same whether
 * it holds one change or a hundred. When it is durable, those who now have their answers mostly send again at once: the next
 * batch waits for them a moment, so that all of them share one sync of the disk instead of two halves taking turns. The idea is
 * that of PostgreSQL's `commit_delay` and `commit_siblings`; where clients do not come back, it is tried ever more rarely.
 */
import { processLimits } from './limits.ts';

const { gatheredEffectsBytes, gatherShare, gatherRestMax, returningShare } = processLimits;

export class GroupCommit {
  private readonly send: () => void;
  private inFlight = 0;
  /** Connections with an answer that waits, from which on the next batch leaves at once. */
  private expected = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Batches for which nobody is waited for, after those who were did not come. */
  private rest = 0;
  private nextRest = 1;
  /** How long a batch takes to be durable, about. */
  private commitMs = 0;
  private leftAt = 0;

  /** @param send sends what is gathered */
  constructor(send: () => void) {
    this.send = send;
  }

  /**
   * @param bytes of effects that are gathered
   * @param waiting connections with an answer that waits
   */
  mayLeave(bytes: number, waiting: number): boolean {
    if (bytes >= gatheredEffectsBytes) return true;
    if (this.inFlight > 0) return false;
    if (waiting >= this.expected) return true;
    this.timer ??= setTimeout(() => this.giveUp(), Math.max(1, this.commitMs * gatherShare));
    return false;
  }

  left(): void {
    if (this.timer !== undefined) {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.nextRest = 1;
    }
    this.inFlight++;
    this.leftAt = performance.now();
  }

  /**
   * @param inFlight batches that are still on their way
   * @param waited connections with an answer that waited until now
   */
  becameDurable(inFlight: number, waited: number): void {
    this.inFlight = inFlight;
    if (inFlight > 0) return;
    this.commitMs += (performance.now() - this.leftAt - this.commitMs) / 8;
    this.expected = this.rest > 0 ? 0 : Math.ceil(waited * returningShare);
    if (this.rest > 0) this.rest--;
  }

  private giveUp(): void {
    this.timer = undefined;
    this.rest = this.nextRest;
    this.nextRest = Math.min(gatherRestMax, this.nextRest * 2);
    this.send();
  }
}
