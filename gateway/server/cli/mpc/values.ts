/** Private inputs as a user gives them, and outputs as they are printed. */
import { StartError } from '../../errors.ts';
import { serverLimits } from '../../limits.ts';
import { parseJson, readFileBounded } from './files.ts';

export type Values = Readonly<Record<string, unknown>>;

/**
 * @param given `name=value`: JSON, or a text without quotes
 * @param file of a JSON object by name; `-` for the standard input. Other users of a machine can read arguments, but not a file
 */
export async function inputValues(given: readonly string[], file: string | undefined): Promise<Values> {
  const values = file === undefined ? {} : await valuesOf(file);
  for (const each of given) {
    const at = each.indexOf('=');
    if (at < 1) throw new StartError('an input is given as name=value', 2);
    values[each.slice(0, at)] = plainValue(each.slice(at + 1));
  }
  return values;
}

/** The same of all parties, as `party.name=value`, or by party in the file. */
export async function allValues(
  given: readonly string[],
  file: string | undefined,
): Promise<Readonly<Record<string, Values>>> {
  const values: Record<string, Record<string, unknown>> = Object.create(null);
  for (const [party, own] of Object.entries(file === undefined ? {} : await valuesOf(file))) {
    if (typeof own !== 'object' || own === null)
      throw new StartError(`${party}: an object has to be here`, 2);
    values[party] = Object.assign(Object.create(null), own);
  }
  for (const each of given) {
    const [, party, name, value] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(each) ?? [];
    if (party === undefined || name === undefined || value === undefined)
      throw new StartError('an input is given as party.name=value', 2);
    values[party] ??= Object.create(null) as Record<string, unknown>;
    values[party][name] = plainValue(value);
  }
  return values;
}

async function valuesOf(file: string): Promise<Record<string, unknown>> {
  const text = (await readFileBounded(file, serverLimits.mpcInputsBytesMax)).toString('utf8');
  const parsed = parseJson(text, file);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new StartError(`${file} holds no object`, 2);
  return Object.assign(Object.create(null), parsed) as Record<string, unknown>;
}

/** Numbers beyond those of JSON keep their digits. */
function plainValue(text: string): unknown {
  if (/^-?\d{16,}$/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    // Hex digits, which need no quotes.
    return text;
  }
}

/** Integers that JSON cannot hold are strings of digits already. */
export function printed(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
