/** Members of requests whose bodies stay at the gateway, as the audit row repeats them: all but plaintext and wrapped key material. */
import type { Input } from '../engine/input.ts';

const members: Readonly<Record<string, readonly string[]>> = {
  Encrypt: ['KeyId', 'EncryptionContext', 'GrantTokens', 'EncryptionAlgorithm', 'DryRun'],
  ImportKeyMaterial: [
    'KeyId',
    'ValidTo',
    'ExpirationModel',
    'ImportType',
    'KeyMaterialDescription',
    'KeyMaterialId',
  ],
};

/** JSON, times in milliseconds. @returns undefined for operations whose bodies go along */
export function withheldParameters(operation: string, input: Input): string | undefined {
  const names = members[operation];
  if (names === undefined) return undefined;
  const kept = names.flatMap((name) => {
    const value = input[name];
    if (value === undefined || value === null) return [];
    return [[name, value instanceof Date ? value.getTime() : value] as const];
  });
  return JSON.stringify(Object.fromEntries(kept));
}

/** @returns undefined for what is none */
export function readParameters(operation: string, text: string): Input | undefined {
  const names = members[operation];
  if (names === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (Object.keys(value).some((name) => !names.includes(name))) return undefined;
  const input: Record<string, unknown> = { ...value };
  if (typeof input.ValidTo === 'number') input.ValidTo = new Date(input.ValidTo);
  return input;
}
