/**
 * Segments of a list: its chunks. Ids are labels in the order of the list with room between them: a chunk that is split off
 * gets the number halfway to the next one. When there is none left, tracking ends and the record is written anew.
 */
import type { ByteWriter } from '@hypergate/kit/bytes';
import { type Segment, SegmentTracker } from '../segments.ts';

export interface ListSegment extends Segment {
  readonly items: readonly string[];
}

/** Room for 2^27 chunks at either end, and for 24 splits in the same place. */
const firstId = 2 ** 51;
const stepIds = 2 ** 24;
const idMax = 2 ** 52;

export class ListTracker extends SegmentTracker<ListSegment> {
  constructor(chunks: readonly ListSegment[]) {
    super(saveChunk);
    for (const [i, chunk] of chunks.entries()) {
      chunk.id = firstId + i * stepIds;
      this.add(chunk);
    }
  }

  /**
   * Gives a new chunk its id.
   * @param left the chunk before it, if there is one
   * @returns false when there is no id left
   */
  insert(chunk: ListSegment, left: ListSegment | undefined, right: ListSegment | undefined): boolean {
    if (left === undefined) chunk.id = right === undefined ? firstId : right.id - stepIds;
    else if (right === undefined) chunk.id = left.id + stepIds;
    else chunk.id = Math.floor((left.id + right.id) / 2);
    if (chunk.id < 0 || chunk.id > idMax || chunk.id === left?.id) return false;
    this.add(chunk);
    return true;
  }
}

/** Number of elements ‖ elements from left to right: as a list of them is stored. */
function saveChunk({ items }: ListSegment, to: ByteWriter): number {
  to.varint(items.length);
  for (const item of items) to.string(item);
  return items.length;
}
