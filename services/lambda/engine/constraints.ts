/** Checks of members, all answered together in the words of the wire: `2 validation errors detected: Value '…' at '…' failed …; …`. */
import { lambdaError } from './errors.ts';

/** Values of clients in a message are cut there. */
const shownCharsMax = 2048;

export class Constraints {
  readonly #failures: string[] = [];

  /** @param shown as AWS shows it; undefined for what is secret or not there */
  fail(shown: string | undefined, where: string, constraint: string): this {
    const value = shown === undefined ? 'Value' : `Value '${shown.slice(0, shownCharsMax)}'`;
    this.#failures.push(`${value} at '${where}' failed to satisfy constraint: ${constraint}`);
    return this;
  }

  required(value: unknown, where: string): this {
    if (value !== undefined) return this;
    this.#failures.push(`Value null at '${where}' failed to satisfy constraint: Member must not be null`);
    return this;
  }

  length(value: string | undefined, where: string, max: number, min = 0): this {
    if (value !== undefined && value.length > max)
      this.fail(value, where, `Member must have length less than or equal to ${max}`);
    if (value !== undefined && value.length < min)
      this.fail(value, where, `Member must have length greater than or equal to ${min}`);
    return this;
  }

  /** @param pattern the whole value, as AWS writes the expression */
  pattern(value: string | undefined, where: string, pattern: string): this {
    if (value !== undefined && !wholly(pattern).test(value))
      this.fail(value, where, `Member must satisfy regular expression pattern: ${pattern}`);
    return this;
  }

  range(value: number | undefined, where: string, min: number, max: number): this {
    if (value !== undefined && value < min)
      this.fail(String(value), where, `Member must have value greater than or equal to ${min}`);
    if (value !== undefined && value > max)
      this.fail(String(value), where, `Member must have value less than or equal to ${max}`);
    return this;
  }

  oneOf(value: string | undefined, where: string, values: readonly string[]): this {
    if (value !== undefined && !values.includes(value))
      this.fail(value, where, `Member must satisfy enum value set: [${values.join(', ')}]`);
    return this;
  }

  /** @throws AwsError ValidationException */
  check(): void {
    const count = this.#failures.length;
    if (count === 0) return;
    const heading = count === 1 ? '1 validation error detected' : `${count} validation errors detected`;
    throw lambdaError('ValidationException', `${heading}: ${this.#failures.join('; ')}`);
  }
}

const compiled = new Map<string, RegExp>();

/** Patterns are those of this service, so there are as many as are written in it. */
function wholly(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const made = new RegExp(`^(?:${pattern})$`);
  compiled.set(pattern, made);
  return made;
}
