/** Gives the engine the batches of the journal that its checkpoint does not show, or shows only of some keys. */
import type { CheckpointHead } from '../model/tables.ts';
import type { EngineProcess } from '../process/engine-process.ts';
import { toEngine } from '../process/link-messages.ts';
import { replayJournal } from './journal.ts';
import type { SessionModules } from './session-modules.ts';

/** @throws when a batch is missing: the journal is not of this checkpoint */
export async function replayInto(
  engine: EngineProcess,
  head: CheckpointHead | undefined,
  { tables, domain, logger }: Pick<SessionModules, 'tables' | 'domain' | 'logger'>,
): Promise<{ readonly nextBatch: number; readonly nextRow: number; readonly bytes: number }> {
  let nextBatch = head?.firstBatch ?? 1;
  let nextRow = head?.journalFrom ?? 1;
  let bytes = 0;
  let rows = 0;
  for await (const { row, batches } of replayJournal(tables, domain, nextRow)) {
    for (const { batch, effects } of batches) {
      // The first row may begin before the checkpoint does.
      if (batch < nextBatch) continue;
      if (batch !== nextBatch) throw new Error(`batch ${nextBatch} of the journal is missing`);
      const prefix = Buffer.allocUnsafe(16);
      prefix.writeDoubleLE(batch, 0);
      prefix.writeDoubleLE(head?.lastBatch ?? 0, 8);
      engine.send(toEngine.loadEffects, prefix, effects);
      bytes += effects.length;
      nextBatch++;
    }
    nextRow = row + 1;
    await engine.drained();
    if (++rows % 10_000 === 0) logger.info({ rows, bytes }, 'replaying the journal');
  }
  if (head !== undefined && nextBatch <= head.lastBatch)
    throw new Error('the journal ends before the checkpoint does');
  return { nextBatch, nextRow, bytes };
}
