/**
 * Is a concurrent history linearisable? The search of Wing and Gong ("Testing and verifying concurrent objects", J. Parallel
 * Distrib. Comput. 17, 1993) over the order of calls, with the memory of configurations already met that Lowe describes
 * ("Testing for linearizability", Concurrency Comput. Pract. Exper. 29, 2017). Linearisability is local (Herlihy and Wing,
 * TOPLAS 12, 1990, theorem 1), so a history over several keys is checked key by key, which keeps the searches small.
 *
 * A configuration is the set of calls already placed and the state they led to. A call may be placed next when no call
 * outside the set was answered before it was sent. A read (a call that changes no state whatever) is placed as soon as its
 * answer fits: moving it forward in a valid order of the rest leaves that order valid, so reads cost no search. A write that
 * happens to change nothing here is not a read: elsewhere its effect may be the one that is needed.
 */

export interface Timed {
  /** Times of one monotonic clock: when the call was sent, and when its answer (or its certain end) was there. */
  readonly invoked: number;
  /** Infinity: it may still happen at any time. */
  readonly answered: number;
}

/** States are compared by `===`: strings, numbers, null. */
export interface Model<State, Call extends Timed> {
  readonly initial: State;
  /** States in which the call may leave the object, given what was answered; empty when that answer is impossible. */
  step(state: State, call: Call): readonly State[];
  /** Whether the call, answered as it was, changes no state that it can meet. */
  isRead(call: Call): boolean;
}

export type Verdict<State, Call> =
  | { readonly kind: 'linearizable'; readonly configurations: number }
  | {
      readonly kind: 'violation';
      readonly configurations: number;
      /** The longest order found: how many calls it places, the state after them, and the calls none of which can follow. */
      readonly placed: number;
      readonly state: State;
      readonly stuck: readonly Call[];
    }
  /** The bound on configurations was reached: nothing is proven. */
  | { readonly kind: 'undecided'; readonly configurations: number };

const configurationsMax = 2_000_000;

/** All calls before `low` are placed, and those in `beyond` (ascending, all above `low`). */
interface Configuration<State> {
  readonly low: number;
  readonly beyond: readonly number[];
  readonly state: State;
}

/** @param history in any order */
export function checkLinearizable<State, Call extends Timed>(
  history: readonly Call[],
  model: Model<State, Call>,
  bound: number = configurationsMax,
): Verdict<State, Call> {
  const calls = [...history].sort((a, b) => a.invoked - b.invoked);
  const met = new Set<string>();
  const open: Configuration<State>[] = [{ low: 0, beyond: [], state: model.initial }];
  let best: Configuration<State> = open[0]!;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const here = placeReads(calls, model, next);
    if (here.low === calls.length) return { kind: 'linearizable', configurations: met.size };
    const name = `${here.low} ${here.beyond.join(',')} ${String(here.state)}`;
    if (met.has(name)) continue;
    met.add(name);
    if (met.size > bound) return { kind: 'undecided', configurations: met.size };
    if (placedIn(here) > placedIn(best)) best = here;
    // The stack gives the last one first: calls in the order they were sent are the likeliest.
    const following: Configuration<State>[] = [];
    for (const index of candidates(calls, here))
      for (const state of model.step(here.state, calls[index]!)) following.push(place(here, index, state));
    for (let at = following.length - 1; at >= 0; at -= 1) open.push(following[at]!);
  }
  const end = placeReads(calls, model, best);
  return {
    kind: 'violation',
    configurations: met.size,
    placed: placedIn(end),
    state: end.state,
    stuck: candidates(calls, end).map((index) => calls[index]!),
  };
}

function placedIn<State>({ low, beyond }: Configuration<State>): number {
  return low + beyond.length;
}

/** Calls that may come next: not placed, and sent before any other unplaced call was answered. */
function candidates<State>(
  calls: readonly Timed[],
  { low, beyond }: Configuration<State>,
): readonly number[] {
  const found: number[] = [];
  let answered = Number.POSITIVE_INFINITY;
  let skip = 0;
  for (let index = low; index < calls.length; index += 1) {
    if (beyond[skip] === index) {
      skip += 1;
      continue;
    }
    const call = calls[index]!;
    // Calls are in the order they were sent: everything behind this one was sent later still.
    if (call.invoked > answered) break;
    found.push(index);
    answered = Math.min(answered, call.answered);
  }
  return found;
}

function place<State>(from: Configuration<State>, index: number, state: State): Configuration<State> {
  if (index !== from.low) {
    const at = from.beyond.findIndex((other) => other > index);
    const beyond = from.beyond.toSpliced(at < 0 ? from.beyond.length : at, 0, index);
    return { low: from.low, beyond, state };
  }
  let low = index + 1;
  let used = 0;
  while (from.beyond[used] === low) {
    used += 1;
    low += 1;
  }
  return { low, beyond: from.beyond.slice(used), state };
}

/** Places the reads that fit here. */
function placeReads<State, Call extends Timed>(
  calls: readonly Call[],
  model: Model<State, Call>,
  from: Configuration<State>,
): Configuration<State> {
  let here = from;
  for (;;) {
    const read = candidates(calls, here).find((index) => {
      const call = calls[index]!;
      return model.isRead(call) && model.step(here.state, call).length > 0;
    });
    if (read === undefined) return here;
    here = place(here, read, here.state);
  }
}
