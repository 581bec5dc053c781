/** Values of parameters, as PostgreSQL's text form of the type that the statement or the hint wants. */
import { badRequest } from './errors.ts';
import { dataLimits } from './limits.ts';
import type { Prepared } from './named-parameters.ts';

type Field = Readonly<Record<string, unknown>>;

export interface SqlParameter {
  readonly name?: string;
  readonly value?: Field;
  readonly typeHint?: string;
}

/** Types by their object id in pg_type; 0 leaves the type to the statement. */
const hints: Readonly<
  Record<string, { readonly oid: number; readonly form: RegExp; readonly shown: string }>
> = {
  DATE: { oid: 1082, form: /^\d{4,6}-\d\d-\d\d$/, shown: 'YYYY-MM-DD' },
  DECIMAL: {
    oid: 1700,
    form: /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?$/,
    shown: 'a decimal number',
  },
  JSON: { oid: 0, form: /^/, shown: 'JSON' },
  TIME: { oid: 1083, form: /^\d\d:\d\d:\d\d(?:\.\d{1,6})?$/, shown: 'HH:MM:SS[.FFF]' },
  TIMESTAMP: {
    oid: 1114,
    form: /^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?$/,
    shown: 'YYYY-MM-DD HH:MM:SS[.FFF]',
  },
  UUID: {
    oid: 2950,
    form: /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/,
    shown: 'a UUID',
  },
};

export interface BoundValues {
  readonly values: readonly (string | Buffer | null)[];
  /** Of `PARSE`: 0 where the statement decides. */
  readonly types: readonly number[];
}

/** @throws AwsError */
export function bind({ names }: Prepared, parameters: readonly SqlParameter[]): BoundValues {
  if (parameters.length > dataLimits.parametersMax)
    throw badRequest(`A statement has at most ${dataLimits.parametersMax} parameters.`);
  const byName = new Map<string, SqlParameter>();
  for (const parameter of parameters) {
    if (parameter.name === undefined || parameter.name === '') throw badRequest('A parameter has no name.');
    byName.set(parameter.name, parameter);
  }
  const bound = names.map((name) => {
    const parameter = byName.get(name);
    if (parameter === undefined) throw badRequest(`Cannot find parameter: ${name}`);
    return boundOf(name, parameter);
  });
  return { values: bound.map(({ value }) => value), types: bound.map(({ type }) => type) };
}

interface Bound {
  readonly value: string | Buffer | null;
  readonly type: number;
}

/** @throws AwsError */
function boundOf(name: string, { value: field = {}, typeHint }: SqlParameter): Bound {
  const members = Object.entries(field).filter(([, value]) => value !== undefined);
  const [kind, value] = members[0] ?? [];
  if (members.length !== 1 || kind === undefined)
    throw badRequest(`The parameter ${name} must have exactly one value.`);
  if (typeHint !== undefined) return hinted(name, kind, value, typeHint);
  switch (kind) {
    case 'isNull':
      if (value !== true) throw badRequest(`isNull of the parameter ${name} can only be true.`);
      return { value: null, type: 0 };
    case 'booleanValue':
      return { value: value === true ? 't' : 'f', type: 16 };
    case 'longValue':
      return { value: String(value), type: 20 };
    case 'doubleValue':
      return { value: numberText(value as number), type: 701 };
    case 'stringValue':
      return { value: textOf(name, value as string), type: 0 };
    case 'blobValue':
      return { value: Buffer.from(value as Uint8Array), type: 17 };
    default:
      return { value: arrayText(name, value as Field, 1), type: arrayType(value as Field) };
  }
}

/** @throws AwsError */
function hinted(name: string, kind: string, value: unknown, typeHint: string): Bound {
  const hint = Object.hasOwn(hints, typeHint) ? hints[typeHint]! : undefined;
  if (hint === undefined)
    throw badRequest(`The type hint ${typeHint.slice(0, 40)} of the parameter ${name} is not known.`);
  if (kind === 'isNull') return { value: null, type: hint.oid };
  if (kind !== 'stringValue') throw badRequest(`The parameter ${name} has a type hint and must be a string.`);
  if (!hint.form.test(value as string))
    throw badRequest(`The value of the parameter ${name} is not in the form of ${typeHint}: ${hint.shown}.`);
  return { value: textOf(name, value as string), type: hint.oid };
}

/** @throws AwsError */
function textOf(name: string, value: string): string {
  if (value.includes('\0'))
    throw badRequest(`The parameter ${name} has a zero character, which no text of PostgreSQL can have.`);
  return value;
}

const numberText = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';

const arrayTypes: Readonly<Record<string, number>> = {
  booleanValues: 1000,
  longValues: 1016,
  doubleValues: 1022,
  stringValues: 0,
};

function arrayType(array: Field): number {
  const [kind, items] = Object.entries(array).find(([, value]) => value !== undefined) ?? [];
  if (kind !== 'arrayValues') return arrayTypes[kind ?? ''] ?? 0;
  const first = (items as (Field | null)[]).find((item) => item !== null);
  return first === undefined || first === null ? 0 : arrayType(first);
}

/** @throws AwsError */
function arrayText(name: string, array: Field, depth: number): string {
  if (depth > dataLimits.arrayDepthMax)
    throw badRequest(`The array of the parameter ${name} is nested too deeply.`);
  const members = Object.entries(array).filter(([, value]) => value !== undefined);
  const [kind, items] = members[0] ?? [];
  if (members.length !== 1)
    throw badRequest(`An array of the parameter ${name} must have exactly one kind of values.`);
  const texts = (items as unknown[]).map((item) => {
    if (item === null) return 'NULL';
    switch (kind) {
      case 'booleanValues':
        return item === true ? 't' : 'f';
      case 'stringValues':
        return `"${textOf(name, item as string).replace(/["\\]/g, '\\$&')}"`;
      case 'doubleValues':
        return numberText(item as number);
      case 'arrayValues':
        return arrayText(name, item as Field, depth + 1);
      default:
        return String(item);
    }
  });
  return `{${texts.join(',')}}`;
}
