/** Reading values out of parsed JSON, strictly: what has not just the expected form is refused. */

/** Stored bytes that are not a schema as this program writes it. */
export class StoredSchemaDamaged extends Error {
  constructor(what: string) {
    super(`A stored schema cannot be read: ${what}`);
    this.name = 'StoredSchemaDamaged';
  }
}

type Kind = 'string' | 'number' | 'boolean' | 'any';

/** Values of just these kinds, in this order. */
export function isRecordOf(values: readonly unknown[], kinds: readonly Kind[]): boolean {
  return (
    values.length === kinds.length &&
    values.every((value, at) => kinds[at] === 'any' || typeof value === kinds[at])
  );
}

/** One JSON object, each of whose members has to be asked for. */
export class StoredObject {
  readonly #what: string;
  readonly #members: Map<string, unknown>;

  constructor(value: unknown, what: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new StoredSchemaDamaged(`${what} is not an object`);
    this.#what = what;
    this.#members = new Map(Object.entries(value));
  }

  #take(name: string): unknown {
    const value = this.#members.get(name);
    this.#members.delete(name);
    return value;
  }

  fail(name: string): StoredSchemaDamaged {
    return new StoredSchemaDamaged(`${name} of ${this.#what} is missing or wrong`);
  }

  text(name: string): string {
    const value = this.#take(name);
    if (typeof value !== 'string') throw this.fail(name);
    return value;
  }

  optionalText(name: string): string | undefined {
    return this.#members.has(name) ? this.text(name) : undefined;
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T {
    const value = this.text(name);
    const found = values.find((each) => each === value);
    if (found === undefined) throw this.fail(name);
    return found;
  }

  integer(name: string): number {
    const value = this.#take(name);
    if (!Number.isSafeInteger(value)) throw this.fail(name);
    return value as number;
  }

  boolean(name: string): boolean {
    const value = this.#take(name);
    if (typeof value !== 'boolean') throw this.fail(name);
    return value;
  }

  list<T>(name: string, read: (value: unknown) => T): T[] {
    const value = this.#take(name);
    if (!Array.isArray(value)) throw this.fail(name);
    return value.map(read);
  }

  texts(name: string): string[] {
    return this.list(name, (value) => {
      if (typeof value !== 'string') throw this.fail(name);
      return value;
    });
  }

  any(name: string): unknown {
    if (!this.#members.has(name)) throw this.fail(name);
    return this.#take(name);
  }

  object(name: string): StoredObject {
    return new StoredObject(this.any(name), `${name} of ${this.#what}`);
  }

  optionalObject(name: string): StoredObject | undefined {
    return this.#members.has(name) ? this.object(name) : undefined;
  }

  /** All members, which are texts. */
  map(name: string): Readonly<Record<string, string>> {
    return this.object(name).#everyText();
  }

  #everyText(): Readonly<Record<string, string>> {
    const entries = [...this.#members].map(([name]) => [name, this.text(name)] as const);
    return Object.fromEntries(entries);
  }

  names(): string[] {
    return [...this.#members.keys()];
  }

  end(): void {
    if (this.#members.size > 0)
      throw new StoredSchemaDamaged(
        `${this.#what} has unknown members: ${[...this.#members.keys()].join(', ')}`,
      );
  }
}
