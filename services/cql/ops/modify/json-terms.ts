/** The document of INSERT JSON as a term of each column. Behaviour and messages: Apache Cassandra 4.0, `cql3.Json`. */
import { CqlError, invalid } from '../../errors.ts';
import type { InsertJson } from '../../parser/ast.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import { columnsOf } from '../../schema/table.ts';
import { textOfBytes } from '../../types/binary.ts';
import { fromJson } from '../../types/from-json.ts';
import { isJsonObject, type JsonValue, jsonNames, parseJson } from '../../types/json-text.ts';
import type { BoundValue } from '../api.ts';
import type { PreparedTerm, TermContext } from '../terms/api.ts';
import { ConstantTerm } from '../terms/prepared.ts';
import { jsonSpec } from '../terms/specs.ts';
import { prepareTerm } from '../terms/terms.ts';

type Bound = ReadonlyMap<string, BoundValue>;

export function jsonTerms(
  table: TableSchema,
  json: InsertJson['json'],
  missing: 'null' | 'unset',
  context: TermContext,
): (column: ColumnSchema) => PreparedTerm {
  const absent = missing === 'null' ? null : 'unset';
  if (json.kind === 'text') {
    const values = documentValues(table, json.text);
    return ({ name, type }) => new ConstantTerm(type, valueIn(values, name, absent));
  }
  const document = new BoundDocument(table, prepareTerm(json, jsonSpec(table), context));
  return ({ name, type }) => ({
    type,
    isConstant: false,
    hasMarker: true,
    isNull: false,
    bind: (values) => valueIn(document.bind(values), name, absent),
  });
}

function valueIn(values: Bound, name: string, absent: BoundValue): BoundValue {
  const value = values.get(name);
  return value === undefined ? absent : value;
}

/** Of a marker: read once for all columns of an execution. */
class BoundDocument {
  private readonly table: TableSchema;
  private readonly term: PreparedTerm;
  private readonly known = new WeakMap<readonly BoundValue[], Bound>();

  constructor(table: TableSchema, term: PreparedTerm) {
    this.table = table;
    this.term = term;
  }

  bind(values: readonly BoundValue[]): Bound {
    let bound = this.known.get(values);
    if (bound === undefined) {
      const text = this.term.bind(values);
      if (text === 'unset') throw invalid('Invalid unset value for column [json]');
      if (text === null) throw invalid('Got null for INSERT JSON values');
      this.known.set(values, (bound = documentValues(this.table, textOfBytes(text))));
    }
    return bound;
  }
}

function documentValues(table: TableSchema, text: string): Bound {
  const members = jsonNames(documentOf(text));
  const values = new Map<string, BoundValue>();
  for (const { name, type } of columnsOf(table)) {
    const member = members.get(name);
    if (member === undefined) continue;
    members.delete(name);
    values.set(name, decoded(name, () => fromJson(type, member)) ?? null);
  }
  const [unknown] = members.keys();
  if (unknown !== undefined) throw invalid(`JSON values map contains unrecognized column: ${unknown}`);
  return values;
}

function documentOf(text: string): ReadonlyMap<string, JsonValue> {
  let document: JsonValue;
  try {
    document = parseJson(text);
  } catch (error) {
    if (!(error instanceof CqlError)) throw error;
    throw notMap(error.message, text, error);
  }
  if (document === null) throw invalid('Got null for INSERT JSON values');
  if (!isJsonObject(document)) throw notMap('it is none', text);
  return document;
}

function notMap(reason: string, text: string, cause?: unknown): CqlError {
  const message = `Could not decode JSON string as a map: ${reason}. (String was: ${text})`;
  return new CqlError('invalid', message, undefined, { cause });
}

function decoded<T>(name: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof CqlError)) throw error;
    throw new CqlError('invalid', `Error decoding JSON value for ${name}: ${error.message}`, undefined, {
      cause: error,
    });
  }
}
