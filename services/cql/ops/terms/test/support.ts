/** Terms and selectors of texts, and their values as texts, for tests. */
import { expect } from 'vitest';
import { CqlError } from '../../../errors.ts';
import type { FunctionClock, Functions } from '../../../functions/api.ts';
import { newTimeUuids } from '../../../functions/time-uuid.ts';
import type { Insert, Select } from '../../../parser/ast.ts';
import { parse, parseType } from '../../../parser/index.ts';
import type { Schema, TableSchema } from '../../../schema/model.ts';
import { resolveType } from '../../../schema/raw-type.ts';
import { tableOf, withTable, withTestKeyspace, withType } from '../../../schema/test/support.ts';
import type { CqlType, Value } from '../../../types/api.ts';
import { literalText } from '../../../types/to-text.ts';
import type { BoundValue, ColumnSpec } from '../../api.ts';
import type { PreparedSelector, PreparedTerm, RowView, SelectedColumns, TermContext } from '../api.ts';
import { newTermContext } from '../context.ts';
import { statementFunctions } from '../functions.ts';
import { newSelectedColumns } from '../selected-columns.ts';
import { prepareSelector } from '../selectors.ts';
import { prepareTerm } from '../terms.ts';

/** 2023-11-14T22:13:20.123Z, and always the same. */
export const fixedClock: FunctionClock = {
  now: () => 1_700_000_000_123,
  timeUuid: newTimeUuids(() => 1_700_000_000_123),
  randomUuid: () => new Uint8Array(16).fill(0x44),
};

export const functions: Functions = statementFunctions({ clock: fixedClock });

const columns = `
  p int; c text; v int; b bigint; s text static; ti tinyint; f double; d decimal; vi varint; ts timestamp; tu timeuuid;
  bl blob; l list<int>; st set<int>; m map<text, int>; fm frozen<map<text, int>>; a address; fa frozen<address>;
  tup frozen<tuple<int, text>>; vec vector<float, 2>; da date; bo boolean; Quoted int; fl float
`;

function madeSchema(): Schema {
  const withTypes = withType(withTestKeyspace(), 'address', 'street text; zip int');
  const text = columns.replaceAll('\n', ' ');
  return withTable(withTypes, 't', text, 'p / c');
}

export const schema = madeSchema();
export const table: TableSchema = tableOf(schema, 't');

export function typeOf(text: string, within = schema): CqlType {
  return resolveType(parseType(text), 'ks', within.keyspaces.get('ks')!.types);
}

export interface TestTerm {
  readonly term: PreparedTerm;
  readonly context: TermContext;
}

/** The term as the value of a column `c`. */
export function term(text: string, type: CqlType | string, within = functions, of = schema): TestTerm {
  const { statement, markers } = parse(`INSERT INTO ks.t (c) VALUES (${text})`);
  const context = newTermContext(of, 'ks', within, markers);
  const receiver: ColumnSpec = {
    keyspace: 'ks',
    table: 't',
    name: 'c',
    type: typeof type === 'string' ? typeOf(type, of) : type,
  };
  return { term: prepareTerm((statement as Insert).values[0]!, receiver, context), context };
}

/** As a constant of CQL would be written; `unset`. */
export function shown(type: CqlType, bound: BoundValue): string {
  return bound === 'unset' ? 'unset' : literalText(type, bound ?? undefined);
}

export function textOf(text: string, type: string, values: readonly BoundValue[] = []): string {
  const { term: prepared } = term(text, type);
  return shown(prepared.type, prepared.bind(values));
}

/** Bytes of a constant. */
export function bytes(text: string, type: string): Value {
  const bound = term(text, type).term.bind([]);
  if (bound === null || bound === 'unset') throw new Error(`${text} has no bytes`);
  return bound;
}

export function message(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(CqlError);
    return (error as CqlError).message;
  }
  throw new Error('Nothing was thrown');
}

export interface TestSelection {
  readonly selectors: readonly PreparedSelector[];
  readonly columns: SelectedColumns;
  readonly context: TermContext;
}

/** What stands between SELECT and FROM. */
export function select(text: string, within = functions, of = schema): TestSelection {
  const { statement, markers } = parse(`SELECT ${text} FROM ks.t`);
  const context = newTermContext(of, 'ks', within, markers);
  const selected = newSelectedColumns();
  const selectors = (statement as Select).selectors!.map((selector) =>
    prepareSelector(selector, tableOf(of, 't'), selected, context),
  );
  return { selectors, columns: selected, context };
}

/** Constants by the names of columns. */
export type TestRow = Readonly<Record<string, string>>;

export function rowView(selection: TestSelection, row: TestRow, times: Partial<RowView> = {}): RowView {
  const values = selection.columns.columns.map(({ name, type }) => {
    const text = row[name];
    const bound = text === undefined ? null : term(text, type).term.bind([]);
    return bound === null || bound === 'unset' ? undefined : bound;
  });
  return {
    value: (slot) => values[slot],
    writetime: () => undefined,
    ttl: () => undefined,
    maxWritetime: () => undefined,
    ...times,
  };
}

/** Name, type and value of the only selector. */
export function evaluated(
  text: string,
  row: TestRow = {},
  values: readonly BoundValue[] = [],
  times: Partial<RowView> = {},
): string {
  const selection = select(text);
  const [selector] = selection.selectors;
  const value = selector!.evaluate(rowView(selection, row, times), values);
  return literalText(selector!.spec.type, value);
}

/** Values of all selectors for a group of rows. */
export function grouped(text: string, rows: readonly TestRow[], within = functions, of = schema): string[] {
  const selection = select(text, within, of);
  return selection.selectors.map((selector) => {
    const state = selector.start([]);
    for (const row of rows) state.add(rowView(selection, row));
    return literalText(selector.spec.type, state.result());
  });
}
