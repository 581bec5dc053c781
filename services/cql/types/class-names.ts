/**
 * Types by the names of Cassandra's classes: `org.apache.cassandra.db.marshal.ListType(…Int32Type)`. Clients see them as custom types,
 * statements may name them in quotes. A collection or user-defined type is of several cells unless `FrozenType` stands around it.
 */
import { type CqlType, type NativeName, nativeNames, type UdtField } from './api.ts';
import { hexOf } from './binary.ts';
import { typeLimits } from './limits.ts';
import { MarshalError } from './marshal-error.ts';
import { checkDimension, freeze } from './type-shape.ts';

const prefix = 'org.apache.cassandra.db.marshal.';

const classes: Readonly<Record<NativeName, string>> = {
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

const namesOfClasses = new Map(nativeNames.map((name) => [classes[name], name]));

function parametrized(name: string, parameters: readonly string[], frozen: boolean): string {
  const text = `${prefix}${name}(${parameters.join(',')})`;
  return frozen ? `${prefix}FrozenType(${text})` : text;
}

const hexOfText = (text: string) => hexOf(Buffer.from(text, 'utf8'));

/** Within something frozen the mark is left out. */
export function classNameOf(type: CqlType, withinFrozen = false): string {
  switch (type.kind) {
    case 'native':
      return prefix + classes[type.name];
    case 'list':
    case 'set': {
      const element = classNameOf(type.element, withinFrozen || type.frozen);
      return parametrized(
        type.kind === 'list' ? 'ListType' : 'SetType',
        [element],
        type.frozen && !withinFrozen,
      );
    }
    case 'map': {
      const within = withinFrozen || type.frozen;
      const parts = [classNameOf(type.key, within), classNameOf(type.value, within)];
      return parametrized('MapType', parts, type.frozen && !withinFrozen);
    }
    case 'tuple':
      return parametrized(
        'TupleType',
        type.elements.map((element) => classNameOf(element, true)),
        false,
      );
    case 'udt': {
      const within = withinFrozen || type.frozen;
      const fields = type.fields.map(
        (field) => `${hexOfText(field.name)}:${classNameOf(field.type, within)}`,
      );
      return parametrized(
        'UserType',
        [type.keyspace, hexOfText(type.name), ...fields],
        type.frozen && !withinFrozen,
      );
    }
    case 'vector':
      // With a space on either side, as Cassandra writes it.
      return `${prefix}VectorType(${classNameOf(type.element, true)} , ${type.dimension})`;
    case 'custom':
      return type.className;
  }
}

/** Of a clustering column in descending order. */
export function reversedClassName(type: CqlType): string {
  return `${prefix}ReversedType(${classNameOf(type)})`;
}

function custom(text: string, className: string): CqlType {
  return { kind: 'custom', className: className.includes('.') ? text : prefix + text };
}

const identifier = /\s*([0-9A-Za-z\-+._&]*)\s*/y;

class ClassReader {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  whole(): CqlType {
    const type = this.type();
    if (this.at < this.text.length) throw this.failure('unexpected character');
    return type;
  }

  private failure(what: string): MarshalError {
    return new MarshalError(`Syntax error parsing '${this.text}' at char ${this.at}: ${what}`);
  }

  private word(): string {
    identifier.lastIndex = this.at;
    const [whole, word] = identifier.exec(this.text)!;
    this.at += whole.length;
    return word!;
  }

  private takes(sign: string): boolean {
    if (this.text[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }

  private expect(sign: string): void {
    if (!this.takes(sign)) throw this.failure(`expecting '${sign}' token`);
  }

  private name(): string {
    const hex = this.word();
    if (!/^([0-9a-fA-F]{2})*$/.test(hex)) throw this.failure('expecting a name in hexadecimal');
    return Buffer.from(hex, 'hex').toString('utf8');
  }

  private type(): CqlType {
    if (++this.depth > typeLimits.depthMax) throw this.failure('too many types within types');
    const start = this.at;
    const word = this.word();
    const name = word.startsWith(prefix) ? word.slice(prefix.length) : word;
    const native = namesOfClasses.get(name);
    let type: CqlType;
    if (native !== undefined) type = { kind: 'native', name: native };
    else if (this.takes('(')) type = this.parametrized(name, start);
    else if (word === '') throw this.failure('expecting a class');
    else type = custom(word, word);
    this.depth -= 1;
    return type;
  }

  /** Up to the closing parenthesis. */
  private types(count?: number): CqlType[] {
    const types: CqlType[] = [];
    do types.push(this.type());
    while (this.takes(','));
    this.expect(')');
    this.word();
    if (count !== undefined && types.length !== count)
      throw this.failure(`expecting ${count} type parameter${count === 1 ? '' : 's'}`);
    return types;
  }

  private parametrized(name: string, start: number): CqlType {
    switch (name) {
      case 'FrozenType':
        return freeze(this.types(1)[0]!);
      case 'ReversedType':
        return this.types(1)[0]!;
      case 'ListType':
        return { kind: 'list', element: this.types(1)[0]!, frozen: false };
      case 'SetType':
        return { kind: 'set', element: this.types(1)[0]!, frozen: false };
      case 'MapType': {
        const [key, value] = this.types(2);
        return { kind: 'map', key: key!, value: value!, frozen: false };
      }
      case 'TupleType':
        return { kind: 'tuple', elements: this.types().map(freeze) };
      case 'UserType':
        return this.udt();
      case 'VectorType': {
        const element = freeze(this.type());
        this.expect(',');
        const dimension = checkDimension(Number(this.word()));
        this.expect(')');
        this.word();
        return { kind: 'vector', element, dimension };
      }
      default:
        return this.custom(start);
    }
  }

  private udt(): CqlType {
    const keyspace = this.word();
    this.expect(',');
    const name = this.name();
    const fields: UdtField[] = [];
    while (this.takes(',')) {
      const field = this.name();
      this.expect(':');
      fields.push({ name: field, type: this.type() });
    }
    this.expect(')');
    this.word();
    return { kind: 'udt', keyspace, name, fields, frozen: false };
  }

  /** Whatever its parameters are: only that the parentheses match is looked at. */
  private custom(start: number): CqlType {
    let open = 1;
    while (open > 0) {
      const character = this.text[this.at++];
      if (character === undefined) throw this.failure('unexpected end of string');
      if (character === '(') open += 1;
      if (character === ')') open -= 1;
    }
    const className = this.text.slice(start, this.at).trim();
    this.word();
    return custom(className, className.slice(0, className.indexOf('(')));
  }
}

/** The type of a class; one that has no name in CQL becomes a custom type. The mark of a reversed order is dropped. */
export function typeOfClass(className: string): CqlType {
  if (className.length > typeLimits.typeCharactersMax)
    throw new MarshalError('The name of a class is too long');
  return new ClassReader(className).whole();
}
