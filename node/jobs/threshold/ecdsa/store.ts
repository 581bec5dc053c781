/** Presignatures at a custodian: in memory alone, so that a restarted custodian has none, and taken out once. */
import type { Bytes } from '../../../api/index.ts';
import type { Group } from '../groups/index.ts';
import type { OpenRounds } from '../open-rounds.ts';
import type { Party } from '../party.ts';
import type { Prss } from '../prss/index.ts';
import { ecdsaLimits } from './limits.ts';
import type { BatchPlan } from './messages.ts';

/** What a signer has of one presignature. */
export interface Presignature {
  /** k_i, secret: used again only when the signature comes out wrong. */
  readonly nonce: bigint;
  /** a_i, secret. */
  readonly mask: bigint;
  /** R. */
  readonly element: Bytes;
  /** w = a k. */
  readonly product: bigint;
}

export interface Batch {
  readonly plan: BatchPlan;
  readonly label: Bytes;
  /** As they were when the batch was made: both its sharings and those of its signatures are of these keys. */
  readonly prss: Prss;
  readonly transcript: Bytes;
  /** undefined where used. */
  readonly presignatures: (Presignature | undefined)[];
}

/** A presignature that will never be used, or was: its signers may be asked to show what they did. */
export interface Burnt {
  readonly group: Group;
  readonly prss: Prss;
  readonly signers: readonly number[];
  readonly nonce: bigint;
  readonly mask: bigint;
  /** What the share that left was about; undefined when none did. */
  readonly view: Bytes | undefined;
  /** x_i times the base, of the key it was used with. */
  readonly verificationKey: Bytes | undefined;
}

export class PresignatureStore {
  readonly #batches = new Map<string, Batch>();
  readonly #burnt = new Map<string, Burnt>();
  #blames = 0;

  add(batch: Batch): void {
    this.#batches.set(nameOf(batch.label), batch);
    drop(this.#batches, ecdsaLimits.batchesMax);
  }

  /** Once; whoever gets it burns it. */
  take(label: Bytes, index: number): { batch: Batch; presignature: Presignature } | undefined {
    const name = nameOf(label);
    const batch = this.#batches.get(name);
    const presignature = batch?.presignatures[index];
    if (batch === undefined || presignature === undefined) return undefined;
    batch.presignatures[index] = undefined;
    if (batch.presignatures.every((one) => one === undefined)) this.#batches.delete(name);
    return { batch, presignature };
  }

  /** All that were not used. Those that were stay, for blame. */
  clear(): void {
    this.#batches.clear();
  }

  burn(label: Bytes, index: number, burnt: Burnt): void {
    this.#burnt.set(`${nameOf(label)}/${index}`, burnt);
    drop(this.#burnt, ecdsaLimits.burntMax);
  }

  /** Once; undefined also when too many were asked about. */
  takeBurnt(label: Bytes, index: number): Burnt | undefined {
    const name = `${nameOf(label)}/${index}`;
    const burnt = this.#burnt.get(name);
    this.#burnt.delete(name);
    return burnt !== undefined && this.countBlame() ? burnt : undefined;
  }

  /** Whether one more may be answered. */
  countBlame(): boolean {
    this.#blames += 1;
    return this.#blames <= ecdsaLimits.blamesMax;
  }
}

const stores = new WeakMap<OpenRounds, PresignatureStore>();

/** One for each custodian of a process, as its open rounds are. */
export function presignaturesOf({ rounds }: Party): PresignatureStore {
  const known = stores.get(rounds);
  if (known !== undefined) return known;
  const made = new PresignatureStore();
  stores.set(rounds, made);
  return made;
}

/** The oldest go. */
function drop(entries: Map<string, unknown>, max: number): void {
  for (const name of entries.keys()) {
    if (entries.size <= max) return;
    entries.delete(name);
  }
}

function nameOf(bytes: Bytes): string {
  return Buffer.from(bytes).toString('hex');
}
