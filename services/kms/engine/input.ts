/** Members of a decoded request whose shape was checked: blobs are bytes, timestamps are dates. */

export type Input = Readonly<Record<string, unknown>>;

function member<Value>(
  input: Input,
  name: string,
  is: (value: unknown) => value is Value,
): Value | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (!is(value)) throw new Error(`${name} was not checked`);
  return value;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;
const isDate = (value: unknown): value is Date => value instanceof Date;
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);
const isPairs = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null && Object.values(value).every(isText);
const isObject = (value: unknown): value is Input => typeof value === 'object' && value !== null;

export const textOf = (input: Input, name: string) => member(input, name, isText);
export const numberOf = (input: Input, name: string) => member(input, name, isNumber);
export const bytesOf = (input: Input, name: string) => member(input, name, isBytes);
export const dateOf = (input: Input, name: string) => member(input, name, isDate);
export const textsOf = (input: Input, name: string) => member(input, name, isTexts) ?? [];
export const pairsOf = (input: Input, name: string) => member(input, name, isPairs);
export const objectOf = (input: Input, name: string) => member(input, name, isObject);
export const flagOf = (input: Input, name: string): boolean => input[name] === true;
export const objectsOf = (input: Input, name: string): readonly Input[] => {
  const value = input[name];
  return Array.isArray(value) ? (value as readonly Input[]) : [];
};

/** @throws Error when it is missing: required members were checked */
export function required<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`${name} was not checked`);
  return value;
}
