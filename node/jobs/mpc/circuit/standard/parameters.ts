/** Parameters of standard circuits: declared as data, checked before anything is built. */
import { CircuitError } from '../../errors.ts';
import { mpcLimits } from '../../limits.ts';
import type { Bit, CircuitBuilder, Word } from '../builder.ts';
import type { Circuit } from '../circuit.ts';
import { xorWord } from '../words/index.ts';

export type Parameter =
  | { readonly kind: 'integer'; readonly min: number; readonly max: number; readonly default?: number }
  | { readonly kind: 'choice'; readonly of: readonly string[]; readonly default: string }
  | { readonly kind: 'flag'; readonly default: boolean }
  /** Different names, in the order of their roles. */
  | { readonly kind: 'parties'; readonly min: number; readonly max: number }
  /** Some of the parties; all unless said otherwise. */
  | { readonly kind: 'recipients' };

export type ParameterTable = Readonly<Record<string, Parameter & { readonly description: string }>>;

type ValueOf<P extends Parameter> = P extends { kind: 'integer' }
  ? number
  : P extends { kind: 'choice'; of: readonly (infer Name)[] }
    ? Name
    : P extends { kind: 'flag' }
      ? boolean
      : readonly string[];

export type Values<T extends ParameterTable> = { readonly [Name in keyof T]: ValueOf<T[Name]> };

/** A circuit with parameters. */
export interface StandardCircuit {
  readonly name: string;
  /** What it computes, from whose inputs, and what the outputs mean. */
  readonly description: string;
  readonly parameters: ParameterTable;
  /** @throws CircuitError for parameters that are unknown, missing, out of range, or together too large */
  readonly build: (given: Readonly<Record<string, unknown>>) => Circuit;
}

/** Declares a standard circuit: its builder sees checked parameters only. */
export function standard<const T extends ParameterTable>(
  name: string,
  description: string,
  parameters: T,
  build: (values: Values<T>) => CircuitBuilder,
): StandardCircuit {
  return {
    name,
    description,
    parameters,
    build: (given) => build(checkParameters(name, parameters, given)).build(),
  };
}

export const partiesParameter = (min: number, max: number, description: string) =>
  ({ kind: 'parties', min, max, description }) as const;

export const recipientsParameter = {
  kind: 'recipients',
  description: 'parties that learn the outputs; all unless said otherwise',
} as const;

export const sharedParameter = {
  kind: 'flag',
  default: false,
  description: 'every party gives a share of each secret input, of which the XOR is the input',
} as const;

/** The bits of an input: its owner's, or the XOR of what all parties give under its name. */
export function secretInput(
  builder: CircuitBuilder,
  { parties, shared }: { readonly parties: readonly string[]; readonly shared: boolean },
  owner: number,
  name: string,
  bits: number,
): Word {
  if (!shared) return builder.input(parties[Math.min(owner, parties.length - 1)]!, name, bits);
  const shares = parties.map((party): readonly Bit[] => builder.input(party, name, bits));
  return shares.reduce((left, right) => xorWord(builder, left, right));
}

function checkParameters<T extends ParameterTable>(
  circuit: string,
  table: T,
  given: Readonly<Record<string, unknown>>,
): Values<T> {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(table, name));
  if (unknown !== undefined) throw new CircuitError(`${circuit} has no parameter ${JSON.stringify(unknown)}`);
  const parties = Object.entries(table).find(([, { kind }]) => kind === 'parties');
  const names = parties === undefined ? [] : given[parties[0]];
  const values = Object.entries(table).map(([name, parameter]) => [
    name,
    checkParameter(`${circuit}: ${name}`, parameter, given[name], names),
  ]);
  return Object.fromEntries(values) as Values<T>;
}

function checkParameter(what: string, parameter: Parameter, given: unknown, parties: unknown): unknown {
  switch (parameter.kind) {
    case 'integer': {
      const value = given ?? parameter.default;
      const { min, max } = parameter;
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max)
        return value;
      throw new CircuitError(`${what} is a whole number from ${min} to ${max}`);
    }
    case 'choice': {
      const value = given ?? parameter.default;
      if (typeof value === 'string' && parameter.of.includes(value)) return value;
      throw new CircuitError(`${what} is one of ${parameter.of.join(', ')}`);
    }
    case 'flag': {
      const value = given ?? parameter.default;
      if (typeof value === 'boolean') return value;
      throw new CircuitError(`${what} is true or false`);
    }
    case 'parties':
      return checkNames(what, given, parameter.min, Math.min(parameter.max, mpcLimits.partiesMax));
    case 'recipients': {
      const names = checkNames(what, given ?? parties, 1, mpcLimits.partiesMax);
      if (Array.isArray(parties) && names.every((name) => parties.includes(name))) return names;
      throw new CircuitError(`${what} names somebody who is no party`);
    }
  }
}

function checkNames(what: string, given: unknown, min: number, max: number): string[] {
  const isList = Array.isArray(given) && given.every((name) => typeof name === 'string');
  if (!isList || given.length < min || given.length > max || new Set(given).size !== given.length) {
    throw new CircuitError(`${what} is a list of ${min} to ${max} different names`);
  }
  return [...given];
}
