/**
 * That custodians were replaced and what the ones before them had is not worthless yet, on the coordinator's disk: `upkeep/replaced`, gone when
 * it is done.
 *
 * version (1) ‖ stage (1) ‖ custodians: count (2), each index (1)
 *
 * due         all keys are to be refreshed
 * under-way   the course of a refresh (pass.ts) is that one
 * incomplete  the same, and not all custodians were there
 * lacking     shares of before go together with none of now; not all custodians have theirs of now yet
 *
 * It is completed by a course in which no key failed and all custodians were there from the beginning to the end: one that is away keeps its old
 * share, which goes together with that of the one that was replaced.
 */
import type { KeyValueStore, KvOperation } from '../../../store/kv.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { malformed } from '../errors.ts';
import { thresholdLimits } from '../limits.ts';

const stages = ['due', 'under-way', 'incomplete', 'lacking'] as const;
export type ReplacementStage = (typeof stages)[number];

export interface Replacement {
  /** Ascending. */
  readonly custodians: readonly number[];
  readonly stage: ReplacementStage;
}

const version = 1;
const name = Buffer.from('upkeep/replaced', 'ascii');

export async function readReplacement(store: KeyValueStore): Promise<Replacement | undefined> {
  const bytes = await store.get(name);
  if (bytes === undefined) return undefined;
  return readMessage(bytes, undefined, (reader) => {
    if (reader.u8('the version') !== version) malformed(undefined, 'unknown version of a replacement');
    const stage = stages[reader.u8('the stage')] ?? malformed(undefined, 'unknown stage of a replacement');
    const custodians = reader.list(thresholdLimits.custodiansMax, 'custodians', () =>
      reader.u8('a custodian'),
    );
    return { stage, custodians };
  });
}

/** @param replacement undefined when it is completed */
export function replacementOperation(replacement: Replacement | undefined): KvOperation {
  if (replacement === undefined) return { type: 'del', key: name };
  const writer = new MessageWriter().u8(version).u8(stages.indexOf(replacement.stage));
  writer.list(replacement.custodians, (custodian) => void writer.u8(custodian));
  return { type: 'put', key: name, value: writer.done() };
}
