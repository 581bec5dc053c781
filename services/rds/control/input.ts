/** Members of a request, as the codec decoded them. */
import { invalidValue } from './errors.ts';

export interface Filter {
  readonly name: string;
  readonly values: readonly string[];
}

export class Input {
  readonly #members: Readonly<Record<string, unknown>>;

  constructor(members: Readonly<Record<string, unknown>>) {
    this.#members = members;
  }

  has(name: string): boolean {
    return this.#members[name] !== undefined;
  }

  /** Undefined when it is not there, or empty: forms cannot tell these apart. */
  text(name: string): string | undefined {
    const value = this.#members[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  /** @throws AwsError */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined)
      throw invalidValue(`The parameter ${name} must be provided and must not be blank.`);
    return value;
  }

  number(name: string): number | undefined {
    const value = this.#members[name];
    return typeof value === 'number' ? value : undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.#members[name];
    return typeof value === 'boolean' ? value : undefined;
  }

  time(name: string): number | undefined {
    const value = this.#members[name];
    return value instanceof Date ? value.getTime() : undefined;
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.#members[name];
    return Array.isArray(value)
      ? value.filter((item): item is string => typeof item === 'string')
      : undefined;
  }

  structures(name: string): readonly Input[] {
    const value = this.#members[name];
    if (!Array.isArray(value)) return [];
    return value.map((item) => new Input(item as Readonly<Record<string, unknown>>));
  }

  scalar(name: string): string | number | boolean | undefined {
    return this.text(name) ?? this.number(name) ?? this.flag(name);
  }

  /** @param known the filters that the operation has. @throws AwsError */
  filters(known: readonly string[]): readonly Filter[] {
    return this.structures('Filters').map((filter) => {
      const name = filter.required('Name');
      if (!known.includes(name)) throw invalidValue(`Unrecognized filter name: ${name}`);
      return { name, values: filter.texts('Values') ?? [] };
    });
  }
}

/** @param shown what a filter of this name compares */
export function passes(filters: readonly Filter[], shown: (name: string) => readonly string[]): boolean {
  return filters.every(({ name, values }) => shown(name).some((value) => values.includes(value)));
}
