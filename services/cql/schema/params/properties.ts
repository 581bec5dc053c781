/**
 * What stands behind WITH, as the parser found it: each value a text, or a map of texts. Read as Cassandra reads it, with its errors:
 * what has the wrong form is a syntax error, what has a wrong value one of configuration.
 */
import { CqlError } from '../../errors.ts';

export type PropertyMap = ReadonlyMap<string, string>;
export type Properties = ReadonlyMap<string, string | PropertyMap>;

export const noProperties: Properties = new Map();

export const configError = (message: string): CqlError => new CqlError('config', message);
export const syntaxError = (message: string): CqlError => new CqlError('syntax', message);

export function checkNames(properties: Properties, known: ReadonlySet<string>): void {
  for (const name of properties.keys()) if (!known.has(name)) throw syntaxError(`Unknown property '${name}'`);
}

export function textProperty(properties: Properties, name: string): string | undefined {
  const value = properties.get(name);
  if (value !== undefined && typeof value !== 'string')
    throw syntaxError(`Invalid value for property '${name}'. It should be a string`);
  return value;
}

export function mapProperty(properties: Properties, name: string): PropertyMap | undefined {
  const value = properties.get(name);
  if (typeof value === 'string')
    throw syntaxError(`Invalid value for property '${name}'. It should be a map.`);
  return value;
}

export function booleanProperty(properties: Properties, name: string): boolean | undefined {
  const value = textProperty(properties, name);
  if (value === undefined) return undefined;
  const lower = value.toLowerCase();
  if (lower === '1' || lower === 'true' || lower === 'yes') return true;
  if (lower === '0' || lower === 'false' || lower === 'no') return false;
  throw syntaxError(
    `Invalid boolean value ${value} for '${name}'. Positive values can be '1', 'true' or 'yes'. ` +
      "Negative values can be '0', 'false' or 'no'.",
  );
}

export function integerProperty(properties: Properties, name: string): number | undefined {
  const value = textProperty(properties, name);
  if (value === undefined) return undefined;
  const number = parseInteger(value);
  if (number === undefined) throw syntaxError(`Invalid integer value ${value} for '${name}'`);
  return number;
}

export function doubleProperty(properties: Properties, name: string): number | undefined {
  const value = textProperty(properties, name);
  if (value === undefined) return undefined;
  const number = parseDouble(value);
  if (number === undefined) throw syntaxError(`Invalid double value ${value} for '${name}'`);
  return number;
}

/** Of 32 bits. */
export function parseInteger(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number >= -(2 ** 31) && number < 2 ** 31 ? number : undefined;
}

/** Of 64 bits: whether it is one; as near as a double is. */
export function parseLong(text: string): number | undefined {
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined;
  const number = Number(text);
  return Math.abs(number) < 2 ** 63 ? number : undefined;
}

export function parseDouble(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^[+-]?(?:NaN|Infinity)$/.test(trimmed))
    return trimmed.endsWith('NaN') ? Number.NaN : Number(trimmed.replace('+', ''));
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?$/.test(trimmed)) return undefined;
  return Number(trimmed.replace(/[dDfF]$/, ''));
}

/** A double as Cassandra writes it: always with a point, and with an exponent beyond 10^7 and below 10^-3. */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`;
}

/** A set of names as Cassandra prints it. */
export const namesText = (names: Iterable<string>): string => `[${[...names].sort().join(', ')}]`;
