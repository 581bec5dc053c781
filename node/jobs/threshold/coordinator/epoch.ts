/**
 * Of which committee the coordinator's letters and accusations are: `custody/epoch`, the epoch (4); absent, of the first.
 *
 * When custodians were replaced since, letters to those before them are dropped (they are sealed to keys that nobody has any more) and
 * accusations against them are over, and upkeep learns that what they had is to be made worthless: all at once with the new epoch.
 */

import type { KeyValueStore, KvOperation } from '../../../store/kv.ts';
import { type Committee, indicesOf } from '../committee.ts';
import { readReplacement, replacementOperation } from '../upkeep/replacement.ts';
import { accusationName } from './accusations.ts';
import { lettersTo } from './mailbox.ts';

/** Who has other keys from this epoch on. */
export interface EpochChange {
  readonly epoch: number;
  readonly custodian: number;
}

const name = Buffer.from('custody/epoch', 'ascii');

/** Undefined: the epoch in which the committee was founded. */
export async function readEpoch(store: KeyValueStore): Promise<number | undefined> {
  const bytes = await store.get(name);
  return bytes === undefined ? undefined : Buffer.from(bytes).readUInt32BE();
}

/**
 * @param changes all since the committee was founded, in the order of epochs
 * @throws RangeError for a committee before the one that was served last
 */
export async function takeUpEpoch(
  store: KeyValueStore,
  committee: Committee,
  changes: readonly EpochChange[],
): Promise<void> {
  const { epoch } = committee;
  const before = (await readEpoch(store)) ?? epoch - changes.length;
  if (before > epoch)
    throw new RangeError(`the committee is of epoch ${epoch}, and epoch ${before} was served already`);
  const replaced = changes.filter((change) => change.epoch > before).map(({ custodian }) => custodian);
  if (replaced.length === 0) return;
  const earlier = await readReplacement(store);
  const all = new Set([...(earlier?.custodians ?? []), ...replaced]);
  const custodians = indicesOf(committee).filter((index) => all.has(index));
  const operations: KvOperation[] = [];
  for (const custodian of new Set(replaced)) {
    operations.push({ type: 'del', key: accusationName(custodian) });
    for (const key of await lettersTo(store, custodian)) operations.push({ type: 'del', key });
  }
  const value = Buffer.alloc(4);
  value.writeUInt32BE(epoch);
  operations.push(replacementOperation({ custodians, stage: 'due' }), { type: 'put', key: name, value });
  await store.batch(operations, { sync: true });
}
