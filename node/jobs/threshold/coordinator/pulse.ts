/**
 * Notices that a custodian does not answer while its connection stays, as of a process that is stopped; and that it does again.
 *
 * Time is counted in beats. After some without anything heard a ping goes out, after some more the custodian counts as silent. While
 * this side computes or is stopped no beat passes, and what arrived meanwhile is read before it is missed. The other side's long
 * computations do count. As measured with twice as much to do as there are cores, handlers keep its event loop from answering for 0.2 s
 * at most, and those of HMAC 0.6 s, when circuits are used for the first time; while such are asked for it has twice the time.
 */
import { coordinatorLimits } from './limits.ts';

export interface PulseNews {
  /** A number that changes when bytes arrive, also of a message that is not whole yet. */
  readonly arrived: () => number;
  /** Whether it was asked for something that takes long. */
  readonly isBusy: () => boolean;
  readonly ping: () => void;
  readonly silent: () => void;
  /** Only after `silent`. */
  readonly back: () => void;
}

export class Pulse {
  readonly #news: PulseNews;
  readonly #timer: NodeJS.Timeout;
  #heard = true;
  #arrived = 0;
  #quiet = 0;
  #isSilent = false;

  constructor(news: PulseNews, beatMs: number = coordinatorLimits.beatMs) {
    this.#news = news;
    this.#timer = setInterval(() => this.#beat(), beatMs);
  }

  /** A message came. */
  heard(): void {
    this.#heard = true;
    if (!this.#isSilent) return;
    this.#isSilent = false;
    this.#quiet = 0;
    this.#news.back();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    // Whatever was sent before is answered when it is back: nothing more is sent until then.
    if (this.#isSilent) return;
    const arrived = this.#news.arrived();
    this.#quiet = this.#heard || arrived !== this.#arrived ? 0 : this.#quiet + 1;
    this.#heard = false;
    this.#arrived = arrived;
    const { pingBeats, silentBeats, busyBeats } = coordinatorLimits;
    if (this.#quiet === pingBeats) this.#news.ping();
    if (this.#quiet < silentBeats || (this.#quiet < busyBeats && this.#news.isBusy())) return;
    this.#isSilent = true;
    this.#news.silent();
  }
}
