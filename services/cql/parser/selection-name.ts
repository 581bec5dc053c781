/**
 * What the result of a SELECT calls a selector that has no alias: `count`, `system.max(c)`, `cast(a as int)`, `a.b`, `writetime(x)`.
 * Clients find columns by these names, which are as Apache Cassandra makes them: no quotes around names, none doubled in strings.
 */
import type { QualifiedName, Selector, Term } from './ast.ts';
import { printComposite, printTerm } from './print.ts';
import { printType } from './print-type.ts';

/** @returns in which keyspace a function was found; undefined for functions that show none */
export type KeyspaceOfFunction = (name: QualifiedName) => string | undefined;

const inSystem: KeyspaceOfFunction = ({ keyspace }) => keyspace ?? 'system';

export function selectionName(selector: Selector, keyspaceOf: KeyspaceOfFunction = inSystem): string {
  const nameOf = (inner: Selector): string => selectionName(inner, keyspaceOf);
  switch (selector.kind) {
    case 'column':
      return selector.name;
    case 'term':
      return termName(selector.term);
    case 'countRows':
      return 'count';
    case 'writetime':
    case 'maxwritetime':
    case 'ttl':
      return `${selector.kind}(${nameOf(selector.operand)})`;
    case 'field':
      return `${nameOf(selector.operand)}.${selector.field}`;
    case 'element':
      return `${nameOf(selector.operand)}[${termName(selector.key)}]`;
    case 'slice': {
      const from = selector.from === undefined ? '' : termName(selector.from);
      const to = selector.to === undefined ? '' : termName(selector.to);
      return `${nameOf(selector.operand)}[${from}..${to}]`;
    }
    case 'call': {
      const keyspace = keyspaceOf(selector.function);
      const called = keyspace === undefined ? '' : `${keyspace}.`;
      return `${called}${selector.function.name}(${selector.args.map(nameOf).join(', ')})`;
    }
    case 'negation':
      return `-${nameOf(selector.operand)}`;
    case 'typeHint':
      return `(${printType(selector.type)})${nameOf(selector.operand)}`;
    default:
      return printComposite(selector, nameOf);
  }
}

function termName(term: Term): string {
  if (term.kind === 'marker') return '?';
  if (term.kind === 'constant' && term.type === 'string') return `'${term.text}'`;
  return printTerm(term);
}
