/** Opens a commit log: recovery, then the first segments. */
import type { Disk } from '../disk.ts';
import { CorruptFileError } from '../errors.ts';
import { makeDurableFolder } from '../folders.ts';
import { storeLimits } from '../limits.ts';
import { recoverLog } from './recover.ts';
import type { Segment } from './segment.ts';
import { prepareSegment } from './segment-files.ts';
import { SegmentSupply } from './segment-supply.ts';
import { SegmentedLog } from './segmented-log.ts';

export interface CommitLogOptions {
  /** Relative to the disk's root, for example `log`. */
  readonly folder: string;
  /** Size of new segments, a multiple of 4,096; 16 MiB unless given. A record must fit into one. */
  readonly segmentBytes?: number;
  /** Log bytes checked at opening, newest first; 1 GiB unless given. */
  readonly scanBytesMax?: number;
  /** A position known to have been acknowledged (applied by the owner): a log that ends before it is damaged. */
  readonly atLeast?: number;
}

export interface CommitLogModules {
  readonly disk: Disk;
  /** Random bytes for the id of a new log. */
  readonly random: (length: number) => Uint8Array;
}

function checkOptions(segmentBytes: number): void {
  const { segmentBytesMin, segmentBytesMax } = storeLimits;
  if (segmentBytes % 4096 !== 0 || segmentBytes < segmentBytesMin || segmentBytes > segmentBytesMax) {
    throw new RangeError(
      `segmentBytes must be a multiple of 4,096 from ${segmentBytesMin} to ${segmentBytesMax}`,
    );
  }
}

/** Empty segments of another size than asked for are removed, newest first: a record might not fit into them. */
async function fittingSpares(
  spares: readonly Segment[],
  folder: string,
  segmentBytes: number,
  disk: Disk,
): Promise<Segment[]> {
  if (spares.every((spare) => spare.bytes === segmentBytes)) return [...spares];
  for (const spare of spares.toReversed()) {
    await disk.remove(spare.path);
    await disk.syncFolder(folder);
  }
  return [];
}

/**
 * Opens the log of a folder, or makes a new one.
 * @throws CorruptFileError naming file and offset when acknowledged records are damaged or missing; `ENOSPC` when a
 * first segment does not fit on the disk
 */
export async function openCommitLog(
  options: CommitLogOptions,
  modules: CommitLogModules,
): Promise<SegmentedLog> {
  const { folder } = options;
  const { disk } = modules;
  const segmentBytes = options.segmentBytes ?? storeLimits.segmentBytesDefault;
  checkOptions(segmentBytes);
  await makeDurableFolder(folder, disk);
  const scanBytesMax = options.scanBytesMax ?? storeLimits.logScanBytesMax;
  const recovered = await recoverLog({ folder, scanBytesMax }, disk);
  // After a kill between the rename of a segment and its folder sync, the name may stand in memory only.
  if (recovered.segments.length > 0) await disk.syncFolder(folder);
  if (recovered.last < (options.atLeast ?? 0)) {
    const end = recovered.segments[recovered.current];
    const what = `the log ends at position ${recovered.last}, but position ${options.atLeast} had been acknowledged`;
    throw new CorruptFileError(end?.path ?? folder, end?.end ?? 0, what);
  }
  const header = { segmentBytes, logId: recovered.logId ?? modules.random(16) };
  const kept = recovered.segments.slice(0, recovered.current + 1);
  if (kept.length === 0) kept.push(await prepareSegment(folder, { ...header, number: 1 }, disk));
  const spares = await fittingSpares(
    recovered.segments.slice(recovered.current + 1),
    options.folder,
    segmentBytes,
    disk,
  );
  const nextNumber = (spares.at(-1) ?? kept.at(-1)!).number + 1;
  const supply = new SegmentSupply({ folder, header, nextNumber, spares }, disk);
  const current = kept.at(-1)!;
  const file = await current.acquire('create');
  supply.prepare();
  const { last, attempt, marked } = recovered;
  return new SegmentedLog(
    { segments: kept, current, file, supply, last, attempt, marked, folder, segmentBytes },
    disk,
  );
}
