/**
 * What is remembered of files, from the layers of a checkpoint: after a restart nothing else tells which pages changed. Without
 * stamps, so that the next checkpoint reads every file once, and stores what differs.
 */
import type { TableDomain } from '@hypergate/table';
import type { LayerRow } from '../model/checkpoint-tables.ts';
import { pageHashBytes, pagesOf } from '../model/layer-format.ts';
import { CheckpointError } from './errors.ts';
import { openLayer, readHashes } from './layer-reader.ts';
import type { DirectoryState, FileState } from './page-hashes.ts';

/** @param layers oldest first, at least one */
export async function stateOf(domain: TableDomain, layers: readonly LayerRow[]): Promise<DirectoryState> {
  let state = new Map<string, FileState>();
  for (const row of layers) {
    const { index } = await openLayer(domain, row);
    const from = await readHashes(domain, row);
    const next = new Map<string, FileState>();
    let at = 0;
    for (const { path, size, runs } of index.files) {
      const hashes = Buffer.alloc(pagesOf(size) * pageHashBytes);
      const older = state.get(path)?.hashes;
      older?.copy(hashes);
      let known = older === undefined ? 0 : Math.floor(older.length / pageHashBytes);
      for (const { first, count } of runs) {
        if (first > known) break;
        from.copy(hashes, first * pageHashBytes, at, at + count * pageHashBytes);
        at += count * pageHashBytes;
        known = Math.max(known, first + count);
      }
      if (known < pagesOf(size))
        throw new CheckpointError('damaged', `layer ${row.id} and those below lack pages of ${path}`);
      next.set(path, { size, hashes, stamp: undefined });
    }
    state = next;
  }
  return state;
}
