/**
 * Names of Cassandra's classes for types that a version of the protocol has no number for. Specification: "CQL BINARY PROTOCOL", option
 * 0x0000; the forms are those of TypeParser in Apache Cassandra 5.0.
 */
import type { CqlType, NativeName } from '../types/api.ts';

const prefix = 'org.apache.cassandra.db.marshal.';

const natives: Record<NativeName, string> = {
  ascii: 'AsciiType',
  bigint: 'LongType',
  blob: 'BytesType',
  boolean: 'BooleanType',
  counter: 'CounterColumnType',
  date: 'SimpleDateType',
  decimal: 'DecimalType',
  double: 'DoubleType',
  duration: 'DurationType',
  float: 'FloatType',
  inet: 'InetAddressType',
  int: 'Int32Type',
  smallint: 'ShortType',
  text: 'UTF8Type',
  time: 'TimeType',
  timestamp: 'TimestampType',
  timeuuid: 'TimeUUIDType',
  tinyint: 'ByteType',
  uuid: 'UUIDType',
  varint: 'IntegerType',
};

export function className(type: CqlType): string {
  switch (type.kind) {
    case 'native':
      return prefix + natives[type.name];
    case 'list':
      return frozen(type.frozen, `${prefix}ListType(${className(type.element)})`);
    case 'set':
      return frozen(type.frozen, `${prefix}SetType(${className(type.element)})`);
    case 'map':
      return frozen(type.frozen, `${prefix}MapType(${className(type.key)},${className(type.value)})`);
    case 'tuple':
      return `${prefix}TupleType(${type.elements.map(className).join(',')})`;
    case 'udt': {
      const fields = type.fields.map((field) => `,${hex(field.name)}:${className(field.type)}`).join('');
      return frozen(type.frozen, `${prefix}UserType(${type.keyspace},${hex(type.name)}${fields})`);
    }
    case 'vector':
      return `${prefix}VectorType(${className(type.element)} , ${type.dimension})`;
    case 'custom':
      return type.className;
  }
}

function frozen(isFrozen: boolean, name: string): string {
  return isFrozen ? `${prefix}FrozenType(${name})` : name;
}

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
