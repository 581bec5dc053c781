/** Events become batches: one transaction says which come next in their stream and writes them, or nothing. */
import {
  type AnyTable,
  ConditionFailed,
  type DomainWrite,
  type RecordKey,
  type StoredRecord,
  stagePieces,
  unstagePieces,
} from '@hypergate/table';
import type { LambdaBase } from '../store/context.ts';
import type { LogPlace } from './api.ts';
import { encodeEvents, eventBytes, type LogEvent, splitEvents } from './batch-body.ts';
import { groupNotFound, logError, streamNotFound } from './errors.ts';
import { logLimits } from './limits.ts';
import {
  type BatchRow,
  batchesTable,
  batchKey,
  type GroupRow,
  groupKey,
  groupsTable,
  type StreamRow,
  streamKey,
  streamsTable,
} from './rows.ts';

const idBytes = 8;

/** A group and a stream of it as they were read. */
interface Target {
  readonly group: StoredRecord<GroupRow>;
  readonly stream: StoredRecord<StreamRow> | undefined;
}

export class EventWriter {
  readonly #base: LambdaBase;
  /** What was read or written last: whoever has it spares two reads, and is refused when it is not so any more. */
  readonly #known = new Map<string, Target>();

  constructor(base: LambdaBase) {
    this.#base = base;
  }

  newId(): string {
    return Buffer.from(this.#base.random.bytes(idBytes)).toString('hex');
  }

  newGroup(place: Pick<LogPlace, 'account' | 'region' | 'group'>): GroupRow {
    return {
      account: place.account,
      region: place.region,
      name: place.group,
      id: this.newId(),
      createdMs: this.#base.clock.now(),
      class: 'STANDARD',
      isProtected: false,
      tags: {},
      storedBytes: 0,
    };
  }

  newStream(group: GroupRow, name: string): StreamRow {
    return {
      name,
      id: this.newId(),
      groupId: group.id,
      createdMs: this.#base.clock.now(),
      nextSequence: 0,
    };
  }

  /**
   * Durable when it resolves. Calls for one stream come one after the other, or are put in an order here.
   * @param makes group and stream when they are not there
   * @throws AwsError ResourceNotFoundException, ServiceUnavailableException
   */
  async write(place: LogPlace, events: readonly LogEvent[], makes: boolean): Promise<void> {
    let some: (readonly LogEvent[])[] = [];
    let bytes = 0;
    for (const batch of splitEvents(events)) {
      const size = bytesOf(batch);
      if (
        some.length >= logLimits.writeBatchesMax ||
        (some.length > 0 && bytes + size > logLimits.writeBytesMax)
      ) {
        await this.#writeSome(place, some, makes);
        some = [];
        bytes = 0;
      }
      some.push(batch);
      bytes += size;
    }
    if (some.length > 0) await this.#writeSome(place, some, makes);
  }

  async #writeSome(place: LogPlace, batches: readonly (readonly LogEvent[])[], makes: boolean) {
    const { tables } = this.#base;
    const ingestedMs = this.#base.clock.now();
    const staged = await Promise.all(
      batches.map((events) => stagePieces(tables, encodeEvents(events[0]!.timeMs, events))),
    );
    let isWritten = false;
    try {
      for (let attempt = 0; attempt < logLimits.writeAttempts && !isWritten; attempt++) {
        const target = await this.#target(place, makes);
        const rows = batches.map(
          (events, i): BatchRow => ({
            groupId: target.group.row.id,
            streamName: place.stream,
            minMs: events[0]!.timeMs,
            maxMs: events.at(-1)!.timeMs,
            ingestedMs,
            bytes: bytesOf(events),
            pieces: staged[i]!,
          }),
        );
        isWritten = await this.#attempt(place, target, rows, ingestedMs);
      }
    } finally {
      if (!isWritten) for (const pieces of staged) unstagePieces(tables, pieces);
    }
    if (!isWritten) throw logError('ServiceUnavailableException', 'The service cannot complete the request.');
  }

  /** @returns whether it was written; if not, others changed the group or the stream */
  async #attempt(
    place: LogPlace,
    { group, stream }: Target,
    rows: readonly BatchRow[],
    ingestedMs: number,
  ): Promise<boolean> {
    const { tables } = this.#base;
    const before = stream?.row ?? this.newStream(group.row, place.stream);
    const row: StreamRow = {
      ...before,
      firstMs: Math.min(before.firstMs ?? Number.POSITIVE_INFINITY, ...rows.map(({ minMs }) => minMs)),
      lastMs: Math.max(before.lastMs ?? 0, ...rows.map(({ maxMs }) => maxMs)),
      ingestedMs,
      nextSequence: before.nextSequence + rows.length,
    };
    const name = nameOf(place);
    const revision = group.revision;
    const writes: DomainWrite[] = [
      {
        kind: 'check',
        domain: this.#base.domain,
        table: groupsTable,
        key: groupKey(place, place.group),
        condition: { revision },
      },
      this.#put(
        streamsTable,
        streamKey(row.groupId, place.stream),
        row,
        stream === undefined ? 'absent' : { revision: stream.revision },
      ),
      ...rows.map((batch, i) =>
        this.#put(
          batchesTable,
          batchKey(row.id, batch.minMs, before.nextSequence + i),
          batch,
          'absent' as const,
        ),
      ),
    ];
    try {
      const applied = await tables.transact(writes);
      this.#remember(name, { group, stream: { row, revision: applied.revision } });
      return true;
    } catch (error) {
      this.#known.delete(name);
      if (error instanceof ConditionFailed) return false;
      throw error;
    }
  }

  #put(
    table: AnyTable,
    key: RecordKey,
    row: unknown,
    condition: 'absent' | { revision: StoredRecord<unknown>['revision'] },
  ): DomainWrite {
    return { kind: 'put', domain: this.#base.domain, table, key, row, condition };
  }

  /** @throws AwsError */
  async #target(place: LogPlace, makes: boolean): Promise<Target> {
    const known = this.#known.get(nameOf(place));
    if (known !== undefined) return known;
    const { domain } = this.#base;
    const group = await domain.get(groupsTable, groupKey(place, place.group));
    if (group === undefined) {
      if (!makes) throw groupNotFound();
      await this.#makeGroup(place);
      return this.#target(place, makes);
    }
    const stream = await domain.get(streamsTable, streamKey(group.row.id, place.stream));
    if (stream === undefined && !makes) throw streamNotFound();
    return { group, stream };
  }

  async #makeGroup(place: LogPlace): Promise<void> {
    const row = this.newGroup(place);
    try {
      await this.#base.tables.transact([this.#put(groupsTable, groupKey(place, place.group), row, 'absent')]);
    } catch (error) {
      // Somebody else made it.
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }

  #remember(name: string, target: Target): void {
    this.#known.delete(name);
    this.#known.set(name, target);
    if (this.#known.size <= logLimits.cachedStreams) return;
    const [oldest] = this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
  }
}

const bytesOf = (events: readonly LogEvent[]): number =>
  events.reduce((sum, event) => sum + eventBytes(event), 0);

/** Groups' names have no colon, nor have streams'. */
export const nameOf = ({ account, region, group, stream }: LogPlace): string =>
  `${account}:${region}:${group}:${stream}`;
