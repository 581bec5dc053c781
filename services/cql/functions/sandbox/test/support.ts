/** Functions and values for tests, written as in CQL. */
import type { CqlError } from '../../../errors.ts';
import type { FunctionSchema } from '../../../schema/model.ts';
import type { CqlType, NativeName, UdtType, Value } from '../../../types/api.ts';
import { fromJson, parseJson, toJson } from '../../../types/json.ts';
import { parseTypeText } from '../../../types/type-text.ts';
import { Sandbox, type UserFunction } from '../index.ts';

export const sandbox = new Sandbox();

export const native = (name: NativeName): CqlType => ({ kind: 'native', name });

export const point: UdtType = {
  kind: 'udt',
  keyspace: 'ks',
  name: 'point',
  frozen: true,
  fields: [
    { name: 'x', type: native('int') },
    { name: 'label', type: native('text') },
  ],
};

export const typeOf = (text: string): CqlType =>
  parseTypeText(text, (_keyspace, name) => (name === 'point' ? point : undefined));

export interface FunctionOptions {
  readonly language?: string;
  readonly calledOnNull?: boolean;
  readonly name?: string;
}

/** @param args `name type`, each */
export function schemaOf(
  args: readonly string[],
  returns: string,
  body: string,
  options: FunctionOptions = {},
): FunctionSchema {
  const parts = args.map((text) => /^("[^"]*"|\S+) (.*)$/.exec(text)!);
  return {
    keyspace: 'ks',
    name: options.name ?? 'f',
    argumentNames: parts.map((part) => part[1]!.replaceAll('"', '')),
    argumentTypes: parts.map((part) => typeOf(part[2]!)),
    returnType: typeOf(returns),
    calledOnNull: options.calledOnNull ?? true,
    language: options.language ?? 'javascript',
    body,
  };
}

export function compile(
  args: readonly string[],
  returns: string,
  body: string,
  options?: FunctionOptions,
): UserFunction {
  return sandbox.compile(schemaOf(args, returns, body, options));
}

/** A value from JSON as CQL has it. */
export function jsonValue(type: string, json: string): Value | undefined {
  return fromJson(typeOf(type), parseJson(json));
}

/** Calls with values in JSON. @returns the result in JSON */
export function evaluate(
  args: readonly string[],
  returns: string,
  body: string,
  values: readonly string[],
  options?: FunctionOptions,
): string {
  const fn = schemaOf(args, returns, body, options);
  const bytes = values.map((json, index) => fromJson(fn.argumentTypes[index]!, parseJson(json)));
  return toJson(fn.returnType, sandbox.compile(fn).call(bytes));
}

export function errorOf(work: () => unknown): CqlError {
  try {
    work();
  } catch (error) {
    return error as CqlError;
  }
  throw new Error('nothing was thrown');
}

/** The failure of a function without arguments. */
export function failureOf(body: string, options?: FunctionOptions & { readonly returns?: string }): CqlError {
  const fn = compile([], options?.returns ?? 'text', body, options);
  return errorOf(() => fn.call([]));
}
