/** Reading durable records in order while others are appended and old segments are released. */
import { NodeError } from '../../api/index.ts';
import { CorruptFileError, codeOf } from '../errors.ts';
import { type DecodedRecord, decodeRecord, recordKind, sectorUp } from '../format/v1.ts';
import { storeLimits } from '../limits.ts';
import type { Segment } from './segment.ts';

export interface LogView {
  readonly first: () => number;
  readonly last: () => number;
  /** The segment that holds a durable position; undefined when it was released. */
  readonly segmentOf: (position: number) => Segment | undefined;
}

/** Walks the durable part of a segment through windows of bounded size. */
class Walker {
  readonly #segment: Segment;
  #window: Buffer = Buffer.alloc(0);
  /** Offset in the segment of the window's first byte. */
  #base = 0;

  constructor(segment: Segment) {
    this.#segment = segment;
  }

  async #fill(offset: number, wanted: number): Promise<void> {
    const length = Math.min(Math.max(wanted, storeLimits.logReadWindowBytes), this.#segment.end - offset);
    const file = await this.#segment.acquire('read');
    try {
      this.#window = await file.read(offset, length);
      this.#base = offset;
    } finally {
      await this.#segment.release();
    }
  }

  /** The record exactly at an offset, of any position. */
  async #at(offset: number): Promise<DecodedRecord | undefined> {
    const limit = this.#segment.end - offset;
    for (let wanted = 0; ; ) {
      const inside = offset >= this.#base && offset + wanted <= this.#base + this.#window.length;
      const found = inside && decodeRecord(this.#window, offset - this.#base, this.#segment.salt, limit);
      if (found === undefined || typeof found === 'object') return found;
      const needed = typeof found === 'number' ? found : wanted;
      if (typeof found === 'number' && found === wanted) return undefined;
      await this.#fill(offset, needed);
      if (this.#window.length < Math.min(needed, limit)) return undefined;
      wanted = needed;
    }
  }

  /** The record of a position that is known to lie at the offset or at the next sector. @throws CorruptFileError */
  async next(offset: number, position: number): Promise<{ record: Buffer; end: number }> {
    for (let at = offset; at < this.#segment.end; ) {
      const found = await this.#at(at);
      if (found !== undefined) {
        const end = this.#base + found.end;
        if (found.kind === recordKind.record && found.position === position)
          return { record: found.payload, end };
        if (found.kind === recordKind.closeMark && found.position === position - 1) {
          at = end;
          continue;
        }
      }
      const sector = sectorUp(at);
      if (sector === at) break;
      at = sector;
    }
    throw new CorruptFileError(this.#segment.path, offset, `record ${position} is damaged`);
  }
}

/**
 * @throws NodeError `compacted` when `from`, or a position not yet reached, was released; CorruptFileError
 */
export async function* readLog(
  view: LogView,
  from: number,
): AsyncGenerator<{ readonly position: number; readonly record: Buffer }> {
  if (!Number.isSafeInteger(from) || from < 1) throw new RangeError('log positions start at 1');
  let position = from;
  while (position <= view.last()) {
    const segment = view.segmentOf(position);
    if (segment === undefined) {
      throw new NodeError('compacted', `position ${position} is older than the log keeps (${view.first()})`);
    }
    // Held open: a release in the meantime takes the name away, not the bytes.
    await segment.acquire('read').catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
      throw new NodeError('compacted', `position ${position} was released`, { cause: error });
    });
    try {
      const walker = new Walker(segment);
      let { position: walked, offset } = segment.near(position);
      while (walked <= segment.last) {
        const { record, end } = await walker.next(offset, walked);
        if (walked === position) {
          yield { position, record };
          position += 1;
        }
        walked += 1;
        offset = end;
      }
    } finally {
      await segment.release();
    }
  }
}
