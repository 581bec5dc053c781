/**
 * Segments of a stream, in four ranges of ids: its blocks in order; groups, some in one segment; consumers of all groups,
 * likewise; entries that wait for acknowledgement, a segment for each piece of a group's list. Groups and consumers have
 * numbers, given as they come and never again, by which the others name them.
 *   block      as stored in the whole stream (stream-block-codec.ts)
 *   groups     how many ‖ of each: number ‖ name ‖ last id ‖ entries read + 1
 *   consumers  how many ‖ of each: number ‖ group's number ‖ name ‖ seen f64 ‖ active f64
 *   pending    group's number ‖ how many ‖ of each: id ‖ consumer's number ‖ delivered f64 ‖ deliveries
 */
import type { ByteWriter } from '@hypergate/kit/bytes';
import { engineLimits } from '../limits.ts';
import { type Segment, SegmentTracker } from '../segments.ts';
import { PendingPiece } from './pending-list.ts';
import { StreamBlock } from './stream-block.ts';
import { saveBlock } from './stream-block-codec.ts';
import { type StreamConsumer, StreamGroup } from './stream-group.ts';
import { writeId } from './stream-id-codec.ts';

/** Ids of the four kinds begin at multiples of this. */
const idRange = 2 ** 50;
const firstIds = { blocks: 0, groups: idRange, consumers: 2 * idRange, pending: 3 * idRange } as const;

/** Some groups, or some consumers. */
export class StreamCell<T extends StreamGroup | StreamConsumer = StreamGroup | StreamConsumer>
  implements Segment
{
  id: number;
  mark = 0;
  readonly members: T[] = [];

  constructor(id: number) {
    this.id = id;
  }
}

type StreamSegment = StreamBlock | StreamCell | PendingPiece;

export class StreamTracker extends SegmentTracker<StreamSegment> {
  private blocks = firstIds.blocks;
  private pieces = firstIds.pending;
  private cells = { groups: firstIds.groups as number, consumers: firstIds.consumers as number };
  private groupNumbers = 0;
  private consumerNumbers = 0;
  private groupCell: StreamCell<StreamGroup> | undefined;
  private consumerCell: StreamCell<StreamConsumer> | undefined;

  constructor(blocks: readonly StreamBlock[], groups: Iterable<StreamGroup>) {
    super(save);
    for (const block of blocks) this.addBlock(block);
    for (const group of groups) {
      this.addGroup(group);
      for (const consumer of group.consumers.values()) this.addConsumer(group, consumer);
    }
  }

  addBlock(block: StreamBlock): void {
    block.id = this.blocks++;
    this.add(block);
  }

  addPiece(piece: PendingPiece): void {
    piece.id = this.pieces++;
    this.add(piece);
  }

  /** With what is pending; consumers that it has must follow. */
  addGroup(group: StreamGroup): void {
    let cell = this.groupCell;
    if (cell === undefined || cell.members.length >= engineLimits.streamGroupsPerSegment) {
      cell = this.groupCell = new StreamCell<StreamGroup>(this.cells.groups++);
      this.add(cell);
    } else this.touch(cell);
    group.number = this.groupNumbers++;
    group.cell = cell;
    cell.members.push(group);
    for (const piece of group.pending.track(this, group.number)) this.addPiece(piece);
  }

  addConsumer(group: StreamGroup, consumer: StreamConsumer): void {
    let cell = this.consumerCell;
    if (cell === undefined || cell.members.length >= engineLimits.streamGroupsPerSegment) {
      cell = this.consumerCell = new StreamCell<StreamConsumer>(this.cells.consumers++);
      this.add(cell);
    } else this.touch(cell);
    consumer.number = this.consumerNumbers++;
    consumer.groupNumber = group.number;
    consumer.cell = cell;
    cell.members.push(consumer);
  }

  /** The group or consumer is about to change. */
  touchMember({ cell }: StreamGroup | StreamConsumer): void {
    this.touch(cell!);
  }

  /** With all that is pending for it. */
  dropGroup(group: StreamGroup): void {
    for (const piece of group.pending.untrack()) this.drop(piece);
    for (const consumer of group.consumers.values()) this.dropConsumer(consumer);
    if (this.removeMember(group) && group.cell === this.groupCell) this.groupCell = undefined;
  }

  dropConsumer(consumer: StreamConsumer): void {
    if (this.removeMember(consumer) && consumer.cell === this.consumerCell) this.consumerCell = undefined;
  }

  /** @returns whether the cell is gone */
  private removeMember(member: StreamGroup | StreamConsumer): boolean {
    const cell = member.cell!;
    this.touch(cell);
    cell.members.splice(cell.members.indexOf(member), 1);
    if (cell.members.length > 0) return false;
    this.drop(cell);
    return true;
  }
}

function save(segment: StreamSegment, to: ByteWriter): number {
  if (segment instanceof StreamBlock) {
    saveBlock(segment, to);
    return segment.live;
  }
  if (segment instanceof PendingPiece) savePending(segment, to);
  else {
    to.varint(segment.members.length);
    for (const member of segment.members) {
      if (member instanceof StreamGroup) saveGroup(member, to);
      else saveConsumer(member, to);
    }
  }
  return 0;
}

function saveGroup(group: StreamGroup, to: ByteWriter): void {
  to.varint(group.number);
  to.string(group.name);
  writeId(to, group.lastId);
  to.varint(group.entriesRead + 1);
}

function saveConsumer(consumer: StreamConsumer, to: ByteWriter): void {
  to.varint(consumer.number);
  to.varint(consumer.groupNumber);
  to.string(consumer.name);
  to.f64(consumer.seenAt);
  to.f64(consumer.activeAt);
}

function savePending({ group, entries }: PendingPiece, to: ByteWriter): void {
  to.varint(group);
  to.varint(entries.length);
  for (const entry of entries) {
    writeId(to, entry.id);
    to.varint(entry.consumer.number);
    to.f64(entry.deliveredAt);
    to.varint(entry.deliveries);
  }
}
