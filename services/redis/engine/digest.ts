/**
 * A fingerprint of a key's value, or of all keys: equal states have equal fingerprints, in whatever order their keys, fields
 * and members came. For tests; it is no cryptographic hash.
 */
import { ByteWriter } from '@hypergate/kit/bytes';
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';
import { HashValue } from './types/hash-value.ts';
import { SetValue } from './types/set-value.ts';
import type { Value } from './value.ts';

const lanes = 5;
const none = '00'.repeat(lanes * 4);

/** 40 hexadecimal digits. */
export function valueDigest(engine: Engine, db: Database, key: string): string {
  const value = db.peek(key);
  return value === undefined ? none : hex(hashValue(engine, value, db.expiresAt(key), ''));
}

/** 40 hexadecimal digits, all zero for an engine without keys. */
export function datasetDigest(engine: Engine): string {
  const sum = new Uint32Array(lanes);
  for (const db of engine.databases) {
    for (const part of db.keys.parts) {
      for (let position = 0; position < part.size; position++) {
        const key = part.keys[position]!;
        addTo(sum, hashValue(engine, part.values[position]!, db.expiresAt(key), `${db.index} ${key}`));
      }
    }
  }
  return hex(sum);
}

function hashValue(engine: Engine, value: Value, expiresAt: number, name: string): Uint32Array {
  const type = engine.valueType(value);
  const out = new ByteWriter(256);
  out.string(name);
  out.u8(type.code);
  out.u8(expiresAt > 0 ? 1 : 0);
  if (value instanceof SetValue) saveUnordered(value.size, out, (i, to) => to.string(value.keys[i]!));
  else if (value instanceof HashValue) saveUnordered(value.size, out, (i, to) => saveField(value, i, to));
  else type.save(value, out);
  return hashBytes(out);
}

/** The fingerprints of elements that have no order, as one. */
function saveUnordered(
  count: number,
  out: ByteWriter,
  saveElement: (index: number, to: ByteWriter) => void,
): void {
  const sum = new Uint32Array(lanes);
  const element = new ByteWriter(256);
  for (let i = 0; i < count; i++) {
    element.length = 0;
    saveElement(i, element);
    addTo(sum, hashBytes(element));
  }
  out.varint(count);
  for (const lane of sum) out.u32(lane);
}

function saveField(hash: HashValue, index: number, to: ByteWriter): void {
  const field = hash.fields.keys[index]!;
  to.string(field);
  to.string(hash.fields.values[index]!);
  to.f64(hash.deadline(field));
}

function addTo(sum: Uint32Array, hash: Uint32Array): void {
  for (let lane = 0; lane < lanes; lane++) sum[lane]! ^= hash[lane]!;
}

function hashBytes(out: ByteWriter): Uint32Array {
  const hash = new Uint32Array(lanes);
  for (let lane = 0; lane < lanes; lane++) hash[lane] = fnv(out, 0x811c9dc5 + lane * 0x9e3779b9);
  return hash;
}

/** FNV-1a (Fowler, Noll, Vo; public domain) from a seed, with a final avalanche. */
function fnv({ buffer, length }: ByteWriter, seed: number): number {
  let hash = seed | 0;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ buffer[i]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

function hex(hash: Uint32Array): string {
  return [...hash].map((lane) => lane.toString(16).padStart(8, '0')).join('');
}
