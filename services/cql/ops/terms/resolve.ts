/** Which of several functions a call means, by how well its arguments fit: exactly, or just so. */
import { invalid } from '../../errors.ts';
import type { CqlFunction } from '../../functions/api.ts';
import { type Assignability, fit, worst } from '../../functions/compatibility.ts';
import { fromJsonFunction, fromJsonNames, toJsonNames } from '../../functions/native/json.ts';
import { castFunctions, negationFunctions, operatorFunctions } from '../../functions/native/operators.ts';
import { tokenFunction } from '../../functions/native/token.ts';
import { isFloatVector, similarityFunction, similarityNames } from '../../functions/native/vectors.ts';
import { signatureText } from '../../functions/signature.ts';
import type { ArithmeticOperator, QualifiedName } from '../../parser/ast.ts';
import type { CqlType } from '../../types/api.ts';
import { sameType, typeText } from '../../types/type-text.ts';
import type { ColumnSpec } from '../api.ts';
import type { TermContext } from './api.ts';

/** What may be an argument: a term or a selector. */
export interface Assignable {
  /** As messages show it. */
  readonly text: string;
  readonly isMarker: boolean;
  /** The type that it has by itself. */
  exactType(): CqlType | undefined;
  test(receiver: ColumnSpec): Assignability;
}

export type Callee =
  | { readonly kind: 'function'; readonly name: QualifiedName }
  | { readonly kind: 'operator'; readonly operator: ArithmeticOperator }
  | { readonly kind: 'negation' }
  | { readonly kind: 'cast'; readonly type: CqlType };

/** Where a call stands. Without `type` nothing is known of what its result is for: in a selection. */
export interface CallSite {
  readonly keyspace: string;
  readonly table: string;
  readonly type: CqlType | undefined;
}

export function calleeText(callee: Callee): string {
  if (callee.kind !== 'function') return callee.kind;
  const { keyspace, name } = callee.name;
  return keyspace === undefined ? name : `${keyspace}.${name}`;
}

export function argumentSpec(called: CqlFunction, index: number, site: CallSite): ColumnSpec {
  const name = `arg${index}(${called.displayName.toLowerCase()})`;
  return {
    keyspace: site.keyspace,
    table: site.table,
    name,
    type: called.argumentTypes[index]!,
  };
}

/** A call of one of the functions that the system has under these names. */
export function isSystemCall({ keyspace, name }: QualifiedName, names: ReadonlySet<string>): boolean {
  return (keyspace === undefined || keyspace === 'system') && names.has(name);
}

const tokenNames: ReadonlySet<string> = new Set(['token']);

function madeForCall(
  context: TermContext,
  name: QualifiedName,
  args: readonly Assignable[],
  site: CallSite,
): CqlFunction[] {
  if (isSystemCall(name, tokenNames)) {
    const table = context.schema.keyspaces.get(site.keyspace)?.tables.get(site.table);
    return table === undefined ? [] : [tokenFunction(table)];
  }
  if (isSystemCall(name, toJsonNames))
    throw invalid('toJson() may only be used within the selection clause of SELECT statements');
  if (isSystemCall(name, fromJsonNames)) {
    if (site.type === undefined)
      throw invalid('fromJson() cannot be used in the selection clause of a SELECT statement');
    return [fromJsonFunction(name.name, site.type)];
  }
  if (isSystemCall(name, similarityNames)) {
    const type = args.map((arg) => arg.exactType()).find(isFloatVector);
    if (type === undefined)
      throw invalid(`Function system.${name.name} requires a float vector argument, but found none`);
    return [similarityFunction(name.name, type)];
  }
  return [];
}

function candidatesOf(
  context: TermContext,
  callee: Callee,
  args: readonly Assignable[],
  site: CallSite,
): readonly CqlFunction[] {
  switch (callee.kind) {
    case 'operator':
      return operatorFunctions(callee.operator);
    case 'negation':
      return negationFunctions();
    case 'cast':
      return castFunctions(callee.type);
    case 'function': {
      const { keyspace, name } = callee.name;
      return [
        ...madeForCall(context, callee.name, args, site),
        ...context.functions.candidates(context.schema, keyspace, name, context.keyspace),
      ];
    }
  }
}

