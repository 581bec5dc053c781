/**
 * Writes the pages of a plan into files. Packs are read in order and one behind the other, as the node reads ahead; some of them at a time are
 * decompressed in the thread pool and written.
 */
import type { FileHandle } from 'node:fs/promises';
import type { TableDomain } from '@hypergate/table';
import { type IndexFile, packRawBytes, pageBytes } from '../model/layer-format.ts';
import { type OpenLayer, openPack, readPacks } from './layer-reader.ts';
import { checkpointLimits } from './limits.ts';
import { type PackPlan, type Piece, packsNeeded, type RestorePlan, stretchesOf } from './restore-plan.ts';
import type { RestoredFiles } from './restored-files.ts';
import { forEachOf } from './slices.ts';

/** Compressed bytes that will be read. */
export function bytesToRead({ layers }: RestorePlan): number {
  let bytes = 0;
  for (const plan of layers) {
    for (const { pack } of packsNeeded(plan)) bytes += plan.layer.index.packs[pack]!;
  }
  return bytes;
}

export async function writePages(
  domain: TableDomain,
  plan: RestorePlan,
  files: RestoredFiles,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  for (const layerPlan of plan.layers) {
    for (const stretch of stretchesOf(packsNeeded(layerPlan)))
      await writeStretch(domain, layerPlan.layer, stretch, files, onBytes, signal);
  }
  // Those without a page.
  const untouched = plan.files.filter(({ path }) => !files.has(path));
  await forEachOf(untouched, checkpointLimits.restoreFilesInFlight, ({ path, size }) =>
    files.make(path, size, async () => undefined),
  );
}

async function writeStretch(
  domain: TableDomain,
  layer: OpenLayer,
  stretch: readonly PackPlan[],
  files: RestoredFiles,
  onBytes: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const first = stretch[0]!.pack;
  const inFlight = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const write = async (plan: PackPlan, packed: Buffer): Promise<void> => {
    await writePack(plan, await openPack(layer, plan.pack, packed), files);
    onBytes(packed.length);
  };
  try {
    let next = 0;
    for await (const packed of readPacks(domain, layer, first, first + stretch.length, signal)) {
      const work = write(stretch[next++]!, packed)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => inFlight.delete(work));
      inFlight.add(work);
      if (inFlight.size >= checkpointLimits.restorePacksInFlight) await Promise.race(inFlight);
      if (failure !== undefined) break;
    }
  } finally {
    await Promise.all(inFlight);
  }
  if (failure !== undefined) throw failure.error;
}

async function writePack({ pack, pieces }: PackPlan, raw: Buffer, files: RestoredFiles): Promise<void> {
  const start = pack * packRawBytes;
  const byFile = Map.groupBy(pieces, ({ file }) => file);
  await forEachOf(byFile, checkpointLimits.restoreFilesInFlight, ([file, parts]: [IndexFile, Piece[]]) =>
    files.make(file.path, file.size, async (handle) => {
      for (const { fileAt, rawAt, length } of parts)
        await writeUnlessZero(handle, raw.subarray(rawAt - start, rawAt - start + length), fileAt);
    }),
  );
}

const zeroPage = Buffer.alloc(pageBytes);

/** Pages that are zero stay holes. */
async function writeUnlessZero(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  let from = 0;
  for (let offset = 0; offset < bytes.length; offset += pageBytes) {
    const page = bytes.subarray(offset, offset + pageBytes);
    if (page.compare(zeroPage, 0, page.length) !== 0) continue;
    if (from < offset) await writeAll(handle, bytes.subarray(from, offset), at + from);
    from = offset + page.length;
  }
  if (from < bytes.length) await writeAll(handle, bytes.subarray(from), at + from);
}

export async function writeAll(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}
