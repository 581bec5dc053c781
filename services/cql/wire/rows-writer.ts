/**
 * A page of rows, written as they are found. How many there are and where the next page begins is filled in at the end.
 * Specification: "CQL BINARY PROTOCOL v5", section 4.2.5.2.
 */
import { type AnswerHead, opcodes } from './api.ts';
import { type ColumnMetadata, metadataFlags } from './column-metadata.ts';
import type { FrameWriter } from './frame-writer.ts';
import { wireLimits } from './limits.ts';
import { resultKinds } from './result-kinds.ts';

export interface RowsOptions {
  /** The client knows the columns. */
  readonly skipsMetadata?: boolean;
  /** What EXECUTE of v5 named: with another one it is told the columns, even if it did not ask. */
  readonly knownMetadataId?: Uint8Array | undefined;
}

export class RowsWriter {
  private readonly out: FrameWriter;
  private readonly flagsPlace: number;
  private readonly countPlace: number;
  private readonly flags: number;
  private rowCount = 0;

  /** Begins the answer: nothing else may be written with `out` until `finish` or `discard`. */
  constructor(out: FrameWriter, head: AnswerHead, metadata: ColumnMetadata, options: RowsOptions = {}) {
    this.out = out;
    out.begin(opcodes.result, head, wireLimits.pagingRoomBytes);
    out.int(resultKinds.rows);
    const { knownMetadataId } = options;
    const hasChanged =
      out.version >= 5 && knownMetadataId !== undefined && !metadata.id.equals(knownMetadataId);
    const isSkipped = options.skipsMetadata === true && !hasChanged;
    this.flags = isSkipped ? metadataFlags.none : metadata.flags | (hasChanged ? metadataFlags.changed : 0);
    this.flagsPlace = out.length;
    out.int(this.flags);
    out.int(metadata.columns.length);
    if (hasChanged) out.shortBytes(metadata.id);
    if (!isSkipped) out.raw(metadata.bytes(out.version));
    this.countPlace = out.length;
    out.int(0);
  }

  get rows(): number {
    return this.rowCount;
  }

  /** Bytes of the answer so far. */
  get length(): number {
    return this.out.length;
  }

  /** A value for each column; null when undefined. */
  row(values: readonly (Uint8Array | undefined)[]): void {
    const { out } = this;
    for (let i = 0; i < values.length; i++) out.bytes(values[i]);
    this.rowCount++;
  }

  /** One value of a row; `endRow` goes behind the last. */
  value(value: Uint8Array | undefined): void {
    this.out.bytes(value);
  }

  endRow(): void {
    this.rowCount++;
  }

  /** @param pagingState where the next page begins; undefined when this was the last */
  finish(pagingState?: Uint8Array): Buffer {
    const { out } = this;
    out.intAt(this.countPlace, this.rowCount);
    if (pagingState !== undefined) {
      out.intAt(this.flagsPlace, this.flags | metadataFlags.morePages);
      const bytes = Buffer.allocUnsafe(4 + pagingState.length);
      bytes.writeInt32BE(pagingState.length);
      bytes.set(pagingState, 4);
      out.insertAt(this.flagsPlace + 8, bytes);
    }
    return out.finish();
  }

  /** The rows came to an error: another answer is written instead. */
  discard(): void {
    this.out.discard();
  }
}
