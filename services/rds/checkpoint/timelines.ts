/** Which timeline holds which part of the log ("Timelines" in PostgreSQL's manual), from the text of a history file. */
import { historyFileName, type Lsn, parseLsn, type Timeline, walFileStart } from '../model/lsn.ts';
import { CheckpointError } from './errors.ts';
import type { WalSource } from './wal-source.ts';

/** One timeline on the way to the newest: its part is [begin, end). */
export interface TimelinePart {
  readonly timeline: Timeline;
  readonly begin: Lsn;
  readonly end: Lsn;
}

const line = /^\s*(\d+)\s+([0-9A-Fa-f]+\/[0-9A-Fa-f]+)/;

/**
 * Oldest first; the last one is `timeline` itself.
 * @param history content of the timeline's file; empty for a timeline without ancestors
 * @throws CheckpointError `damaged`
 */
export function timelineParts(timeline: Timeline, history: string): TimelinePart[] {
  const parts: TimelinePart[] = [];
  let begin = 0;
  for (const text of history.split('\n')) {
    const facts = line.exec(text);
    if (facts === null) continue;
    const end = parseLsn(facts[2]!);
    const parent = Number(facts[1]);
    if (end < begin || parent <= (parts.at(-1)?.timeline ?? 0))
      throw new CheckpointError('damaged', `${historyFileName(timeline)} does not go forward`);
    parts.push({ timeline: parent, begin, end });
    begin = end;
  }
  parts.push({ timeline, begin, end: Number.MAX_SAFE_INTEGER });
  return parts;
}

/** The newest timeline that has a file with this position: a timeline begins with a copy of the file it branched off in. */
export function timelineOfFile(parts: readonly TimelinePart[], lsn: Lsn): Timeline {
  return parts.findLast(({ begin }) => walFileStart(begin) <= walFileStart(lsn))!.timeline;
}

/** Those that have begun before this position. */
export function partsBefore(parts: readonly TimelinePart[], lsn: Lsn): readonly TimelinePart[] {
  return parts.filter(({ begin }) => begin < lsn);
}

/** Whether this timeline's log reaches this position before the next one branches off. */
export function isOnTheWay(parts: readonly TimelinePart[], timeline: Timeline, lsn: Lsn): boolean {
  return parts.some((part) => part.timeline === timeline && lsn <= part.end);
}

export interface WalEnd {
  readonly timeline: Timeline;
  readonly lsn: Lsn;
  readonly parts: readonly TimelinePart[];
  readonly histories: readonly { readonly timeline: Timeline; readonly text: string }[];
}

export async function walEnd(wal: WalSource): Promise<WalEnd> {
  const { timeline, lsn } = await wal.end();
  const histories = await wal.historyFiles();
  const own = histories.find((history) => history.timeline === timeline)?.text ?? '';
  return { timeline, lsn, parts: timelineParts(timeline, own), histories };
}
