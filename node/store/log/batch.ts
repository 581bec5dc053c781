/** Lays out one batch of records as the buffers of one write, padded to whole sectors. */
import {
  alignUp,
  encodeRecordHeader,
  recordBytes,
  recordHeaderBytes,
  recordKind,
  sectorUp,
} from '../format/v1.ts';
import { storeLimits } from '../limits.ts';

export interface BatchPlace {
  /** Position of the first record; the one before it is durable. */
  readonly position: number;
  readonly attempt: number;
  readonly salt: number;
}

export interface LaidOutBatch {
  readonly buffers: Uint8Array[];
  readonly bytes: number;
  /** Offset of each record from the start of the batch. */
  readonly offsets: number[];
}

/** Bytes of a batch with these records, without the padding. */
export const batchBytes = (records: readonly Uint8Array[]): number =>
  records.reduce((sum, record) => sum + recordBytes(record.length), 0);

/**
 * Small records are copied into `scratch` (reused from batch to batch: only one is ever being written), large ones are
 * passed on as they are.
 */
export class BatchLayout {
  #scratch = Buffer.allocUnsafeSlow(64 * 1024);

  lay(records: readonly Uint8Array[], place: BatchPlace): LaidOutBatch {
    const copied = (record: Uint8Array): boolean => record.length <= storeLimits.logCopyBytesMax;
    let wanted = storeLimits.sectorBytes;
    for (const record of records) wanted += recordHeaderBytes + 8 + (copied(record) ? record.length : 0);
    if (this.#scratch.length < wanted) this.#scratch = Buffer.allocUnsafeSlow(alignUp(wanted, 64 * 1024));
    const scratch = this.#scratch;
    const buffers: Uint8Array[] = [];
    const offsets: number[] = [];
    let bytes = 0;
    let from = 0;
    let at = 0;
    records.forEach((record, index) => {
      offsets.push(bytes);
      const header = {
        kind: recordKind.record,
        position: place.position + index,
        attempt: place.attempt,
        index,
      };
      encodeRecordHeader(scratch, at, header, record, place.salt);
      at += recordHeaderBytes;
      if (copied(record)) {
        scratch.set(record, at);
        at += record.length;
      } else {
        buffers.push(scratch.subarray(from, at), record);
        from = at;
      }
      bytes += recordBytes(record.length);
      const padding = alignUp(record.length, 8) - record.length;
      scratch.fill(0, at, at + padding);
      at += padding;
    });
    const padding = sectorUp(bytes) - bytes;
    scratch.fill(0, at, at + padding);
    buffers.push(scratch.subarray(from, at + padding));
    return { buffers, bytes: bytes + padding, offsets };
  }

  /** The mark of an orderly close: proves that everything up to `last` had been acknowledged. */
  closeMark(last: number, attempt: number, salt: number): LaidOutBatch {
    const sector = Buffer.alloc(storeLimits.sectorBytes);
    const header = { kind: recordKind.closeMark, position: last, attempt, index: 0 };
    encodeRecordHeader(sector, 0, header, Buffer.alloc(0), salt);
    return { buffers: [sector], bytes: sector.length, offsets: [] };
  }
}
