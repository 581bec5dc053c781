/**
 * Forms of the query protocol: `Action=…&Version=…&Tags.member.1.Key=a&Tags.member.1.Value=b`
 * (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html). Names are split at dots into a tree of maps, which is
 * then read along the schema; names that the schema does not know are ignored.
 */
import { isUtf8 } from 'node:buffer';
import type { MemberSchema, ServiceSchemas, Shape } from '../definition.ts';
import { documentBytesMax, formDepthMax, formFieldsMax } from './limits.ts';
import { textParser } from './scalars.ts';
import { setKey, shapeOf } from './schema.ts';

export class FormError extends Error {}

interface Node {
  text: string | undefined;
  /** Absent until needed: hostile forms have many leaves. */
  children: Map<string, Node> | undefined;
}
type Read = (node: Node) => unknown;

/** @returns fields in order, later ones win. @throws FormError */
export function parseForm(bytes: Uint8Array): Map<string, string> {
  if (bytes.byteLength > documentBytesMax) throw new FormError('The form is too long');
  if (!isUtf8(bytes)) throw new FormError('The form is not valid UTF-8');
  const fields = new Map<string, string>();
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  let start = 0;
  let count = 0;
  while (start <= text.length) {
    let end = text.indexOf('&', start);
    if (end < 0) end = text.length;
    if (end > start) {
      if (++count > formFieldsMax) throw new FormError('The form has too many fields');
      const pair = text.slice(start, end);
      const equals = pair.indexOf('=');
      if (equals < 0) fields.set(unescapeField(pair), '');
      else fields.set(unescapeField(pair.slice(0, equals)), unescapeField(pair.slice(equals + 1)));
    }
    start = end + 1;
  }
  return fields;
}

export class FormCompiler {
  readonly #schemas: ServiceSchemas;
  readonly #structures = new Map<string, Read>();

  constructor(schemas: ServiceSchemas) {
    this.#schemas = schemas;
  }

  /** @returns a function from form fields to the shape's value. @throws FormError */
  decoder(member: MemberSchema): (fields: ReadonlyMap<string, string>) => unknown {
    const read = this.#read(member);
    return (fields) => read(treeOf(fields));
  }

  #read(member: MemberSchema): Read {
    const shape = shapeOf(this.#schemas, member.shape);
    if (shape.type === 'structure') return this.#named(member.shape, shape);
    if (shape.type === 'list') return this.#list(member, shape.member);
    if (shape.type === 'map') return this.#map(member, shape);
    const parse = textParser(shape, member.timestampFormat ?? 'date-time');
    return (node) => {
      const text = node.text ?? '';
      if (parse === undefined) return text;
      const value = parse(text.trim());
      if (value === undefined) throw new FormError(`Expected a ${shape.type}`);
      return value;
    };
  }

  #named(name: string, shape: Shape & { type: 'structure' }): Read {
    const known = this.#structures.get(name);
    if (known !== undefined) return known;
    let rows: readonly { name: string; key: string; read: Read }[] = [];
    const read: Read = (node) => {
      const value: Record<string, unknown> = {};
      for (const row of rows) {
        const child = node.children?.get(row.key);
        if (child !== undefined) value[row.name] = row.read(child);
      }
      return value;
    };
    this.#structures.set(name, read);
    rows = Object.entries(shape.members).map(([memberName, member]) => ({
      name: memberName,
      key: member.xmlName ?? memberName,
      read: this.#read(member),
    }));
    return read;
  }

  #list(member: MemberSchema, item: MemberSchema): Read {
    const read = this.#read(item);
    const prefix = member.xmlFlattened === true ? undefined : (item.xmlName ?? 'member');
    return (node) => numbered(prefix === undefined ? node : node.children?.get(prefix)).map(read);
  }

  #map(member: MemberSchema, shape: Shape & { type: 'map' }): Read {
    const readValue = this.#read(shape.value);
    const keyName = shape.key.xmlName ?? 'key';
    const valueName = shape.value.xmlName ?? 'value';
    return (node) => {
      const map: Record<string, unknown> = {};
      for (const entry of numbered(member.xmlFlattened === true ? node : node.children?.get('entry'))) {
        const key = entry.children?.get(keyName)?.text;
        const value = entry.children?.get(valueName);
        if (key === undefined || value === undefined)
          throw new FormError('A map entry lacks its key or value');
        setKey(map, key, readValue(value));
      }
      return map;
    };
  }
}

/** Children `1`, `2`, … in numeric order; gaps are allowed, as AWS allows them. */
function numbered(node: Node | undefined): Node[] {
  if (node?.children === undefined) return [];
  const items: [number, Node][] = [];
  for (const [key, child] of node.children) {
    if (!/^[1-9]\d{0,8}$/.test(key)) throw new FormError('A list index is not a number');
    items.push([Number(key), child]);
  }
  return items.sort((a, b) => a[0] - b[0]).map(([, child]) => child);
}

function treeOf(fields: ReadonlyMap<string, string>): Node {
  const root: Node = { text: undefined, children: undefined };
  for (const [name, value] of fields) {
    const path = name.split('.', formDepthMax + 1);
    if (path.length > formDepthMax) throw new FormError('A field name is nested too deeply');
    let node = root;
    for (const segment of path) {
      node.children ??= new Map();
      let child = node.children.get(segment);
      if (child === undefined) {
        child = { text: undefined, children: undefined };
        node.children.set(segment, child);
      }
      node = child;
    }
    node.text = value;
  }
  return root;
}

function unescapeField(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch (error) {
    throw new FormError('A field is not valid percent-encoding', { cause: error });
  }
}
