/** Results of statements as frames. */
import type { ColumnSpec, Result } from '../ops/api.ts';
import { wireChange } from '../session/events.ts';
import type { Answered } from '../session/executor.ts';
import type { KeptStatement } from '../session/statement-cache.ts';
import {
  type AnswerHead,
  ColumnMetadata,
  type FrameWriter,
  type RowsOptions,
  RowsWriter,
  writePrepared,
  writeSchemaChange,
  writeSetKeyspace,
  writeVoid,
} from '../wire/index.ts';

/** Of results whose columns are not known before, such as those of conditions: the same lists come again. */
const known = new WeakMap<readonly ColumnSpec[], ColumnMetadata>();

function metadataOf(columns: readonly ColumnSpec[], kept: KeptStatement | undefined): ColumnMetadata {
  if (kept?.columns !== undefined && kept.columns.columns === columns) return kept.columns;
  let metadata = known.get(columns);
  if (metadata === undefined) {
    metadata = new ColumnMetadata(columns);
    known.set(columns, metadata);
  }
  return metadata;
}

export function writeResult(
  out: FrameWriter,
  head: AnswerHead,
  { result, kept }: Answered,
  options: RowsOptions,
): Buffer {
  switch (result.kind) {
    case 'rows':
      return writeRows(out, head, result, kept, options);
    case 'void':
      return writeVoid(out, head);
    case 'set-keyspace':
      return writeSetKeyspace(out, head, result.keyspace);
    case 'schema-change':
      return writeSchemaChange(out, head, wireChange(result.change));
  }
}

function writeRows(
  out: FrameWriter,
  head: AnswerHead,
  { columns, rows, pagingState }: Extract<Result, { kind: 'rows' }>,
  kept: KeptStatement | undefined,
  options: RowsOptions,
): Buffer {
  const metadata = metadataOf(columns, kept);
  // Versions before 5 cannot tell a client that the columns it knows are others by now, so it is told them each time.
  const isSure = kept !== undefined && kept.columns === metadata && (out.version >= 5 || !kept.hasChanged);
  const writer = new RowsWriter(out, head, metadata, {
    skipsMetadata: options.skipsMetadata === true && isSure,
    knownMetadataId: options.knownMetadataId,
  });
  try {
    for (let at = 0; at < rows.length; at++) writer.row(rows[at]!);
    return writer.finish(pagingState);
  } catch (error) {
    writer.discard();
    throw error;
  }
}

export function writePreparedResult(
  out: FrameWriter,
  head: AnswerHead,
  id: Uint8Array,
  { markers, columns, prepared }: KeptStatement,
): Buffer {
  const { partitionKeyMarkers } = prepared;
  return writePrepared(out, head, { id, markers, partitionKeyMarkers, result: columns });
}
