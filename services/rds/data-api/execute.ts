/** One statement of a call: its parameters, its result, and the form the answer has. */
import { badRequest, dataError } from './errors.ts';
import { dataLimits } from './limits.ts';
import { columnMetadata, type TypeNames } from './metadata.ts';
import { type Prepared, prepare } from './named-parameters.ts';
import { bind, type SqlParameter } from './parameters.ts';
import { type ArrayValue, type Field, fieldOf, type ResultOptions } from './result-types.ts';
import type { Session } from './session.ts';
import type { StatementResult } from './statement.ts';

export interface StatementInput {
  readonly sql: string;
  readonly parameters?: readonly SqlParameter[];
  readonly includeResultMetadata?: boolean;
  readonly continueAfterTimeout?: boolean;
  readonly resultSetOptions?: { readonly decimalReturnType?: string; readonly longReturnType?: string };
  readonly formatRecordsAs?: string;
}

/** @throws AwsError */
export function checkedSql(sql: string): Prepared {
  if (sql.trim() === '') throw badRequest('The SQL statement is empty.');
  if (sql.length > dataLimits.sqlCharsMax)
    throw badRequest(`The SQL statement is longer than ${dataLimits.sqlCharsMax} characters.`);
  if (sql.includes('\0')) throw badRequest('The SQL statement has a zero character.');
  return prepare(sql);
}

/** @throws AwsError DatabaseError */
export async function execute(
  session: Session,
  input: StatementInput,
  names: TypeNames,
  database: string,
  timeoutMs: number,
) {
  const options = optionsOf(input);
  const prepared = checkedSql(input.sql);
  const bound = bind(prepared, input.parameters ?? []);
  const continuedMs = input.continueAfterTimeout === true ? dataLimits.continuedMs : undefined;
  const result = await session.run(prepared.text, bound, { timeoutMs, continuedMs });
  const { columns } = result;
  if (columns === undefined) return { numberOfRecordsUpdated: updated(result), generatedFields: [] };
  const types = await names.of(session, database, columns);
  const labels = columns.map(({ name }) => name);
  if (input.formatRecordsAs === 'JSON')
    return { formattedRecords: formatted(result, labels, types, options), numberOfRecordsUpdated: 0 };
  const records = result.rows.map((row) => row.map((text, index) => fieldOf(types[index]!, text, options)));
  return {
    records,
    ...(input.includeResultMetadata === true
      ? { columnMetadata: await columnMetadata(session, columns, types) }
      : {}),
    numberOfRecordsUpdated: 0,
    generatedFields: [],
  };
}

/** @throws AwsError */
function optionsOf({ resultSetOptions: asked = {}, formatRecordsAs }: StatementInput): ResultOptions {
  const { decimalReturnType = 'STRING', longReturnType = 'LONG' } = asked;
  if (decimalReturnType !== 'STRING' && decimalReturnType !== 'DOUBLE_OR_LONG')
    throw badRequest(`The decimalReturnType ${decimalReturnType.slice(0, 40)} is not known.`);
  if (longReturnType !== 'STRING' && longReturnType !== 'LONG')
    throw badRequest(`The longReturnType ${longReturnType.slice(0, 40)} is not known.`);
  if (formatRecordsAs !== undefined && formatRecordsAs !== 'JSON' && formatRecordsAs !== 'NONE')
    throw badRequest(`The format ${formatRecordsAs.slice(0, 40)} is not known.`);
  return { decimals: decimalReturnType, longs: longReturnType };
}

/** `INSERT 0 3`, `UPDATE 3`; other commands update no records. */
function updated({ tag }: StatementResult): number {
  const found = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(tag);
  return found === null ? 0 : Number(found[1]);
}

/** @throws AwsError */
function formatted(
  result: StatementResult,
  labels: readonly string[],
  types: readonly string[],
  options: ResultOptions,
): string {
  if (new Set(labels).size < labels.length)
    throw dataError(
      'UnsupportedResultException',
      'Records can be formatted as JSON only when no two columns have one label.',
    );
  const rows = result.rows.map((row) => {
    const members = row.map((text, index) => {
      const value = plain(fieldOf(types[index]!, text, options));
      return `${JSON.stringify(labels[index])}:${value}`;
    });
    return `{${members.join(',')}}`;
  });
  return `[${rows.join(',')}]`;
}

function plain(field: Field): string {
  if ('isNull' in field) return 'null';
  if ('longValue' in field) return String(field.longValue);
  if ('doubleValue' in field) return numberText(field.doubleValue);
  if ('blobValue' in field) return JSON.stringify(Buffer.from(field.blobValue).toString('base64'));
  if ('arrayValue' in field) return plainArray(field.arrayValue);
  return JSON.stringify('stringValue' in field ? field.stringValue : field.booleanValue);
}

/** JSON has no NaN and no infinity. */
const numberText = (value: number): string =>
  Number.isFinite(value) ? String(value) : JSON.stringify(String(value));

function plainArray({
  booleanValues,
  longValues,
  doubleValues,
  stringValues,
  arrayValues,
}: ArrayValue): string {
  const items =
    arrayValues?.map((item) => (item === null ? 'null' : plainArray(item))) ??
    longValues?.map(String) ??
    doubleValues?.map((item) => (item === null ? 'null' : numberText(item))) ??
    (booleanValues ?? stringValues ?? []).map((item) => JSON.stringify(item));
  return `[${items.join(',')}]`;
}
