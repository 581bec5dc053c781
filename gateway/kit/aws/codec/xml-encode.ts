/**
 * Compiles shapes into functions that write XML text. What XML 1.0 cannot hold (control characters, U+FFFE, U+FFFF) is
 * written as a character reference, as S3 does: a key with such characters is then readable by lenient parsers, and
 * `encoding-type=url` serves the strict ones. Carriage returns are references, since parsers turn literal ones to line feeds.
 */
import type { MemberSchema, ServiceSchemas, Shape } from '../definition.ts';
import { textFormatter } from './scalars.ts';
import { shapeOf } from './schema.ts';

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

type Write = (value: unknown) => string;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be escaped
const TEXT_UNSAFE = /[&<>"\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\ufffe\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be escaped
const TEXT_UNSAFE_ALL = /[&<>"\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\ufffe\uffff]/g;
const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escapeXml(text: string): string {
  if (!TEXT_UNSAFE.test(text)) return text;
  return text.replace(TEXT_UNSAFE_ALL, (c) => NAMED[c] ?? reference(c));
}

export function escapeXmlAttribute(text: string): string {
  return escapeXml(text).replace(/[\t\n]/g, reference);
}

function reference(c: string): string {
  return `&#x${c.charCodeAt(0).toString(16).toUpperCase()};`;
}

export class XmlEncodeCompiler {
  readonly #schemas: ServiceSchemas;
  readonly #contents = new Map<string, Write>();

  constructor(schemas: ServiceSchemas) {
    this.#schemas = schemas;
  }

  /** Writer of an element with a name, holding the shape; `names` limits a structure to some members. */
  element(member: MemberSchema, name: string, xmlns?: string, names?: ReadonlySet<string>): Write {
    const shape = shapeOf(this.#schemas, member.shape);
    const attribute =
      xmlns === undefined ? namespaceAttribute(member) : ` xmlns="${escapeXmlAttribute(xmlns)}"`;
    if (shape.type !== 'structure') return wrap(name, attribute, this.#content(member));
    const attributes = this.#attributes(shape);
    const content = names === undefined ? this.#structure(member.shape, shape) : this.#members(shape, names);
    if (attributes === undefined) return wrap(name, attribute, content);
    return (value) => {
      const inner = content(value);
      const open = `<${name}${attribute}${attributes(value)}`;
      return inner === '' ? `${open}/>` : `${open}>${inner}</${name}>`;
    };
  }

  /** Writes all elements that one member of a structure becomes. */
  #member(name: string, member: MemberSchema): Write {
    const shape = shapeOf(this.#schemas, member.shape);
    const xmlName = member.xmlName ?? name;
    if (member.xmlFlattened === true && shape.type === 'list') {
      const item = this.element(shape.member, xmlName);
      return (value) => joined(value as readonly unknown[], item);
    }
    if (member.xmlFlattened === true && shape.type === 'map')
      return this.#entries(shape.key, shape.value, xmlName);
    return this.element(member, xmlName);
  }

  #content(member: MemberSchema): Write {
    const shape = shapeOf(this.#schemas, member.shape);
    if (shape.type === 'structure') return this.#structure(member.shape, shape);
    if (shape.type === 'list') {
      const item = this.element(shape.member, shape.member.xmlName ?? 'member');
      return (value) => joined(value as readonly unknown[], item);
    }
    if (shape.type === 'map') return this.#entries(shape.key, shape.value, 'entry');
    if (shape.type === 'string') return (value) => escapeXml(String(value));
    return textFormatter(shape, member.timestampFormat ?? 'date-time');
  }

  #structure(name: string, shape: Shape & { type: 'structure' }): Write {
    const known = this.#contents.get(name);
    if (known !== undefined) return known;
    // Shapes may contain themselves: while the body is compiled a forwarding closure stands for it.
    let body: Write | undefined;
    this.#contents.set(name, (value) => body!(value));
    body = this.#members(shape);
    this.#contents.set(name, body);
    return body;
  }

  #members(shape: Shape & { type: 'structure' }, names?: ReadonlySet<string>): Write {
    const rows = Object.entries(shape.members)
      .filter(([name, member]) => member.xmlAttribute !== true && (names === undefined || names.has(name)))
      .map(([name, member]) => ({ name, write: this.#member(name, member) }));
    return (value) => {
      const source = value as Readonly<Record<string, unknown>>;
      let text = '';
      for (const { name, write } of rows) {
        const found = source[name];
        if (found !== undefined && found !== null) text += write(found);
      }
      return text;
    };
  }

  #attributes(shape: Shape & { type: 'structure' }): Write | undefined {
    const rows = Object.entries(shape.members).filter(([, member]) => member.xmlAttribute === true);
    if (rows.length === 0) return undefined;
    return (value) => {
      let text = '';
      for (const [name, member] of rows) {
        const found = (value as Readonly<Record<string, unknown>>)[name];
        if (found !== undefined && found !== null) {
          text += ` ${member.xmlName ?? name}="${escapeXmlAttribute(String(found))}"`;
        }
      }
      return text;
    };
  }

  #entries(key: MemberSchema, value: MemberSchema, entryName: string): Write {
    const writeKey = this.element(key, key.xmlName ?? 'key');
    const writeValue = this.element(value, value.xmlName ?? 'value');
    return (map) => {
      let text = '';
      for (const [name, item] of Object.entries(map as Readonly<Record<string, unknown>>)) {
        if (item === undefined || item === null) continue;
        text += `<${entryName}>${writeKey(name)}${writeValue(item)}</${entryName}>`;
      }
      return text;
    };
  }
}

function namespaceAttribute(member: MemberSchema): string {
  if (member.xmlNamespace === undefined) return '';
  const prefix = member.xmlNamespacePrefix === undefined ? '' : `:${member.xmlNamespacePrefix}`;
  return ` xmlns${prefix}="${escapeXmlAttribute(member.xmlNamespace)}"`;
}

function wrap(name: string, attribute: string, content: Write): Write {
  const open = `<${name}${attribute}>`;
  const close = `</${name}>`;
  const empty = `<${name}${attribute}/>`;
  return (value) => {
    const inner = content(value);
    return inner === '' ? empty : open + inner + close;
  };
}

function joined(list: readonly unknown[], write: Write): string {
  let text = '';
  for (const item of list) if (item !== undefined && item !== null) text += write(item);
  return text;
}
