/**
 * Frames to requests. A body is read to its end: what is left over or missing is a protocol error.
 * Specification: "CQL BINARY PROTOCOL", section 4.1. Messages as Apache Cassandra 4.0.
 */
import {
  type BatchItem,
  type BatchRequest,
  batchKinds,
  type EventType,
  type ExecuteRequest,
  eventTypes,
  type Frame,
  frameFlags,
  opcodes,
  type Payload,
  type PrepareRequest,
  type Request,
} from './api.ts';
import { BodyReader } from './body-reader.ts';
import { protocolError } from './frame-error.ts';
import { readBatchParameters, readParameters, readValues } from './query-parameters.ts';

/** The client wants to know how the request was worked on. */
export function isTraced(frame: Frame): boolean {
  return (frame.flags & frameFlags.tracing) !== 0;
}

/** @throws CqlError `protocol`; the next frame can be read all the same */
export function readRequest(frame: Frame): Request {
  const reader = new BodyReader(frame.body);
  const request = readBody(reader, frame, readPayload(reader, frame));
  if (reader.rest > 0) throw protocolError(`Unexpected ${reader.rest} bytes at the end of a message`);
  return request;
}

function readPayload(reader: BodyReader, { flags, version }: Frame): Payload | undefined {
  if ((flags & frameFlags.payload) === 0) return undefined;
  if (version >= 4) return reader.bytesMap();
  throw protocolError('Received frame with CUSTOM_PAYLOAD flag for native protocol version < 4');
}

function readBody(reader: BodyReader, frame: Frame, payload: Payload | undefined): Request {
  const { version } = frame;
  switch (frame.opcode) {
    case opcodes.execute:
      return readExecute(reader, version, payload);
    case opcodes.query:
      return {
        kind: 'query',
        payload,
        query: reader.longString(),
        parameters: readParameters(reader, version),
      };
    case opcodes.batch:
      return readBatch(reader, version, payload);
    case opcodes.prepare:
      return readPrepare(reader, version, payload);
    case opcodes.startup:
      return { kind: 'startup', payload, options: upperCaseNames(reader.stringMap()) };
    case opcodes.authResponse:
      return { kind: 'authResponse', payload, token: reader.nullableBytes() };
    case opcodes.options:
      return { kind: 'options', payload };
    case opcodes.register:
      return { kind: 'register', payload, events: reader.stringList().map(eventType) };
    case opcodes.credentials:
      throw protocolError('Unsupported message');
    default:
      throw unknownOpcode(frame.opcode);
  }
}

function readPrepare(reader: BodyReader, version: number, payload: Payload | undefined): PrepareRequest {
  const query = reader.longString();
  const hasKeyspace = version >= 5 && (reader.int() & 1) !== 0;
  return { kind: 'prepare', payload, query, keyspace: hasKeyspace ? reader.string() : undefined };
}

function readExecute(reader: BodyReader, version: number, payload: Payload | undefined): ExecuteRequest {
  const id = reader.shortBytes();
  const resultMetadataId = version >= 5 ? reader.shortBytes() : undefined;
  return { kind: 'execute', payload, id, resultMetadataId, parameters: readParameters(reader, version) };
}

/** Kind, an empty text, no values. */
const itemBytesMin = 5;

function readBatch(reader: BodyReader, version: number, payload: Payload | undefined): BatchRequest {
  const kind = reader.byte();
  const batchKind = batchKinds[kind];
  if (batchKind === undefined) throw protocolError(`Invalid BATCH message type ${kind}`);
  const count = reader.count(itemBytesMin);
  const items: BatchItem[] = [];
  for (let i = 0; i < count; i++) {
    items.push({ statement: readStatement(reader), values: readValues(reader, version) });
  }
  return { kind: 'batch', payload, batchKind, items, parameters: readBatchParameters(reader, version) };
}

function readStatement(reader: BodyReader): string | Buffer {
  const kind = reader.byte();
  if (kind === 0) return reader.longString();
  if (kind === 1) return reader.shortBytes();
  throw protocolError(`Invalid query kind in BATCH messages. Must be 0 or 1 but got ${kind}`);
}

function eventType(text: string): EventType {
  const upper = text.toUpperCase();
  const type = eventTypes.find((known) => known === upper);
  if (type === undefined) throw protocolError(`Invalid value '${text}' for Type`);
  return type;
}

function upperCaseNames(options: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...options].map(([name, value]) => [name.toUpperCase(), value]));
}

function unknownOpcode(opcode: number): Error {
  const name = Object.entries(opcodes).find(([, code]) => code === opcode)?.[0];
  if (name === undefined) return protocolError(`Unknown opcode ${opcode}`);
  const type = name.replaceAll(/[A-Z]/g, '_$&').toUpperCase();
  return protocolError(
    `Wrong protocol direction (expected RESPONSE, got REQUEST) for opcode ${opcode} (${type})`,
  );
}
