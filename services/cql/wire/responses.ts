/**
 * Answers other than errors and rows, each a whole frame. Specification: "CQL BINARY PROTOCOL", section 4.2 of v3, v4 and v5.
 */
import { type AnswerHead, opcodes, type SchemaChange, type ServerEvent } from './api.ts';
import type { BodyWriter } from './body-writer.ts';
import { type ColumnMetadata, metadataFlags } from './column-metadata.ts';
import type { FrameWriter } from './frame-writer.ts';
import { resultKinds } from './result-kinds.ts';

export function writeReady(out: FrameWriter, head: AnswerHead): Buffer {
  out.begin(opcodes.ready, head);
  return out.finish();
}

/** @param authenticator name of a class of Cassandra's, by which drivers choose what they answer */
export function writeAuthenticate(out: FrameWriter, head: AnswerHead, authenticator: string): Buffer {
  out.begin(opcodes.authenticate, head);
  out.string(authenticator);
  return out.finish();
}

export function writeAuthChallenge(
  out: FrameWriter,
  head: AnswerHead,
  token: Uint8Array | undefined,
): Buffer {
  out.begin(opcodes.authChallenge, head);
  out.bytes(token);
  return out.finish();
}

export function writeAuthSuccess(out: FrameWriter, head: AnswerHead, token: Uint8Array | undefined): Buffer {
  out.begin(opcodes.authSuccess, head);
  out.bytes(token);
  return out.finish();
}

export function writeSupported(
  out: FrameWriter,
  head: AnswerHead,
  options: ReadonlyMap<string, readonly string[]>,
): Buffer {
  out.begin(opcodes.supported, head);
  out.stringMultimap(options);
  return out.finish();
}

export function writeVoid(out: FrameWriter, head: AnswerHead): Buffer {
  out.begin(opcodes.result, head);
  out.int(resultKinds.void);
  return out.finish();
}

export function writeSetKeyspace(out: FrameWriter, head: AnswerHead, keyspace: string): Buffer {
  out.begin(opcodes.result, head);
  out.int(resultKinds.setKeyspace);
  out.string(keyspace);
  return out.finish();
}

export interface Prepared {
  readonly id: Uint8Array;
  readonly markers: ColumnMetadata;
  /** Which marker stands for each column of the partition key; empty unless all have one. */
  readonly partitionKeyMarkers: readonly number[];
  /** Undefined for a statement without rows. */
  readonly result: ColumnMetadata | undefined;
}

/** Also of a statement without rows: something that does not change. */
const emptyMetadataId = Buffer.alloc(16);

export function writePrepared(out: FrameWriter, head: AnswerHead, prepared: Prepared): Buffer {
  const { id, markers, partitionKeyMarkers, result } = prepared;
  out.begin(opcodes.result, head);
  out.int(resultKinds.prepared);
  out.shortBytes(id);
  if (out.version >= 5) out.shortBytes(result?.id ?? emptyMetadataId);
  out.int(markers.flags);
  out.int(markers.columns.length);
  if (out.version >= 4) {
    out.int(partitionKeyMarkers.length);
    for (const index of partitionKeyMarkers) out.short(index);
  }
  out.raw(markers.bytes(out.version));
  if (result === undefined) {
    out.int(metadataFlags.none);
    out.int(0);
  } else {
    out.int(result.flags);
    out.int(result.columns.length);
    out.raw(result.bytes(out.version));
  }
  return out.finish();
}

export function writeSchemaChange(out: FrameWriter, head: AnswerHead, change: SchemaChange): Buffer {
  out.begin(opcodes.result, head);
  out.int(resultKinds.schemaChange);
  putSchemaChange(out, out.version, change);
  return out.finish();
}

const eventHead: AnswerHead = { stream: -1 };

export function writeEvent(out: FrameWriter, event: ServerEvent): Buffer {
  out.begin(opcodes.event, eventHead);
  out.string(event.type);
  if (event.type === 'SCHEMA_CHANGE') putSchemaChange(out, out.version, event.change);
  else {
    out.string(event.change);
    out.inet(event.node);
  }
  return out.finish();
}

/** v3 has no functions: there the keyspace changed, as Cassandra says it. */
function putSchemaChange(out: BodyWriter, version: number, change: SchemaChange): void {
  const isFunction = change.target === 'FUNCTION' || change.target === 'AGGREGATE';
  if (isFunction && version < 4) {
    putSchemaChange(out, version, { change: 'UPDATED', target: 'KEYSPACE', keyspace: change.keyspace });
    return;
  }
  out.string(change.change);
  out.string(change.target);
  out.string(change.keyspace);
  if (change.target !== 'KEYSPACE') out.string(change.name);
  if (change.target === 'FUNCTION' || change.target === 'AGGREGATE') out.stringList(change.argumentTypes);
}
