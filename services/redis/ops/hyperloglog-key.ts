/** HyperLogLogs under keys. */
import type { Call } from '../engine/call.ts';
import type { Database } from '../engine/database.ts';
import { checkHyperLogLog, emptyHyperLogLog } from '../engine/hyperloglog/hll-format.ts';
import { HyperLogLog } from '../engine/hyperloglog/hyperloglog.ts';
import {
  asString,
  rawInPlace,
  type StringValue,
  spliceBytes,
  writeBytes,
} from '../engine/types/string-changes.ts';
import type { Value } from '../engine/value.ts';

const sparseBytesInitial = 3000;

/** @throws RedisError when the value is no HyperLogLog */
export function asHyperLogLog(value: Value | undefined): StringValue | undefined {
  const text = asString(value);
  if (text !== undefined) checkHyperLogLog(text);
  return text;
}

/** For a change; an empty one is made when the key is missing. @throws RedisError */
export function hyperLogLogForChange(call: Call, key: string, value: StringValue | undefined): HyperLogLog {
  const { db } = call;
  const raw =
    value === undefined ? writeBytes(db, key, undefined, 0, emptyHyperLogLog) : rawInPlace(db, key, value, 0);
  return new HyperLogLog(raw, sparseBytesMax(db), (offset, removed, bytes) =>
    spliceBytes(db, key, raw, offset, removed, bytes),
  );
}

function sparseBytesMax(db: Database): number {
  const { config } = db.engine;
  const name = 'hll-sparse-max-bytes';
  return config.row(name) === undefined ? sparseBytesInitial : config.number(name);
}
