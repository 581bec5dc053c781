/** Types back to text. */
import type { QualifiedName, TypeSyntax } from './ast.ts';
import { keywords, uses } from './keywords.ts';

const plainName = /^[a-z][a-z0-9_]*$/;

/** A name as a statement may have it: in quotes if it needs them where it stands. */
export function printName(name: string, use: number = uses.name): string {
  const bits = keywords.get(name)?.uses ?? use;
  return plainName.test(name) && (bits & use) !== 0 ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Of a table, view, index or type. */
export function printQualifiedName({ keyspace, name }: QualifiedName, use: number = uses.name): string {
  const printed = printName(name, use);
  return keyspace === undefined ? printed : `${printName(keyspace)}.${printed}`;
}

/** `expr(` and, where a selector stands, `maxwritetime(` are more than names. */
export function printFunctionName({ keyspace, name }: QualifiedName): string {
  const isMore = name === 'expr' || name === 'maxwritetime';
  const printed = isMore ? `"${name}"` : printName(name, uses.function);
  return keyspace === undefined ? printed : `${printName(keyspace)}.${printed}`;
}

export function printString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function printType(type: TypeSyntax): string {
  switch (type.kind) {
    case 'native':
      return type.name;
    case 'list':
    case 'set':
      return `${type.kind}<${printType(type.element)}>`;
    case 'map':
      return `map<${printType(type.key)}, ${printType(type.value)}>`;
    case 'tuple':
      return `tuple<${type.elements.map(printType).join(', ')}>`;
    case 'vector':
      return `vector<${printType(type.element)}, ${type.dimension}>`;
    case 'frozen':
      return `frozen<${printType(type.type)}>`;
    case 'user':
      return printQualifiedName(type.name, uses.type);
    case 'custom':
      return printString(type.className);
  }
}
