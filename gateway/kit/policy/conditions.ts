/**
 * Condition operators of IAM policies.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 *
 * Several values of a policy are alternatives; for negated operators none of them may match. A key the request lacks
 * fails a positive operator and satisfies a negated one; `…IfExists` is satisfied by it. `ForAllValues:` asks every
 * value of the request (and holds when there is none), `ForAnyValue:` at least one.
 */
import { parseDateTime } from '../aws/codec/scalars.ts';
import { PolicyError } from './error.ts';
import { inRange, parseIp, parseIpRange } from './ip.ts';
import { ArnPattern, PolicyPattern, TextTemplate, type Variables } from './pattern.ts';

/** Values of a context key in lower case, or undefined when the request has no such key. */
export type ContextLookup = (key: string) => readonly string[] | undefined;

/** Holds or not for one request. */
export type Condition = (context: ContextLookup, variables: Variables) => boolean;

/** Compiled values of a policy: does one value of the request match any of them? */
type Matcher = (value: string, variables: Variables) => boolean;
type Compile = (values: readonly string[], withVariables: boolean) => Matcher;

interface Operator {
  readonly compile: Compile;
  readonly negated: boolean;
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...pair(
    'StringEquals',
    'StringNotEquals',
    compileText((text) => text),
  ),
  ...pair('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', compileText(foldCase)),
  ...pair('StringLike', 'StringNotLike', (values, withVariables) =>
    anyOf(values.map((v) => new PolicyPattern(v, withVariables))),
  ),
  ...pair('ArnEquals', 'ArnNotEquals', compileArns),
  ...pair('ArnLike', 'ArnNotLike', compileArns),
  ...pair('IpAddress', 'NotIpAddress', compileIps),
  ...ordered('Numeric', parseNumber),
  ...ordered('Date', parseDate),
  ['Bool', { compile: compileBooleans, negated: false }],
  ['BinaryEquals', { compile: compileBinary, negated: false }],
]);

/** @param block the `Condition` element, already a plain object. @throws PolicyError */
export function compileConditions(
  block: Readonly<Record<string, unknown>>,
  withVariables: boolean,
): Condition[] {
  return Object.entries(block).flatMap(([name, keys]) => {
    if (typeof keys !== 'object' || keys === null || Array.isArray(keys)) {
      throw new PolicyError(`Invalid Condition block: ${name} must hold an object`);
    }
    return Object.entries(keys).map(([key, values]) =>
      compileOne(name, key, valuesOf(name, values), withVariables),
    );
  });
}

function compileOne(name: string, key: string, values: readonly string[], withVariables: boolean): Condition {
  const [, quantifier, base, ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(name) ?? [];
  const lowerKey = key.toLowerCase();
  if (base === 'Null' && quantifier === undefined && ifExists === undefined)
    return compileNull(lowerKey, values);
  const operator = base === undefined ? undefined : OPERATORS.get(base);
  if (operator === undefined) throw new PolicyError(`Invalid Condition type : ${name}`);
  const matcher = operator.compile(values, withVariables);
  const holds: Matcher = operator.negated ? (value, variables) => !matcher(value, variables) : matcher;
  const whenAbsent =
    ifExists !== undefined || quantifier === 'ForAllValues' || (operator.negated && quantifier === undefined);
  // Without a quantifier a negated operator asks all values: none may match.
  const every = quantifier === 'ForAllValues' || (quantifier === undefined && operator.negated);
  return (context, variables) => {
    const found = context(lowerKey);
    if (found === undefined || found.length === 0) return whenAbsent;
    return every ? found.every((v) => holds(v, variables)) : found.some((v) => holds(v, variables));
  };
}

function compileNull(key: string, values: readonly string[]): Condition {
  const wanted = values.map(parseBool);
  if (wanted.includes(undefined))
    throw new PolicyError('Invalid value in Condition block: Null takes true or false');
  return (context) => {
    const found = context(key);
    return wanted.includes(found === undefined || found.length === 0);
  };
}

function valuesOf(name: string, values: unknown): string[] {
  const list = Array.isArray(values) ? values : [values];
  return list.map((value) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw new PolicyError(`Invalid value in Condition block ${name}`);
  });
}

