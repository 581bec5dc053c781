/** `toJson` of whatever its argument is, `fromJson` to whatever is asked for. Reference: CQL 3.4.5, "JSON support". */
import { CqlError } from '../../errors.ts';
import type { CqlType, Value } from '../../types/api.ts';
import { bytesOfText, textOfBytes } from '../../types/binary.ts';
import { fromJson, type JsonValue, parseJson, toJson } from '../../types/json.ts';
import type { ScalarFunction } from '../api.ts';
import { native, scalar, scalarOfNulls } from './make.ts';

export const toJsonNames: ReadonlySet<string> = new Set(['tojson', 'to_json']);
export const fromJsonNames: ReadonlySet<string> = new Set(['fromjson', 'from_json']);

/** JSON's null of null. */
export function toJsonFunction(name: string, type: CqlType): ScalarFunction {
  return scalarOfNulls({ name, argumentTypes: [type], returnType: native('text') }, ([value]) =>
    bytesOfText(toJson(type, value)),
  );
}

function failure(name: string, message: string, cause: unknown): CqlError {
  const details = {
    kind: 'functionFailure',
    keyspace: 'system',
    function: name,
    argumentTypes: ['text'],
  } as const;
  return new CqlError('functionFailure', message, details, { cause });
}

function parsed(name: string, text: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof CqlError)) throw error;
    const message = `execution of 'system.${name}[text]' failed: Could not decode JSON string '${text}': ${error.message}`;
    throw failure(name, message, error);
  }
}

export function fromJsonFunction(name: string, type: CqlType): ScalarFunction {
  return scalar({ name, argumentTypes: [native('text')], returnType: type }, (text: Value) => {
    const json = parsed(name, textOfBytes(text));
    try {
      return fromJson(type, json);
    } catch (error) {
      if (!(error instanceof CqlError)) throw error;
      throw failure(name, error.message, error);
    }
  });
}
