/** CREATE FUNCTION. Whether its language is known and its body makes sense is asked before, by those who run it. */
import { invalid } from '../../errors.ts';
import { typeText } from '../../types/type-text.ts';
import { existingKeyspace, findOverload, withKeyspace, withOverload } from '../keyspace.ts';
import { schemaLimits } from '../limits.ts';
import type { FunctionSchema, Schema } from '../model.ts';
import { checkIdentifier } from '../names.ts';
import { isExplicitlyFrozen, type RawType, rawTypeText, resolveType } from '../raw-type.ts';
import { isCompatible } from '../type-compatibility.ts';
import { type Changed, changed, checkModifiable, unchanged } from './change.ts';

export interface CreateFunction {
  readonly keyspace: string;
  readonly name: string;
  readonly args: readonly { readonly name: string; readonly type: RawType }[];
  readonly returns: RawType;
  readonly calledOnNull: boolean;
  readonly language: string;
  readonly body: string;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
}

export function createFunction(schema: Schema, statement: CreateFunction): Changed {
  const { name, args, returns } = statement;
  checkModifiable(schema, statement.keyspace, 'CREATE', name);
  checkDirectives(statement);
  checkFunctionName(name, 'Function');
  const names = args.map((argument) => argument.name);
  if (new Set(names).size !== names.length)
    throw invalid(
      `Duplicate argument names for given function ${name} with argument names [${names.join(', ')}]`,
    );
  names.forEach(checkIdentifier);
  checkArgumentTypes(args.map(({ type }) => type));
  checkNotFrozen(returns, 'Return type');
  const keyspace = existingKeyspace(schema, statement.keyspace);
  const resolve = (type: RawType) => resolveType(type, keyspace.name, keyspace.types);
  const made: FunctionSchema = {
    keyspace: keyspace.name,
    name,
    argumentNames: names,
    argumentTypes: args.map(({ type }) => resolve(type)),
    returnType: resolve(returns),
    calledOnNull: statement.calledOnNull,
    language: statement.language,
    body: statement.body,
  };
  if (findOverload(keyspace.aggregates.get(name), made.argumentTypes) !== undefined)
    throw invalid(`Function '${name}' cannot replace an aggregate`);
  const old = findOverload(keyspace.functions.get(name), made.argumentTypes);
  if (old !== undefined) {
    if (statement.ifNotExists) return unchanged(schema);
    checkReplacement(old, made, statement.orReplace);
  }
  const functions = withOverload(keyspace.functions, made);
  return changed(withKeyspace(schema, { ...keyspace, functions }), {
    change: old === undefined ? 'CREATED' : 'UPDATED',
    target: 'FUNCTION',
    keyspace: keyspace.name,
    name,
    argumentTypes: made.argumentTypes.map(typeText),
  });
}

export function checkDirectives(statement: {
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
}): void {
  if (statement.orReplace && statement.ifNotExists)
    throw invalid("Cannot use both 'OR REPLACE' and 'IF NOT EXISTS' directives");
}

/** What permissions on functions are named with is not for their names. */
export function checkFunctionName(name: string, what: 'Function' | 'Aggregate'): void {
  if (/[/[\]]/.test(name)) throw invalid(`${what} name '${name}' is invalid`);
  checkIdentifier(name);
}

export function checkArgumentTypes(types: readonly RawType[]): void {
  if (types.length > schemaLimits.argumentsPerFunction)
    throw invalid(`A function can have no more than ${schemaLimits.argumentsPerFunction} arguments`);
  for (const type of types)
    if (isExplicitlyFrozen(type)) {
      const text = rawTypeText(type);
      throw invalid(`Argument '${text}' cannot be frozen; remove frozen<> modifier from '${text}'`);
    }
}

export function checkNotFrozen(type: RawType, what: string): void {
  if (!isExplicitlyFrozen(type)) return;
  const text = rawTypeText(type);
  throw invalid(`${what} '${text}' cannot be frozen; remove frozen<> modifier from '${text}'`);
}

function checkReplacement(old: FunctionSchema, made: FunctionSchema, orReplace: boolean): void {
  const { name } = made;
  if (!orReplace) throw invalid(`Function '${name}' already exists`);
  if (made.calledOnNull !== old.calledOnNull)
    throw invalid(
      `Function '${name}' must have ${made.calledOnNull ? 'CALLED ON NULL INPUT' : 'RETURNS NULL ON NULL INPUT'} directive`,
    );
  if (!isCompatible(made.returnType, old.returnType))
    throw invalid(
      `Cannot replace function '${name}', the new return type ${typeText(made.returnType)} is not compatible with the return type ${typeText(old.returnType)} of existing function`,
    );
}