function pair(positive: string, negative: string, compile: Compile): [string, Operator][] {
  return [
    [positive, { compile, negated: false }],
    [negative, { compile, negated: true }],
  ];
}

/** The six comparisons of a type. */
function ordered(family: string, parse: (text: string) => number | undefined): [string, Operator][] {
  const comparison = (compare: (value: number, limit: number) => boolean): Compile => {
    return (values) => {
      const limits = values.map((text) => {
        const limit = parse(text);
        if (limit === undefined)
          throw new PolicyError(`Invalid value in Condition block: ${family} cannot read "${text}"`);
        return limit;
      });
      return (text) => {
        const value = parse(text);
        return value !== undefined && limits.some((limit) => compare(value, limit));
      };
    };
  };
  return [
    ...pair(
      `${family}Equals`,
      `${family}NotEquals`,
      comparison((value, limit) => value === limit),
    ),
    [`${family}LessThan`, { compile: comparison((value, limit) => value < limit), negated: false }],
    [`${family}LessThanEquals`, { compile: comparison((value, limit) => value <= limit), negated: false }],
    [`${family}GreaterThan`, { compile: comparison((value, limit) => value > limit), negated: false }],
    [`${family}GreaterThanEquals`, { compile: comparison((value, limit) => value >= limit), negated: false }],
  ];
}

function compileText(fold: (text: string) => string): Compile {
  return (values, withVariables) => {
    const templates = values.map((value) => new TextTemplate(value, withVariables));
    return (value, variables) => {
      const folded = fold(value);
      return templates.some((template) => {
        const text = template.resolve(variables);
        return text !== undefined && fold(text) === folded;
      });
    };
  };
}

function compileArns(values: readonly string[], withVariables: boolean): Matcher {
  for (const value of values) {
    // A bare variable may stand for a whole ARN.
    if (!ArnPattern.isValid(value) && !value.startsWith('${'))
      throw new PolicyError(`Invalid ARN in Condition block: ${value}`);
  }
  return anyOf(
    values.map((v) =>
      ArnPattern.isValid(v) ? new ArnPattern(v, withVariables) : new PolicyPattern(v, withVariables),
    ),
  );
}

function compileIps(values: readonly string[]): Matcher {
  const ranges = values.map((value) => {
    const range = parseIpRange(value);
    if (range === undefined) throw new PolicyError(`Invalid IP address range in Condition block: ${value}`);
    return range;
  });
  return (value) => {
    const address = parseIp(value);
    return address !== undefined && ranges.some((range) => inRange(address, range));
  };
}

function compileBooleans(values: readonly string[]): Matcher {
  const wanted = values.map(parseBool);
  if (wanted.includes(undefined))
    throw new PolicyError('Invalid value in Condition block: Bool takes true or false');
  return (value) => {
    const given = parseBool(value);
    return given !== undefined && wanted.includes(given);
  };
}

function compileBinary(values: readonly string[]): Matcher {
  const wanted = new Set(values.map((value) => normalBase64(value)));
  if (wanted.has(undefined))
    throw new PolicyError('Invalid value in Condition block: BinaryEquals takes base64');
  return (value) => {
    const bytes = normalBase64(value);
    return bytes !== undefined && wanted.has(bytes);
  };
}

function normalBase64(text: string): string | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64').toString('base64');
}

function anyOf(patterns: readonly { matches(text: string, variables: Variables): boolean }[]): Matcher {
  return (value, variables) => patterns.some((pattern) => pattern.matches(value, variables));
}

function parseBool(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}

function parseNumber(text: string): number | undefined {
  return /^[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})$/.test(text.trim()) ? Number(text) : undefined;
}

/** ISO 8601 or seconds since 1970. @returns milliseconds */
function parseDate(text: string): number | undefined {
  const seconds = parseNumber(text);
  return seconds === undefined ? parseDateTime(text)?.getTime() : seconds * 1000;
}

/** Simple folding, the same on every machine. */
function foldCase(text: string): string {
  return text.toLowerCase();
}
