/** What this process holds: after sessions have ended it must be what it was before them. */
import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export interface Held {
  /** What keeps the event loop going, by kind: sockets, servers, timers, ports, processes. */
  readonly active: Readonly<Record<string, number>>;
  /** Listeners on what all sessions share: a signal, and the process. */
  readonly listeners: Readonly<Record<string, number>>;
  /** Sessions and streams that were ended and are still reachable. */
  readonly reachable: number;
  /** After collecting garbage: objects, and memory beside them. */
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly rssBytes: number;
}

/** Objects that have to be collected once their session is over. */
export class Reachable {
  #refs: WeakRef<object>[] = [];

  add(object: object): void {
    this.#refs.push(new WeakRef(object));
  }

  count(): number {
    this.#refs = this.#refs.filter((ref) => ref.deref() !== undefined);
    return this.#refs.length;
  }
}

/** To be called while no session is under way; waits a little for what is being closed. Needs `--expose-gc`. */
export async function heldNow(
  signal: AbortSignal,
  reachable: Reachable,
  { expected, withinMs = settleMs }: { readonly expected?: Held; readonly withinMs?: number } = {},
): Promise<Held> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('memory can be measured under --expose-gc alone');
  const until = performance.now() + withinMs;
  for (;;) {
    await delay(50);
    for (let time = 0; time < 4; time++) {
      gc();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const held = look(signal, reachable);
    const isSettled = expected === undefined ? held.reachable === 0 : sameHandles(held, expected);
    if (isSettled || performance.now() > until) return held;
  }
}

/** A handle that has been closed is gone within some turns. */
const settleMs = 10_000;

export function sameHandles(left: Held, right: Held): boolean {
  const text = ({ active, listeners, reachable }: Held) => JSON.stringify([active, listeners, reachable]);
  return text(left) === text(right);
}

function look(signal: AbortSignal, reachable: Reachable): Held {
  const active: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo().sort()) active[kind] = (active[kind] ?? 0) + 1;
  const listeners: Record<string, number> = { signal: getEventListeners(signal, 'abort').length };
  for (const name of process.eventNames()) listeners[`process ${String(name)}`] = process.listenerCount(name);
  const { heapUsed, external, rss } = process.memoryUsage();
  return {
    active,
    listeners,
    reachable: reachable.count(),
    heapBytes: heapUsed,
    externalBytes: external,
    rssBytes: rss,
  };
}
