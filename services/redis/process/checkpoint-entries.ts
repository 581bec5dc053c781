/**
 * Entries of a checkpoint (version 1), one a key:
 *   database u8 ‖ flags u8 ‖ key ‖ batch f64 ‖ [expiry f64] ‖ type u8 ‖ value
 * flags: 1 an expiry follows ‖ 2 the key's record is behind ‖ 4 the key may have a record ‖ 8 no value: a key that is gone
 * and whose record is still to be removed (nothing follows the key) ‖ 16 its record may have further rows.
 * `batch` is the last one whose effects the value shows: of later ones every effect is applied to it, of earlier ones none.
 */
import { type ByteReader, type ByteWriter, FormatError } from '@hypergate/kit/bytes';
import type { Engine } from '../engine/engine.ts';
import { recordFlags } from '../engine/key-table.ts';
import type { Value } from '../engine/value.ts';

const flag = { expires: 1, behind: 2, recorded: 4, gone: 8, long: 16 } as const;

export function writeEntry(
  to: ByteWriter,
  engine: Engine,
  entry: {
    readonly database: number;
    readonly key: string;
    readonly value: Value;
    readonly expiresAt: number;
    readonly batch: number;
    readonly record: number;
  },
): void {
  const { database, key, value, expiresAt, batch, record } = entry;
  const type = engine.valueType(value);
  to.u8(database);
  to.u8(
    (expiresAt > 0 ? flag.expires : 0) |
      ((record & (recordFlags.behind | recordFlags.folding)) !== 0 ? flag.behind : 0) |
      ((record & recordFlags.recorded) !== 0 ? flag.recorded : 0) |
      ((record & recordFlags.long) !== 0 ? flag.long : 0),
  );
  to.string(key);
  to.f64(batch);
  if (expiresAt > 0) to.f64(expiresAt);
  to.u8(type.code);
  type.save(value, to);
}

export function writeRemoval(to: ByteWriter, database: number, key: string): void {
  to.u8(database);
  to.u8(flag.gone);
  to.string(key);
}

/** Puts the entries into the engine, which must not be recording. @throws FormatError */
export function readEntries(from: ByteReader, engine: Engine): number {
  let keys = 0;
  while (!from.done) {
    const db = engine.databases[from.u8()];
    if (db === undefined) throw new FormatError('no such database');
    const flags = from.u8();
    const key = from.string();
    if ((flags & flag.gone) !== 0) {
      db.unfoldedRemovals.push(key);
      continue;
    }
    const batch = from.f64();
    const expiresAt = (flags & flag.expires) !== 0 ? from.f64() : 0;
    const type = engine.valueTypeByCode(from.u8());
    if (type === undefined) throw new FormatError('a value of an unknown type');
    const record =
      ((flags & flag.behind) !== 0 ? recordFlags.behind : 0) |
      ((flags & flag.recorded) !== 0 ? recordFlags.recorded : 0) |
      ((flags & flag.long) !== 0 ? recordFlags.long : 0);
    db.load(key, type.load(from), expiresAt, batch, record);
    keys++;
  }
  return keys;
}
