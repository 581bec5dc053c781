/**
 * Payloads of DUMP and RESTORE: type u8 ‖ value ‖ version of the format u16 ‖ CRC-64 of all before u64, little endian.
 */
import { FormatError } from '@hypergate/kit/bytes';
import { RedisError } from '../errors.ts';
import type { Value } from '../value.ts';
import { type RdbSource, type RdbTarget, rdbSource, rdbTarget, UnknownTypeError } from './collections.ts';
import { type Crc64, crc64 } from './crc64.ts';
import { rdbLimits } from './limits.ts';
import { RdbReader } from './rdb-reader.ts';
import { RdbWriter } from './rdb-writer.ts';
import { readObject } from './read-object.ts';
import { writeObject } from './write-object.ts';

const footerBytes = 10;
const crcBytes = 8;
const firstBytes = 256;

const wrongFooter = new RedisError('ERR DUMP payload version or checksum are wrong');
const badData = new RedisError('ERR Bad data format');

/** @throws RedisError when it would be longer than a string may be */
export function writePayload(value: Value, source: RdbSource = rdbSource): string {
  const to = new RdbWriter(firstBytes);
  writeObject(value, to, source);
  return sealed(to);
}

/** Adds version and sum to what was written. */
export function sealed(to: RdbWriter): string {
  to.u8(rdbLimits.versionWritten & 0xff);
  to.u8(rdbLimits.versionWritten >> 8);
  const { high, low } = crc64(to.buffer, to.length);
  to.u32(low);
  to.u32(high);
  return to.buffer.latin1Slice(0, to.length);
}

/** A reader of what is before version and sum. @throws RedisError when these are wrong */
export function unsealed(payload: string): RdbReader {
  const bytes = Buffer.from(payload, 'latin1');
  checkFooter(bytes);
  return new RdbReader(bytes, 0, bytes.length - footerBytes);
}

/** @throws RedisError what RESTORE answers */
export function readPayload(payload: string, target: RdbTarget = rdbTarget): Value {
  const from = unsealed(payload);
  try {
    const value = readObject(from.u8(), from, target);
    if (!from.done) throw new FormatError('a payload is longer than its value');
    return value;
  } catch (error) {
    if (error instanceof FormatError || error instanceof UnknownTypeError) throw badData;
    throw error;
  }
}

function checkFooter(bytes: Buffer): void {
  const at = bytes.length - footerBytes;
  if (at < 0 || bytes.readUInt16LE(at) > rdbLimits.versionMax) throw wrongFooter;
  const crc: Crc64 = crc64(bytes, bytes.length - crcBytes);
  if (bytes.readUInt32LE(at + 2) !== crc.low || bytes.readUInt32LE(at + 6) !== crc.high) throw wrongFooter;
}
