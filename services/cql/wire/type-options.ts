/** Types as the metadata of results names them. Specification: "CQL BINARY PROTOCOL v5", section 4.2.5.2. */
import type { CqlType, NativeName } from '../types/api.ts';
import { classNameOf } from '../types/class-names.ts';
import type { BodyWriter } from './body-writer.ts';

const custom = 0x00;
const list = 0x20;
const map = 0x21;
const set = 0x22;
const udt = 0x30;
const tuple = 0x31;

const natives: Record<NativeName, number> = {
  ascii: 0x01,
  bigint: 0x02,
  blob: 0x03,
  boolean: 0x04,
  counter: 0x05,
  decimal: 0x06,
  double: 0x07,
  float: 0x08,
  int: 0x09,
  timestamp: 0x0b,
  uuid: 0x0c,
  text: 0x0d,
  varint: 0x0e,
  timeuuid: 0x0f,
  inet: 0x10,
  date: 0x11,
  time: 0x12,
  smallint: 0x13,
  tinyint: 0x14,
  duration: 0x15,
};

/** Numbers that older clients do not know. */
const since: Partial<Record<NativeName, number>> = { date: 4, time: 4, smallint: 4, tinyint: 4, duration: 5 };

export function writeType(out: BodyWriter, type: CqlType, version: number): void {
  switch (type.kind) {
    case 'native':
      if (version < (since[type.name] ?? 0)) writeCustom(out, type);
      else out.short(natives[type.name]);
      return;
    case 'list':
    case 'set':
      out.short(type.kind === 'list' ? list : set);
      writeType(out, type.element, version);
      return;
    case 'map':
      out.short(map);
      writeType(out, type.key, version);
      writeType(out, type.value, version);
      return;
    case 'tuple':
      out.short(tuple);
      out.short(type.elements.length);
      for (const element of type.elements) writeType(out, element, version);
      return;
    case 'udt':
      out.short(udt);
      out.string(type.keyspace);
      out.string(type.name);
      out.short(type.fields.length);
      for (const field of type.fields) {
        out.string(field.name);
        writeType(out, field.type, version);
      }
      return;
    case 'vector':
    case 'custom':
      writeCustom(out, type);
  }
}

function writeCustom(out: BodyWriter, type: CqlType): void {
  out.short(custom);
  out.string(classNameOf(type));
}
