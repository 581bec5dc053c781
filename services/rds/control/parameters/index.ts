/** Parameters of a family, as DescribeDBParameters shows them, and the check of values. */
import { type EngineMajor, engineMajors } from '../../engine/api.ts';
import { engineNames, familyOf } from '../engines.ts';
import { invalidCombination, invalidValue, rdsError } from '../errors.ts';
import { catalogue } from './gen/catalogue.ts';
import type { EngineParameter } from './parameter.ts';
import { bounds, isChangeable, preloadLibraries, texts } from './policy.ts';

export interface Family {
  readonly name: string;
  readonly engine: string;
  readonly major: EngineMajor;
}

export const families: readonly Family[] = engineNames.flatMap((engine) =>
  engineMajors.map((major) => ({ name: familyOf(engine, major), engine, major })),
);

/** @throws AwsError */
export function requireFamily(name: string): Family {
  const family = families.find((one) => one.name === name);
  if (family === undefined)
    throw invalidValue(`ParameterGroupFamily ${name} is not a valid parameter group family`);
  return family;
}

export interface FamilyParameter {
  readonly name: string;
  readonly isModifiable: boolean;
  /** `static`: from the next reboot on. */
  readonly applyType: 'static' | 'dynamic';
  readonly dataType: string;
  readonly allowed: string | undefined;
  readonly defaultValue: string | undefined;
  readonly description: string;
  readonly engine: EngineParameter;
}

const byMajor = new Map<EngineMajor, ReadonlyMap<string, FamilyParameter>>();

/** By name in lower case. */
export function parametersOf({ major }: Family): ReadonlyMap<string, FamilyParameter> {
  let parameters = byMajor.get(major);
  if (parameters === undefined) {
    const rows = catalogue.filter(({ majors }) => majors.includes(major)).map(familyParameter);
    rows.sort((a, b) => (a.name < b.name ? -1 : 1));
    parameters = new Map(rows.map((row) => [row.name.toLowerCase(), row]));
    byMajor.set(major, parameters);
  }
  return parameters;
}

const dataTypes = { bool: 'boolean', integer: 'integer', real: 'float', string: 'string', enum: 'string' };

function familyParameter(engine: EngineParameter): FamilyParameter {
  const { name, type, context, unit, description, value } = engine;
  const isModifiable = isChangeable(engine);
  return {
    name,
    isModifiable,
    applyType: context === 'postmaster' || context === 'internal' ? 'static' : 'dynamic',
    dataType: type === 'string' && name === 'shared_preload_libraries' ? 'list' : dataTypes[type],
    allowed: allowedOf(engine),
    // What the engine's part sets is not what PostgreSQL would take by itself.
    defaultValue: isModifiable ? (type === 'bool' ? (value === 'on' ? '1' : '0') : value) : undefined,
    description: unit === undefined ? description : `(${unit}) ${description}`,
    engine,
  };
}

function allowedOf(engine: EngineParameter): string | undefined {
  if (engine.name === 'shared_preload_libraries') return preloadLibraries.join(',');
  if (engine.type === 'bool') return '0,1';
  if (engine.type === 'enum') return engine.values?.join(',');
  const [min, max] = boundsOf(engine);
  return min === undefined || max === undefined ? undefined : `${min}-${max}`;
}

function boundsOf({ name, min, max }: EngineParameter): readonly [string | undefined, string | undefined] {
  return [bounds[name]?.min ?? min, bounds[name]?.max ?? max];
}

/** @returns the value as postgresql.conf has it. @throws AwsError */
export function checkParameter(
  family: Family,
  name: string,
  value: string,
  method: string | undefined,
): string {
  const parameter = parametersOf(family).get(name.toLowerCase());
  if (parameter === undefined) throw invalidValue(`Could not find parameter with name: ${name}`);
  if (!parameter.isModifiable) throw invalidValue(`The parameter ${name} cannot be modified.`);
  if (method !== undefined && method !== 'immediate' && method !== 'pending-reboot')
    throw invalidValue(`Invalid value for ApplyMethod: ${method}`);
  if (method === 'immediate' && parameter.applyType === 'static')
    throw invalidCombination('cannot use immediate apply method for static parameter');
  const taken = normal(parameter.engine, value.trim());
  if (taken !== undefined) return taken;
  const allowed = parameter.allowed === undefined ? '' : ` allowed values are: ${parameter.allowed}`;
  throw rdsError(
    'InvalidParameterValue',
    `Invalid parameter value: ${value.slice(0, 200)} for: ${name}${allowed}`,
  );
}

const valueCharsMax = 1024;
const switches = new Map([
  ['0', 'off'],
  ['off', 'off'],
  ['false', 'off'],
  ['1', 'on'],
  ['on', 'on'],
  ['true', 'on'],
]);

function normal(engine: EngineParameter, value: string): string | undefined {
  switch (engine.type) {
    case 'bool':
      return switches.get(value.toLowerCase());
    case 'enum': {
      const lower = value.toLowerCase();
      return engine.values?.includes(lower) ? lower : undefined;
    }
    case 'integer':
      return /^-?\d{1,19}$/.test(value) && isWithin(engine, Number(value)) ? value : undefined;
    case 'real':
      return /^-?\d{1,19}(?:\.\d{1,19})?$/.test(value) && isWithin(engine, Number(value)) ? value : undefined;
    case 'string':
      return isText(engine.name, value) ? value : undefined;
  }
}

function isWithin(engine: EngineParameter, value: number): boolean {
  const [min, max] = boundsOf(engine);
  return (min === undefined || value >= Number(min)) && (max === undefined || value <= Number(max));
}

function isText(name: string, value: string): boolean {
  if (value.length > valueCharsMax) return false;
  const form = texts[name];
  return form instanceof RegExp ? form.test(value) : (form?.(value) ?? false);
}
