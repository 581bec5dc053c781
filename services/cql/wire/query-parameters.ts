/** What QUERY, EXECUTE and BATCH say besides. Specification: "CQL BINARY PROTOCOL v5", section 4.1.4. */
import type { BoundValue, QueryParameters } from './api.ts';
import type { BodyReader } from './body-reader.ts';
import { protocolError } from './frame-error.ts';

const flag = {
  values: 0x01,
  skipMetadata: 0x02,
  pageSize: 0x04,
  pagingState: 0x08,
  serialConsistency: 0x10,
  timestamp: 0x20,
  names: 0x40,
  // Of v5, where flags are an int.
  keyspace: 0x80,
  nowInSeconds: 0x100,
} as const;

const lengthBytes = 4;
const nameBytesMin = 2;
const none: readonly BoundValue[] = [];
const timestampMin = -(2n ** 63n);

export function readParameters(reader: BodyReader, version: number): QueryParameters {
  const consistency = reader.consistency();
  const flags = version >= 5 ? reader.int() : reader.byte();
  let values = none;
  let names: string[] | undefined;
  if ((flags & flag.values) !== 0) {
    if ((flags & flag.names) !== 0) {
      names = [];
      values = readNamed(reader, version, names);
    } else values = readValues(reader, version);
  }
  return {
    consistency,
    values,
    names,
    skipsMetadata: (flags & flag.skipMetadata) !== 0,
    pageSize: (flags & flag.pageSize) === 0 ? undefined : reader.int(),
    pagingState: (flags & flag.pagingState) === 0 ? undefined : reader.nullableBytes(),
    serialConsistency: (flags & flag.serialConsistency) === 0 ? undefined : reader.consistency(),
    timestamp: (flags & flag.timestamp) === 0 ? undefined : readTimestamp(reader),
    keyspace: version < 5 || (flags & flag.keyspace) === 0 ? undefined : reader.string(),
    nowInSeconds: version < 5 || (flags & flag.nowInSeconds) === 0 ? undefined : reader.int(),
  };
}

/**
 * Of BATCH. Names stand there behind all values, where nobody can know how to read them (CASSANDRA-10246), so that flag is refused.
 */
export function readBatchParameters(reader: BodyReader, version: number): QueryParameters {
  const parameters = readParameters(reader, version);
  if (parameters.names !== undefined) {
    throw protocolError('Names for values are not supported in BATCH messages (CASSANDRA-10246)');
  }
  return parameters;
}

export function readValues(reader: BodyReader, version: number): BoundValue[] {
  const count = reader.count(lengthBytes);
  const values: BoundValue[] = [];
  for (let i = 0; i < count; i++) values.push(reader.value(version));
  return values;
}

function readNamed(reader: BodyReader, version: number, names: string[]): BoundValue[] {
  const count = reader.count(nameBytesMin + lengthBytes);
  const values: BoundValue[] = [];
  for (let i = 0; i < count; i++) {
    names.push(reader.string());
    values.push(reader.value(version));
  }
  return values;
}

/** The smallest number means in cells that there is none. */
function readTimestamp(reader: BodyReader): bigint {
  const timestamp = reader.long();
  if (timestamp !== timestampMin) return timestamp;
  throw protocolError(
    `Out of bound timestamp, must be in [${timestampMin + 1n}, ${-timestampMin - 1n}] (got ${timestamp})`,
  );
}
