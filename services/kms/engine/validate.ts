/** Checks a decoded request against the constraints of its operation and says all that is wrong with it at once, as AWS does. */
import { type Constraint, constraints, type Members } from './constraints.ts';
import { type KmsError, kmsError } from './errors.ts';
import type { Input } from './input.ts';
import type { Operation } from './operations.ts';

/** Sentences of one answer at most: a list of wrong members could be long. */
const faultsMax = 10;

/**
 * @param withheld the input is what is repeated of a body that stays elsewhere: bytes may be missing
 * @throws KmsError ValidationException
 */
export function validate(operation: Operation, input: Input, withheld = false): void {
  const faults: string[] = [];
  const all = Object.entries(constraints[operation]);
  const members = withheld ? all.filter(([, { kind }]) => kind !== 'blob') : all;
  checkMembers(Object.fromEntries(members), input, '', faults);
  if (faults.length > 0) throw validationErrors(faults.slice(0, faultsMax));
}

export function validationErrors(faults: readonly string[]): KmsError {
  const errors = faults.length === 1 ? 'error' : 'errors';
  return kmsError(
    'ValidationException',
    `${faults.length} validation ${errors} detected: ${faults.join('; ')}`,
  );
}

function checkMembers(members: Members, input: Input, path: string, faults: string[]): void {
  for (const [marked, constraint] of Object.entries(members)) {
    const name = marked.replace('!', '');
    const where = path + name[0]!.toLowerCase() + name.slice(1);
    const value = input[name];
    if (value !== undefined && value !== null) check(constraint, value, where, faults);
    else if (marked !== name)
      faults.push(`Value null at '${where}' failed to satisfy constraint: Member must not be null`);
  }
}

function check(constraint: Constraint, value: unknown, where: string, faults: string[]): void {
  const shown = typeof value === 'object' ? '' : ` '${String(value)}'`;
  const fault = (what: string) =>
    faults.push(`Value${shown} at '${where}' failed to satisfy constraint: Member must ${what}`);
  switch (constraint.kind) {
    case 'text':
      if (typeof value !== 'string') fault('be a string');
      else checkText(constraint, value, fault);
      return;
    case 'enum':
      if (typeof value !== 'string' || !constraint.values.includes(value))
        fault(`satisfy enum value set: [${constraint.values.join(', ')}]`);
      return;
    case 'number':
      if (typeof value !== 'number' || !Number.isSafeInteger(value)) fault('be an integer');
      else if (value < constraint.min) fault(`have value greater than or equal to ${constraint.min}`);
      else if (value > constraint.max) fault(`have value less than or equal to ${constraint.max}`);
      return;
    case 'blob':
      if (!(value instanceof Uint8Array)) fault('be base64');
      else if (value.length < constraint.min) fault(`have length greater than or equal to ${constraint.min}`);
      else if (value.length > constraint.max) fault(`have length less than or equal to ${constraint.max}`);
      return;
    case 'boolean':
      if (typeof value !== 'boolean') fault('be a boolean');
      return;
    case 'date':
      if (!(value instanceof Date) || Number.isNaN(value.getTime())) fault('be a timestamp');
      return;
    case 'pairs':
      if (!isPlain(value) || Object.values(value).some((item) => typeof item !== 'string'))
        fault('be a map of strings');
      return;
    case 'list':
      if (!Array.isArray(value)) return void fault('be a list');
      if (constraint.max !== undefined && value.length > constraint.max)
        return void fault(`have length less than or equal to ${constraint.max}`);
      for (const [index, item] of value.entries()) {
        if (faults.length >= faultsMax) return;
        check(constraint.member, item, `${where}.${index + 1}.member`, faults);
      }
      return;
    case 'object':
      if (!isPlain(value)) fault('be a structure');
      else checkMembers(constraint.members, value, `${where}.`, faults);
  }
}

function checkText(
  { min, max, pattern }: Constraint & { readonly kind: 'text' },
  value: string,
  fault: (what: string) => void,
): void {
  if (value.length < min) fault(`have length greater than or equal to ${min}`);
  if (value.length > max) fault(`have length less than or equal to ${max}`);
  // Java's patterns match whole strings.
  else if (pattern !== undefined && !compiled(pattern).test(value))
    fault(`satisfy regular expression pattern: ${pattern}`);
}

const patterns = new Map<string, RegExp>();

function compiled(pattern: string): RegExp {
  const known = patterns.get(pattern) ?? new RegExp(`^(?:${pattern})$`);
  patterns.set(pattern, known);
  return known;
}

function isPlain(value: unknown): value is Input {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}
