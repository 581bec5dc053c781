/**
 * Events in order, out of batches that overlap: a merge of those batches that are open at a moment. A batch is opened when its border is
 * reached, so little more is in memory than what overlaps.
 */
import { numberBytes, readPieces, type TableDomain, type TableStore } from '@hypergate/table';
import { decodeEvents } from './batch-body.ts';
import { logLimits } from './limits.ts';
import { comparePlaces, type Place } from './place.ts';
import { batchesByEnd, batchesOfGroup, batchesTable, batchKey } from './rows.ts';

export interface StoredEvent {
  readonly place: Place;
  readonly message: string;
  readonly ingestedMs: number;
  readonly streamName: string;
}

export interface EventSource {
  readonly tables: TableStore;
  readonly domain: TableDomain;
}

export type Direction = 'forward' | 'backward';

/** A batch as the index shows it. */
interface BatchRef {
  readonly streamId: string;
  readonly sequence: number;
  readonly minMs: number;
  readonly maxMs: number;
}

interface OpenBatch {
  readonly events: readonly StoredEvent[];
  next: number;
}

/** Of one stream, from a border on, or from it back. */
export function eventsOfStream(
  source: EventSource,
  streamId: string,
  border: Place,
  direction: Direction,
): AsyncGenerator<StoredEvent> {
  const refs =
    direction === 'forward' ? refsForward(source, streamId, border) : refsBackward(source, streamId, border);
  return merged(source, refs, border, direction);
}

/** Of all streams of a group that are wanted, from a border on. */
export function eventsOfGroup(
  source: EventSource,
  groupId: string,
  border: Place,
  isWanted: (streamName: string, streamId: string) => Promise<boolean>,
): AsyncGenerator<StoredEvent> {
  return merged(source, refsOfGroup(source, groupId, border, isWanted), border, 'forward');
}

/** No batch that begins earlier reaches a time. */
const scanStart = (timeMs: number) => numberBytes(Math.max(0, timeMs - logLimits.batchSpanMs));

const u64 = (bytes: Uint8Array, offset: number) =>
  Number(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readBigUInt64BE(offset));

async function* refsForward(
  { domain }: EventSource,
  streamId: string,
  { timeMs }: Place,
): AsyncGenerator<BatchRef> {
  const { partition } = batchKey(streamId, 0, 0);
  const cursor = domain.cursor(batchesTable, partition, { gte: scanStart(timeMs) });
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const maxMs = u64(entry.projection, 0);
    if (maxMs < timeMs) continue;
    yield { streamId, minMs: u64(entry.sort, 0), sequence: u64(entry.sort, 8), maxMs };
  }
}

async function* refsBackward(
  { domain }: EventSource,
  streamId: string,
  { timeMs }: Place,
): AsyncGenerator<BatchRef> {
  const { partition } = batchKey(streamId, 0, 0);
  const lt = numberBytes(timeMs + logLimits.batchSpanMs + 1);
  const cursor = domain.cursorSecondary(batchesByEnd, partition, { lt, reverse: true });
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const minMs = u64(entry.projection, 0);
    if (minMs > timeMs) continue;
    yield { streamId, minMs, sequence: u64(entry.sort, 8), maxMs: u64(entry.sort, 0) };
  }
}

async function* refsOfGroup(
  { domain }: EventSource,
  groupId: string,
  { timeMs }: Place,
  isWanted: (streamName: string, streamId: string) => Promise<boolean>,
): AsyncGenerator<BatchRef> {
  const cursor = domain.cursorSecondary(batchesOfGroup, Buffer.from(groupId, 'hex'), {
    gte: scanStart(timeMs),
  });
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const maxMs = u64(entry.projection, 0);
    if (maxMs < timeMs) continue;
    const streamId = Buffer.from(entry.sort.subarray(8, 16)).toString('hex');
    if (!(await isWanted(Buffer.from(entry.projection.subarray(12)).toString('utf8'), streamId))) continue;
    yield { streamId, minMs: u64(entry.sort, 0), sequence: u64(entry.sort, 16), maxMs };
  }
}

async function* merged(
  source: EventSource,
  refs: AsyncGenerator<BatchRef>,
  border: Place,
  direction: Direction,
): AsyncGenerator<StoredEvent> {
  const isForward = direction === 'forward';
  const sign = isForward ? 1 : -1;
  let open: OpenBatch[] = [];
  let ref = (await refs.next()).value as BatchRef | undefined;
  for (;;) {
    let head = nextOf(open, sign);
    // What a batch that is not open yet may have in front of it.
    while (ref !== undefined && (head === undefined || mayPrecede(ref, head, isForward))) {
      const events = await readBatch(source, ref, border, isForward);
      if (events.length > 0) open.push({ events, next: 0 });
      ref = (await refs.next()).value as BatchRef | undefined;
      head = nextOf(open, sign);
    }
    if (head === undefined) return;
    yield head.events[head.next]!;
    head.next += 1;
    if (head.next === head.events.length) open = open.filter((one) => one !== head);
  }
}

/** The open batch whose turn it is. */
function nextOf(open: readonly OpenBatch[], sign: number): OpenBatch | undefined {
  let best: OpenBatch | undefined;
  for (const one of open)
    if (
      best === undefined ||
      sign * comparePlaces(one.events[one.next]!.place, best.events[best.next]!.place) < 0
    )
      best = one;
  return best;
}

function mayPrecede(
  { streamId, sequence, minMs, maxMs }: BatchRef,
  head: OpenBatch,
  isForward: boolean,
): boolean {
  const { place } = head.events[head.next]!;
  return isForward
    ? comparePlaces({ timeMs: minMs, streamId, sequence, index: 0 }, place) < 0
    : comparePlaces({ timeMs: maxMs, streamId, sequence, index: Number.MAX_SAFE_INTEGER }, place) > 0;
}

/** In the order of reading, from the border. One that was removed meanwhile has none. */
async function readBatch(
  { tables, domain }: EventSource,
  { streamId, sequence, minMs }: BatchRef,
  border: Place,
  isForward: boolean,
): Promise<StoredEvent[]> {
  const found = await domain.get(batchesTable, batchKey(streamId, minMs, sequence));
  if (found === undefined) return [];
  const { pieces, ingestedMs, streamName } = found.row;
  const events = decodeEvents(minMs, await readPieces(tables, pieces)).map(
    ({ timeMs, message }, index): StoredEvent => ({
      place: { timeMs, streamId, sequence, index },
      message,
      ingestedMs,
      streamName,
    }),
  );
  const inside = events.filter(({ place }) => comparePlaces(place, border) >= 0 === isForward);
  return isForward ? inside : inside.reverse();
}
