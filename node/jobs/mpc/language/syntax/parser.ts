/**
 * Source text to a tree. What is read is a part of TypeScript's grammar: whatever is accepted here is TypeScript, and means
 * the same tree there. There is no parser of TypeScript in this process for two reasons: that of the `typescript` package since
 * version 7 is a program of its own, and one that reads a stranger's text has to have bounds everywhere.
 */
import type { SourceText, Span } from '../errors.ts';
import { languageLimits } from '../limits.ts';
import type { FunctionNode, ImportNode, NameNode, ParameterNode, SourceNode, TopLevelNode } from './ast.ts';
import { Cursor } from './cursor.ts';
import { readTokens } from './lexer.ts';
import { parseBlock, parseDeclarations } from './parse-statements.ts';
import { parseFields, parseType, parseTypeParameters } from './parse-types.ts';

/** @throws CompileError at the first place that cannot be read */
export function parse(source: SourceText): SourceNode {
  const cursor = new Cursor(source, readTokens(source));
  const items: TopLevelNode[] = [];
  while (cursor.current.kind !== 'end') items.push(...parseItem(cursor));
  checkDepth(cursor, items);
  return { items };
}

function parseItem(cursor: Cursor): readonly TopLevelNode[] {
  if (cursor.take(';')) return [];
  if (cursor.is('import')) return [parseImport(cursor)];
  const first = cursor.current;
  if (cursor.take('export')) {
    if (cursor.take('default')) return [parseFunction(cursor, true)];
    if (cursor.is('{') || cursor.is('*')) {
      throw cursor.error('unsupported', first, 'write export before a declaration');
    }
  }
  if (cursor.is('function')) return [parseFunction(cursor, false)];
  if (cursor.is('const')) {
    const declarations = parseDeclarations(cursor);
    cursor.endStatement();
    return declarations;
  }
  if (cursor.is('let') || cursor.is('var')) {
    throw cursor.error('unsupported', cursor.current, 'there are no global variables: write const');
  }
  if (cursor.is('interface') || cursor.isWord('type')) return [parseTypeDeclaration(cursor)];
  throw cursor.unexpected('import, const, type, interface or function');
}

function parseImport(cursor: Cursor): ImportNode {
  const first = cursor.expect('import');
  if (cursor.isWord('type')) cursor.advance();
  cursor.expect('{', ': import { u32, max } from …');
  const names: NameNode[] = [];
  while (!cursor.is('}')) {
    if (cursor.isWord('type') && cursor.following.kind === 'name') cursor.advance();
    names.push(cursor.name());
    if (cursor.isWord('as'))
      throw cursor.error('unsupported', cursor.current, 'names are imported as they are');
    if (!cursor.take(',')) break;
  }
  cursor.expect('}');
  if (!cursor.isWord('from')) throw cursor.unexpected('"from"');
  cursor.advance();
  const from = cursor.current;
  if (from.kind !== 'string') throw cursor.unexpected('the name of a module');
  cursor.advance();
  cursor.endStatement();
  return { kind: 'import', from: from.text, names, ...cursor.spanFrom(first) };
}

function parseTypeDeclaration(cursor: Cursor): TopLevelNode {
  const first = cursor.advance();
  const name = cursor.name('the name of a type');
  const parameters = parseTypeParameters(cursor);
  if (first.text === 'interface') {
    if (cursor.is('extends')) {
      throw cursor.error('unsupported', cursor.current, 'an interface lists all its fields: no extends');
    }
    const open = cursor.current;
    const type = { kind: 'fields', fields: parseFields(cursor), ...cursor.spanFrom(open) } as const;
    return { kind: 'type', name, parameters, type, ...cursor.spanFrom(first) };
  }
  cursor.expect('=');
  const type = parseType(cursor);
  cursor.endStatement();
  return { kind: 'type', name, parameters, type, ...cursor.spanFrom(first) };
}

function parseFunction(cursor: Cursor, isEntry: boolean): FunctionNode {
  const first = cursor.expect('function');
  if (cursor.is('*')) throw cursor.error('unsupported', cursor.current, 'there are no generators');
  const name = isEntry && cursor.is('(') ? undefined : cursor.name('the name of the function');
  const typeParameters = parseTypeParameters(cursor);
  cursor.expect('(');
  const parameters: ParameterNode[] = [];
  while (!cursor.is(')')) {
    parameters.push(parseParameter(cursor));
    if (!cursor.take(',')) break;
  }
  cursor.expect(')');
  const returns = cursor.take(':') ? parseType(cursor) : undefined;
  const span = cursor.spanFrom(first);
  const body = parseBlock(cursor);
  return { kind: 'function', name, isEntry, typeParameters, parameters, returns, body, ...span };
}

function parseParameter(cursor: Cursor): ParameterNode {
  const first = cursor.current;
  if (cursor.is('...')) throw cursor.error('unsupported', first, 'there are no rest parameters');
  if (cursor.is('{') || cursor.is('[')) {
    throw cursor.error('unsupported', first, 'a parameter has a name: take it apart in the body');
  }
  const name = cursor.name('the name of a parameter');
  if (cursor.is('?'))
    throw cursor.error('unsupported', cursor.current, 'a parameter is always given: no "?"');
  cursor.expect(':', ': every parameter has a type');
  const type = parseType(cursor);
  if (cursor.is('=')) throw cursor.error('unsupported', cursor.current, 'parameters have no default');
  return { name, type, ...cursor.spanFrom(first) };
}

/** The parser counts what it enters; a long chain of operators is deep without that. */
function checkDepth(cursor: Cursor, items: readonly TopLevelNode[]): void {
  const open: { readonly node: object; readonly depth: number }[] = items.map((node) => ({ node, depth: 1 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    const isNode = 'start' in node;
    if (isNode && depth > languageLimits.nestingMax) throw cursor.tooDeep(node as Span);
    for (const child of Object.values(node)) {
      if (typeof child === 'object' && child !== null)
        open.push({ node: child, depth: isNode ? depth + 1 : depth });
    }
  }
}
