/**
 * Terms, relations and selectors back to text that means the same: for conditions of views, first states of aggregates and messages.
 * Spaces and case are as Apache Cassandra writes them; other than there, quotes inside of strings are doubled, so that what was
 * printed can be read.
 */
import type { Composite, Marker, Relation, Selector, Term } from './ast.ts';
import { printFunctionName, printName, printString, printType } from './print-type.ts';

export { printName, printQualifiedName, printString, printType } from './print-type.ts';

export function printTerm(term: Term): string {
  switch (term.kind) {
    case 'constant':
      return term.type === 'string' ? printString(term.text) : term.text;
    case 'null':
      return 'NULL';
    case 'marker':
      return printMarker(term);
    case 'userType': {
      const fields = term.fields.map(({ name, value }) => `${printName(name)}: ${printTerm(value)}`);
      return `{${fields.join(', ')}}`;
    }
    default:
      return printComposite(term, printTerm);
  }
}

function printMarker({ name }: Marker): string {
  return name === undefined ? '?' : `:${printName(name)}`;
}

/** What of terms and selectors looks the same. */
export function printComposite<Node>(node: Composite<Node>, print: (node: Node) => string): string {
  const all = (nodes: readonly Node[]) => nodes.map(print).join(', ');
  switch (node.kind) {
    case 'list':
      return `[${all(node.elements)}]`;
    case 'set':
      return `{${all(node.elements)}}`;
    case 'map':
      return `{${node.entries.map(({ key, value }) => `${print(key)}: ${print(value)}`).join(', ')}}`;
    case 'tuple':
      return `(${all(node.elements)})`;
    case 'call':
      return `${printFunctionName(node.function)}(${all(node.args)})`;
    case 'operation':
      return `${print(node.left)} ${node.operator} ${print(node.right)}`;
    case 'negation':
      return printNegation(print(node.operand));
    case 'typeHint':
      return `(${printType(node.type)})${print(node.operand)}`;
    case 'cast':
      return `cast(${print(node.operand)} as ${node.type})`;
  }
}

/** `--` would begin a comment, and the sign before a digit is the number's. */
function printNegation(operand: string): string {
  return /^[a-z_"'(?:[{]/.test(operand) && !/^(?:nan|infinity)$/i.test(operand)
    ? `-${operand}`
    : `- ${operand}`;
}

export function printSelector(selector: Selector): string {
  switch (selector.kind) {
    case 'column':
      return printName(selector.name);
    case 'term':
      return printTerm(selector.term);
    case 'countRows':
      return 'count(*)';
    case 'writetime':
    case 'maxwritetime':
    case 'ttl':
      return `${selector.kind}(${printSelector(selector.operand)})`;
    case 'field':
      return `${printSelector(selector.operand)}.${printName(selector.field)}`;
    case 'element':
      return `${printSelector(selector.operand)}[${printTerm(selector.key)}]`;
    case 'slice': {
      const from = selector.from === undefined ? '' : printTerm(selector.from);
      const to = selector.to === undefined ? '' : printTerm(selector.to);
      return `${printSelector(selector.operand)}[${from}..${to}]`;
    }
    default:
      return printComposite(selector, printSelector);
  }
}

/** With `AND` between them. */
export function printRelations(relations: readonly Relation[]): string {
  return relations.map(printRelation).join(' AND ');
}

export function printRelation(relation: Relation): string {
  switch (relation.kind) {
    case 'column':
      return `${printName(relation.column)} ${relation.operator} ${printTerm(relation.value)}`;
    case 'isNotNull':
      return `${printName(relation.column)} IS NOT NULL`;
    case 'in':
      return `${printName(relation.column)} IN ${printValues(relation.values)}`;
    case 'element': {
      const element = `${printName(relation.column)}[${printTerm(relation.key)}]`;
      return `${element} ${relation.operator} ${printTerm(relation.value)}`;
    }
    case 'token':
      return `token${printColumns(relation.columns)} ${relation.operator} ${printTerm(relation.value)}`;
    case 'columns':
      return `${printColumns(relation.columns)} ${relation.operator} ${printTerm(relation.value)}`;
    case 'columnsIn':
      return `${printColumns(relation.columns)} IN ${printValues(relation.values)}`;
    case 'expression':
      return `expr(${printName(relation.index)}, ${printTerm(relation.value)})`;
  }
}

function printColumns(columns: readonly string[]): string {
  return `(${columns.map((column) => printName(column)).join(', ')})`;
}

function printValues(values: readonly Term[] | Marker): string {
  return 'kind' in values ? printMarker(values) : `(${values.map(printTerm).join(', ')})`;
}