/** With what exactly does not fit, which is worth telling where there is no other function. */
function checkOnly(called: CqlFunction, args: readonly Assignable[], site: CallSite): void {
  const wanted = called.argumentTypes.length;
  if (args.length !== wanted)
    throw invalid(
      `Invalid number of arguments in call to function ${called.displayName}: ${wanted} required but ${args.length} provided`,
    );
  for (const [index, arg] of args.entries()) {
    const spec = argumentSpec(called, index, site);
    if (arg.test(spec) === 'none')
      throw invalid(
        `Type error: ${arg.text} cannot be passed as argument ${index} of function ${called.displayName} of type ${typeText(spec.type)}`,
      );
  }
}

function matches(called: CqlFunction, args: readonly Assignable[], site: CallSite): Assignability {
  if (args.length !== called.argumentTypes.length) return 'none';
  if (site.type !== undefined && fit(site.type, called.returnType) === 'none') return 'none';
  return worst(args.map((arg, index) => arg.test(argumentSpec(called, index, site))));
}

function noneFits(callee: Callee, args: readonly Assignable[], candidates: readonly CqlFunction[]): Error {
  if (callee.kind === 'operator')
    return invalid(
      `the '${callee.operator}' operation is not supported between ${args[0]!.text} and ${args[1]!.text}`,
    );
  const known = candidates.map(signatureText).join(', ');
  const name = callee.kind === 'function' ? calleeText(callee) : candidates[0]!.displayName;
  return invalid(
    `Invalid call to function ${name}, none of its type signatures match (known type signatures: ${known})`,
  );
}

function ambiguous(callee: Callee, args: readonly Assignable[], compatible: readonly CqlFunction[]): Error {
  if (callee.kind === 'operator')
    return invalid(
      `Ambiguous '${callee.operator}' operation with args ${args[0]!.text} and ${args[1]!.text}: ` +
        "use type hint to disambiguate, example '(int) ?'",
    );
  if (callee.kind === 'negation') return invalid('Ambiguous negation: use type casts to disambiguate');
  const signatures = compatible.map(signatureText).join(', ');
  const name = callee.kind === 'function' ? calleeText(callee) : compatible[0]!.displayName;
  return invalid(
    `Ambiguous call to function ${name} (can be matched by following signatures: ${signatures}): ` +
      'use type casts to disambiguate',
  );
}

/** Where the result's type is known, an operation on that type itself is meant. */
function ofResultType(
  callee: Callee,
  args: readonly Assignable[],
  compatible: readonly CqlFunction[],
  { type }: CallSite,
): CqlFunction | undefined {
  if (callee.kind !== 'operator' || type === undefined || args.some(({ isMarker }) => isMarker))
    return undefined;
  return compatible.find(({ argumentTypes }) => argumentTypes.every((each) => sameType(each, type)));
}

/** Undefined: there is no function of that name. @throws CqlError `invalid`: none fits, or several do */
export function resolveFunction(
  context: TermContext,
  callee: Callee,
  args: readonly Assignable[],
  site: CallSite,
): CqlFunction | undefined {
  const candidates = candidatesOf(context, callee, args, site);
  const [only] = candidates;
  if (only === undefined) return undefined;
  if (candidates.length === 1) {
    checkOnly(only, args, site);
    return only;
  }
  const compatible: CqlFunction[] = [];
  for (const candidate of candidates) {
    const match = matches(candidate, args, site);
    if (match === 'exact') return candidate;
    if (match === 'weak') compatible.push(candidate);
  }
  const [first] = compatible;
  if (first === undefined) throw noneFits(callee, args, candidates);
  if (compatible.length === 1) return first;
  const chosen = ofResultType(callee, args, compatible, site);
  if (chosen === undefined) throw ambiguous(callee, args, compatible);
  return chosen;
}
