/**
 * What a coordinator remembers of sessions between custodians: a few for each three of them. One call at a time has a lane, so that all
 * three see the calls of a session in the same order; after a call that failed the lane has another session.
 */
import type { RandomSource } from '../../../../crypto/random.ts';
import type { Custodians } from '../../party.ts';
import { sessionNameBytes } from '../handlers/call.ts';
import { macLimits } from '../limits.ts';
import type { Triple } from '../pieces.ts';

export interface Lane {
  readonly session: Uint8Array;
  /** Whether a call succeeded in this session: then it may have ended since, without anybody's fault in this call. */
  isProven: boolean;
  isBusy: boolean;
}

interface Lanes {
  readonly lanes: Set<Lane>;
  readonly waiting: ((lane: Lane) => void)[];
}

export interface Memory {
  /** The three that computed last: they are asked first. */
  preferred: Triple | undefined;
  /** By triple. */
  readonly lanes: Map<string, Lanes>;
}

const memories = new WeakMap<Custodians, Memory>();

export function memoryOf(custodians: Custodians): Memory {
  const found = memories.get(custodians) ?? { preferred: undefined, lanes: new Map() };
  memories.set(custodians, found);
  return found;
}

/** Waits for a lane where all are busy: in the order of those who wait. */
export async function takeLane(memory: Memory, triple: Triple, random: RandomSource): Promise<Lane> {
  const all = lanesOf(memory, triple);
  for (const lane of all.lanes) {
    if (lane.isBusy) continue;
    lane.isBusy = true;
    return lane;
  }
  if (all.lanes.size < macLimits.lanesMax) return newLane(all, random);
  return new Promise((resolve) => all.waiting.push(resolve));
}

/** @param isWell whether the call succeeded, so that the session goes on */
export function giveLane(
  memory: Memory,
  triple: Triple,
  lane: Lane,
  isWell: boolean,
  random: RandomSource,
): void {
  const all = lanesOf(memory, triple);
  if (isWell) lane.isProven = true;
  else all.lanes.delete(lane);
  const next = all.waiting.shift();
  if (next !== undefined) next(isWell ? lane : newLane(all, random));
  else lane.isBusy = false;
}

function lanesOf(memory: Memory, triple: Triple): Lanes {
  const key = triple.join(' ');
  const all = memory.lanes.get(key) ?? { lanes: new Set(), waiting: [] };
  memory.lanes.set(key, all);
  return all;
}

function newLane(all: Lanes, random: RandomSource): Lane {
  const lane = { session: Uint8Array.from(random.bytes(sessionNameBytes)), isProven: false, isBusy: true };
  all.lanes.add(lane);
  return lane;
}
