/** Reply members bound to headers and the status, compiled once per operation. */
import type { MemberSchema, ServiceSchemas } from '../definition.ts';
import type { FormatText, TimestampFormat } from './scalars.ts';
import { textFormatter } from './scalars.ts';
import type { StructureShape } from './schema.ts';
import { shapeOf } from './schema.ts';

export type BindOutput = (output: Readonly<Record<string, unknown>>, headers: Record<string, string>) => void;

interface Row {
  readonly name: string;
  readonly header: string;
  readonly format: FormatText;
}

/** @returns one function that adds a header (lower case) for every bound member present in the output */
export function compileOutputHeaders(schemas: ServiceSchemas, shape: StructureShape): BindOutput {
  const rows: Row[] = [];
  const prefixes: { readonly name: string; readonly prefix: string }[] = [];
  for (const [name, member] of Object.entries(shape.members)) {
    if (member.location === 'header') {
      rows.push({
        name,
        header: member.locationName ?? name.toLowerCase(),
        format: headerFormatter(schemas, member),
      });
    } else if (member.location === 'prefixHeaders')
      prefixes.push({ name, prefix: member.locationName ?? '' });
  }
  return (output, headers) => {
    for (const { name, header, format } of rows) {
      const value = output[name];
      if (value !== undefined && value !== null)
        headers[header] = typeof value === 'string' ? value : format(value);
    }
    for (const { name, prefix } of prefixes) {
      const map = output[name] as Readonly<Record<string, string>> | undefined;
      if (map !== undefined)
        for (const key of Object.keys(map)) headers[prefix + key.toLowerCase()] = map[key]!;
    }
  };
}

/** @returns the member that carries the status code (`StatusCode` of Lambda's Invoke) */
export function statusMember(shape: StructureShape): string | undefined {
  return Object.entries(shape.members).find(([, member]) => member.location === 'status')?.[0];
}

function headerFormatter(schemas: ServiceSchemas, member: MemberSchema): FormatText {
  const shape = shapeOf(schemas, member.shape);
  const format: TimestampFormat = 'http-date';
  if (shape.type !== 'list') return textFormatter(shape, member.timestampFormat ?? format);
  const element = shapeOf(schemas, shape.member.shape);
  const item = textFormatter(element, shape.member.timestampFormat ?? format);
  const quote = element.type !== 'timestamp';
  return (value) => (value as readonly unknown[]).map((v) => (quote ? quoted(item(v)) : item(v))).join(', ');
}

function quoted(text: string): string {
  return /[",]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
}
