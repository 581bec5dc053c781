/** Reads the log along a history of timelines, in order, and verifies that what it reads is one chain. */
import type { InstanceStore } from '../model/instance-store.ts';
import { formatLsn, type Lsn, type Timeline } from '../model/lsn.ts';
import { WalError } from './errors.ts';
import type { Places } from './places.ts';
import { contentAt, type StretchContent } from './stretch-content.ts';
import { lastStretch } from './stretches.ts';
import type { TimelineHistory, Timelines } from './timelines.ts';

type Reading = Pick<InstanceStore, 'tables' | 'domain'>;

/**
 * Bytes [from, to), wherever batches begin and end. A timeline's last bytes that its child left behind are no part of it.
 * @throws WalError `missing` when a part is removed or never was; `damaged`
 */
export async function* readWal(
  store: Reading,
  places: Places,
  timelines: Timelines,
  history: TimelineHistory,
  from: Lsn,
  to: Lsn,
): AsyncGenerator<Buffer> {
  let at = from;
  let before: StretchContent | undefined;
  for (const span of history) {
    if (at >= to) return;
    const end = Math.min(to, span.end ?? to);
    if (at < span.start)
      throw new WalError('missing', `${formatLsn(at)} is before the log begins, at ${formatLsn(span.start)}`);
    while (at < end) {
      const content = await contentAt(store, places, span.timeline, at);
      await checkLink(store, places, timelines, before, content);
      yield content.bytes.subarray(at - content.start, Math.min(end, content.end) - content.start);
      before = content;
      at = Math.min(end, content.end);
    }
  }
}

/** A batch names the one before it, also when that is the last of another timeline. */
async function checkLink(
  store: Reading,
  places: Places,
  timelines: Timelines,
  before: StretchContent | undefined,
  content: StretchContent,
): Promise<void> {
  if (before === undefined) return;
  const isNext = before.timeline === content.timeline && before.end === content.start;
  // A stretch that was read before may meanwhile be part of a longer one, which was verified as a whole.
  if (!isNext && before.timeline === content.timeline) return;
  const hash = isNext ? before.hash : await lastLinkBefore(store, places, timelines, content.timeline);
  if (hash !== undefined && !hash.equals(content.prevHash))
    throw new WalError(
      'damaged',
      `what follows at ${formatLsn(content.start)} of timeline ${content.timeline} was not written behind what is before it`,
    );
}

async function lastLinkBefore(
  { domain }: Reading,
  places: Places,
  timelines: Timelines,
  timeline: Timeline,
): Promise<Buffer | undefined> {
  for (const { timeline: earlier } of timelines.list().reverse()) {
    const last = earlier < timeline ? await lastStretch(domain, places, earlier) : undefined;
    if (last !== undefined) return last.hash;
  }
  return undefined;
}
