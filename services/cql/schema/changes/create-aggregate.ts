/** CREATE AGGREGATE. */
import { invalid } from '../../errors.ts';
import type { CqlType } from '../../types/api.ts';
import { typeText } from '../../types/type-text.ts';
import { existingKeyspace, findOverload, withKeyspace, withOverload } from '../keyspace.ts';
import type { AggregateSchema, FunctionSchema, KeyspaceSchema, Schema } from '../model.ts';
import { type RawType, rawTypeText, resolveType } from '../raw-type.ts';
import { isCompatible } from '../type-compatibility.ts';
import { type Changed, changed, checkModifiable, unchanged } from './change.ts';
import { checkArgumentTypes, checkDirectives, checkFunctionName, checkNotFrozen } from './create-function.ts';

export interface CreateAggregate {
  readonly keyspace: string;
  readonly name: string;
  readonly argumentTypes: readonly RawType[];
  /** In the same keyspace, as the function at the end. */
  readonly stateFunction: string;
  readonly stateType: RawType;
  readonly finalFunction: string | undefined;
  /**
   * Made of the term by those who know its type: the literal that CQL writes for the value. Undefined: none was given, or null.
   */
  readonly initialCondition: string | undefined;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
}

export function createAggregate(schema: Schema, statement: CreateAggregate): Changed {
  const { name } = statement;
  checkModifiable(schema, statement.keyspace, 'CREATE', name);
  checkDirectives(statement);
  checkFunctionName(name, 'Aggregate');
  checkArgumentTypes(statement.argumentTypes);
  checkNotFrozen(statement.stateType, 'State type');
  const keyspace = existingKeyspace(schema, statement.keyspace);
  const made = buildAggregate(statement, keyspace);
  if (findOverload(keyspace.functions.get(name), made.argumentTypes) !== undefined)
    throw invalid(`Aggregate '${name}' cannot replace a function`);
  const old = findOverload(keyspace.aggregates.get(name), made.argumentTypes);
  if (old !== undefined) {
    if (statement.ifNotExists) return unchanged(schema);
    if (!statement.orReplace) throw invalid(`Aggregate '${name}' already exists`);
    if (!isCompatible(made.returnType, old.returnType))
      throw invalid(
        `Cannot replace aggregate '${name}', the new return type ${typeText(made.returnType)} isn't compatible with the return type ${typeText(old.returnType)} of existing function`,
      );
  }
  const aggregates = withOverload(keyspace.aggregates, made);
  return changed(withKeyspace(schema, { ...keyspace, aggregates }), {
    change: old === undefined ? 'CREATED' : 'UPDATED',
    target: 'AGGREGATE',
    keyspace: keyspace.name,
    name,
    argumentTypes: made.argumentTypes.map(typeText),
  });
}

function buildAggregate(statement: CreateAggregate, keyspace: KeyspaceSchema): AggregateSchema {
  const resolve = (type: RawType) => resolveType(type, keyspace.name, keyspace.types);
  const argumentTypes = statement.argumentTypes.map(resolve);
  const stateType = resolve(statement.stateType);
  const call = (name: string, types: readonly RawType[]) =>
    `${keyspace.name}.${name}(${types.map(rawTypeText).join(', ')})`;
  const stateCall = call(statement.stateFunction, [statement.stateType, ...statement.argumentTypes]);
  const state = findScalar(
    keyspace,
    statement.stateFunction,
    [stateType, ...argumentTypes],
    `State function ${stateCall}`,
  );
  if (typeText(state.returnType) !== typeText(stateType))
    throw invalid(
      `State function ${stateCall} return type must be the same as the first argument type - check STYPE, argument and return types`,
    );
  const final =
    statement.finalFunction === undefined
      ? undefined
      : findScalar(
          keyspace,
          statement.finalFunction,
          [stateType],
          `Final function ${call(statement.finalFunction, [statement.stateType])}`,
        );
  if (!state.calledOnNull && statement.initialCondition === undefined)
    throw invalid(
      `Cannot create aggregate '${statement.name}' without INITCOND because state function ${keyspace.name}.${statement.stateFunction} does not accept 'null' arguments`,
    );
  return {
    keyspace: keyspace.name,
    name: statement.name,
    argumentTypes,
    stateFunction: statement.stateFunction,
    stateType,
    ...(statement.finalFunction === undefined ? {} : { finalFunction: statement.finalFunction }),
    ...(statement.initialCondition === undefined ? {} : { initialCondition: statement.initialCondition }),
    returnType: final?.returnType ?? state.returnType,
  };
}

function findScalar(
  keyspace: KeyspaceSchema,
  name: string,
  types: readonly CqlType[],
  what: string,
): FunctionSchema {
  const found = findOverload(keyspace.functions.get(name), types);
  if (found !== undefined) return found;
  if (findOverload(keyspace.aggregates.get(name), types) !== undefined)
    throw invalid(`${what} isn't a scalar function`);
  throw invalid(`${what} doesn't exist`);
}
