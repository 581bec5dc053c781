/**
 * Compiles shapes into functions that read XML straight into plain objects, without a tree in between. Every element
 * must be one the schema knows and may stand once unless it is a list's: a lifecycle filter that was silently dropped
 * would delete the wrong objects, and S3 refuses such documents too. @throws XmlError
 */
import type { MemberSchema, ServiceSchemas, Shape } from '../definition.ts';
import { textParser } from './scalars.ts';
import { setKey, shapeOf } from './schema.ts';
import { XmlError, XmlReader } from './xml-reader.ts';

/** Reads the element just entered, up to and with its end tag. */
type Read = (reader: XmlReader) => unknown;
type ReadInto = (reader: XmlReader, target: Record<string, unknown>) => void;

/** From a whole document to the value of its root element. */
export type XmlDecoder = (bytes: Uint8Array) => unknown;

export class XmlDecodeCompiler {
  readonly #schemas: ServiceSchemas;
  readonly #structures = new Map<string, Read>();

  constructor(schemas: ServiceSchemas) {
    this.#schemas = schemas;
  }

  /** Decoder of documents whose root element is `rootName` and holds the shape. */
  document(member: MemberSchema, rootName: string): XmlDecoder {
    const read = this.#value(member);
    return (bytes) => {
      const reader = new XmlReader(bytes);
      if (reader.openRoot() !== rootName) throw new XmlError(`root element is not ${rootName}`, 0);
      const value = read(reader);
      reader.finish();
      return value;
    };
  }

  /** Decoder of a structure with only some of its members (those without an HTTP binding). */
  members(shape: Shape & { type: 'structure' }, names: ReadonlySet<string>, rootName: string): XmlDecoder {
    const members = Object.fromEntries(Object.entries(shape.members).filter(([name]) => names.has(name)));
    const read = this.#structure({ ...shape, members });
    return (bytes) => {
      const reader = new XmlReader(bytes);
      if (reader.openRoot() !== rootName) throw new XmlError(`root element is not ${rootName}`, 0);
      const value = read(reader);
      reader.finish();
      return value;
    };
  }

  #value(member: MemberSchema): Read {
    const shape = shapeOf(this.#schemas, member.shape);
    if (shape.type === 'structure') return this.#named(member.shape, shape);
    if (shape.type === 'list') return this.#list(shape.member);
    if (shape.type === 'map') return this.#map(shape.key, shape.value);
    const parse = textParser(shape, member.timestampFormat ?? 'date-time');
    if (parse === undefined) return (reader) => reader.text();
    return (reader) => {
      const value = parse(reader.text().trim());
      if (value === undefined) throw new XmlError(`not a ${shape.type}`, 0);
      return value;
    };
  }

  /** Shapes may contain themselves: while the body is compiled a forwarding closure stands for it. */
  #named(name: string, shape: Shape & { type: 'structure' }): Read {
    const known = this.#structures.get(name);
    if (known !== undefined) return known;
    let body: Read | undefined;
    this.#structures.set(name, (reader) => body!(reader));
    body = this.#structure(shape);
    this.#structures.set(name, body);
    return body;
  }

  #structure(shape: Shape & { type: 'structure' }): Read {
    const children = new Map<string, ReadInto>();
    const attributes: { readonly name: string; readonly xmlName: string }[] = [];
    const required: string[] = [];
    for (const [name, member] of Object.entries(shape.members)) {
      if (member.required === true) required.push(name);
      if (member.xmlAttribute === true) attributes.push({ name, xmlName: member.xmlName ?? name });
      else children.set(localName(member.xmlName ?? name), this.#member(name, member));
    }
    return (reader) => {
      const value: Record<string, unknown> = {};
      for (const { name, xmlName } of attributes) {
        const text = reader.attribute(xmlName);
        if (text !== undefined) value[name] = text;
      }
      for (let child = reader.nextChild(); child !== undefined; child = reader.nextChild()) {
        const read = children.get(child);
        if (read === undefined) throw new XmlError(`unknown element ${child}`, 0);
        read(reader, value);
      }
      for (const name of required) if (value[name] === undefined) throw new XmlError(`${name} is missing`, 0);
      return value;
    };
  }

  #member(name: string, member: MemberSchema): ReadInto {
    const shape = shapeOf(this.#schemas, member.shape);
    if (member.xmlFlattened === true && shape.type === 'list') {
      const read = this.#value(shape.member);
      return (reader, target) => {
        const item = read(reader);
        const list = target[name] as unknown[] | undefined;
        if (list === undefined) target[name] = [item];
        else list.push(item);
      };
    }
    if (member.xmlFlattened === true && shape.type === 'map') {
      const entry = this.#entry(shape.key, shape.value);
      return (reader, target) => entry(reader, (target[name] ??= {}) as Record<string, unknown>);
    }
    const read = this.#value(member);
    return (reader, target) => {
      if (target[name] !== undefined) throw new XmlError(`${name} given twice`, 0);
      target[name] = read(reader);
    };
  }

  #list(member: MemberSchema): Read {
    const read = this.#value(member);
    const itemName = member.xmlName ?? 'member';
    return (reader) => {
      const list: unknown[] = [];
      for (let child = reader.nextChild(); child !== undefined; child = reader.nextChild()) {
        if (child !== itemName) throw new XmlError(`unknown element ${child}`, 0);
        list.push(read(reader));
      }
      return list;
    };
  }

  #map(key: MemberSchema, value: MemberSchema): Read {
    const entry = this.#entry(key, value);
    return (reader) => {
      const map: Record<string, unknown> = {};
      for (let child = reader.nextChild(); child !== undefined; child = reader.nextChild()) {
        if (child !== 'entry') throw new XmlError(`unknown element ${child}`, 0);
        entry(reader, map);
      }
      return map;
    };
  }

  #entry(key: MemberSchema, value: MemberSchema): ReadInto {
    const readValue = this.#value(value);
    const keyName = key.xmlName ?? 'key';
    const valueName = value.xmlName ?? 'value';
    return (reader, map) => {
      let name: string | undefined;
      let found: unknown;
      for (let child = reader.nextChild(); child !== undefined; child = reader.nextChild()) {
        if (child === keyName && name === undefined) name = reader.text();
        else if (child === valueName && found === undefined) found = readValue(reader);
        else throw new XmlError(`unknown element ${child}`, 0);
      }
      if (name === undefined || found === undefined) throw new XmlError('map entry without key or value', 0);
      setKey(map, name, found);
    };
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
