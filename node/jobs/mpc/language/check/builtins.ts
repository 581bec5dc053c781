/** Names that a source can import. */
import { integerNamed } from '../types.ts';

export const moduleName = 'hypergate:mpc';

export const builtinNames = [
  'min',
  'max',
  'abs',
  'popcount',
  'rotateLeft',
  'rotateRight',
  'reverseBytes',
  'concatBits',
  'equal',
  'zero',
  'fill',
  'slice',
  'toBits',
  'fromBits',
  'toBytesBE',
  'toBytesLE',
  'fromBytesBE',
  'fromBytesLE',
  'utf8',
  'hex',
  'sha256',
  'sha512',
  'hmacSha256',
  'aes128',
  'aes256',
] as const;

export type BuiltinName = (typeof builtinNames)[number];

const builtins: ReadonlySet<string> = new Set(builtinNames);

export function isBuiltin(name: string): name is BuiltinName {
  return builtins.has(name);
}

const typeNames: ReadonlySet<string> = new Set(['uint', 'int', 'bool', 'FixedArray']);

/** Whether the module has it: a function, a type, or a type that is also its cast. */
export function isImportable(name: string): boolean {
  return isBuiltin(name) || typeNames.has(name) || integerNamed(name) !== undefined;
}
