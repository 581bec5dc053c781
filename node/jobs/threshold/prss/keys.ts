/** What a custodian keeps for pseudo-random sharing: the keys of all sets it is a member of, made together in one setup. */
import type { Bytes } from '../../../api/index.ts';
import type { Committee } from '../committee.ts';
import { ThresholdAbort } from '../errors.ts';
import type { Party } from '../party.ts';
import { Prss } from './sharing.ts';

/** Names what one setup made. */
export interface PrssName {
  /** From 1 on; grows with each setup, and never goes back at a custodian. */
  readonly epoch: number;
  /** 32 bytes: the hash of the setup's commitments. */
  readonly id: Bytes;
}

export interface PrssKeySet extends PrssName {
  /** Secret, 32 bytes each: of the sets that have this custodian, in the order of `subsetsOf`. */
  readonly keys: readonly Bytes[];
}

export interface PrssKeys {
  /** The newest; the same object as long as it did not change. */
  get(): Promise<PrssKeySet | undefined>;
  /** On the disk when it resolves; what it replaces is erased. */
  put(keys: PrssKeySet): Promise<void>;
}

/** For tests: forgets with the process. */
export class MemoryPrssKeys implements PrssKeys {
  #keys: PrssKeySet | undefined;

  async get(): Promise<PrssKeySet | undefined> {
    return this.#keys;
  }

  async put(keys: PrssKeySet): Promise<void> {
    this.#keys = keys;
  }
}

/** @throws ThresholdAbort `unavailable` when this custodian was given no store of such keys */
export function prssKeysOf(party: Party): PrssKeys {
  if (party.prss === undefined)
    throw new ThresholdAbort('unavailable', undefined, 'no store of keys for pseudo-random sharing');
  return party.prss;
}

export function sameName(left: PrssName, right: PrssName): boolean {
  return left.epoch === right.epoch && Buffer.compare(left.id, right.id) === 0;
}

const opened = new WeakMap<PrssKeySet, Prss>();

/** The keys of that name, ready for use. @throws ThresholdAbort `stale` when this custodian has others, or none */
export async function openPrss(party: Party, name: PrssName): Promise<Prss> {
  const keys = await prssKeysOf(party).get();
  if (keys === undefined || !sameName(keys, name))
    throw new ThresholdAbort('stale', undefined, 'other keys for pseudo-random sharing, or none');
  return prssOf(party.committee, party.me, keys);
}

export function prssOf(committee: Committee, me: number, keys: PrssKeySet): Prss {
  const known = opened.get(keys);
  if (known !== undefined) return known;
  const made = new Prss(committee, me, keys);
  opened.set(keys, made);
  return made;
}
