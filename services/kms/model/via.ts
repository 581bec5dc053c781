/**
 * What the audit row of a call says that another service made for its own caller: which service, which of its operations, and the members
 * of the request to KMS, which nobody signed. The signed call of the row is the one to that service. Runs without Node.js: rows are proven.
 */
import { hex } from '@hypergate/node/verifier';
import { fromHex } from './fields.ts';

export interface ViaCall {
  /** Signing name of the service: `s3`. */
  readonly service: string;
  /** The service's own operation: `PutObject`. The gateway's word. */
  readonly operation: string;
  readonly keyId?: string | undefined;
  readonly context?: Readonly<Record<string, string>> | undefined;
  /** Of Decrypt. */
  readonly ciphertext?: Uint8Array | undefined;
}

const mark = 'via';

/** JSON in place of a withheld body's members (`AuditRow.parameters`). */
export function viaParameters({ service, operation, keyId, context, ciphertext }: ViaCall): string {
  return JSON.stringify({
    [mark]: service,
    operation,
    KeyId: keyId,
    EncryptionContext: context,
    CiphertextBlob: ciphertext === undefined ? undefined : hex(ciphertext),
  });
}

/** @returns undefined when the row is of a call to KMS itself, or of none that is known */
export function readVia(parameters: string | undefined): ViaCall | undefined {
  const value = parameters === undefined ? undefined : objectOf(parameters);
  if (value === undefined) return undefined;
  const { [mark]: service, operation, KeyId, EncryptionContext, CiphertextBlob, ...rest } = value;
  if (typeof service !== 'string' || typeof operation !== 'string' || Object.keys(rest).length > 0)
    return undefined;
  if (!isMaybe(KeyId, isText) || !isMaybe(EncryptionContext, isPairs) || !isMaybe(CiphertextBlob, isHex))
    return undefined;
  return {
    service,
    operation,
    keyId: KeyId,
    context: EncryptionContext,
    ciphertext: CiphertextBlob === undefined ? undefined : fromHex(CiphertextBlob),
  };
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isMaybe = <Value>(value: unknown, is: (one: unknown) => one is Value): value is Value | undefined =>
  value === undefined || is(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isHex = (value: unknown): value is string => isText(value) && /^(?:[0-9a-f]{2})*$/.test(value);
const isPairs = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isText);
