/** Spikes of LATENCY: for each kind of event the last ones at or above `latency-monitor-threshold`, one a second. */

/** Kept of each event, as redis-server keeps them. */
const samplesMax = 160;

export interface LatencySample {
  /** Seconds since 1970. */
  readonly at: number;
  /** Milliseconds, whole. */
  latency: number;
}

export interface LatencyEvent {
  /** Oldest first. */
  readonly samples: LatencySample[];
  /** Highest since the event was reset. */
  max: number;
}

export class LatencyMonitor {
  /** By name: `command`, `fast-command`, `expire-cycle`, `eviction-cycle` and such. */
  readonly events = new Map<string, LatencyEvent>();
  /** Milliseconds; 0 when nothing is kept. */
  threshold = 0;

  /** @param now milliseconds since 1970 @param milliseconds how long it took */
  add(name: string, milliseconds: number, now: number): void {
    if (this.threshold === 0 || milliseconds < this.threshold) return;
    const latency = Math.floor(milliseconds);
    const at = Math.floor(now / 1000);
    let event = this.events.get(name);
    if (event === undefined) this.events.set(name, (event = { samples: [], max: 0 }));
    if (latency > event.max) event.max = latency;
    const last = event.samples.at(-1);
    if (last !== undefined && last.at === at) {
      if (latency > last.latency) last.latency = latency;
      return;
    }
    if (event.samples.length === samplesMax) event.samples.shift();
    event.samples.push({ at, latency });
  }

  /** @returns how many events were forgotten */
  reset(names: readonly string[]): number {
    if (names.length > 0) return names.filter((name) => this.events.delete(name)).length;
    const { size } = this.events;
    this.events.clear();
    return size;
  }
}
