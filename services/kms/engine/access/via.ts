/**
 * Calls that another service makes for its own caller, with the caller's rights (forward access sessions). Policies tell them by
 * `kms:ViaService`; nothing that they say of the caller's network is about who calls KMS, so such condition keys are absent.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 */
import { kmsError } from '../errors.ts';
import type { Input } from '../input.ts';
import type { EncryptionContext } from '../key-record.ts';
import type { Operation } from '../operations.ts';
import type { Caller } from './caller.ts';

/** Signing names of the services whose requests custodians can judge. */
export const viaServices = ['s3'] as const;
export type ViaService = (typeof viaServices)[number];

export const isViaService = (name: string): name is ViaService =>
  (viaServices as readonly string[]).includes(name);

export function viaCaller(caller: Omit<Caller, 'via'>, via: ViaService): Caller {
  const { region } = caller;
  const context = {
    ...caller.context,
    'kms:ViaService': `${via}.${region}.amazonaws.com`,
    'aws:ViaAWSService': 'true',
  };
  return { ...caller, via, context };
}

export interface ViaMembers {
  readonly keyId?: string | undefined;
  readonly context?: EncryptionContext | undefined;
  readonly ciphertext?: Uint8Array | undefined;
}

/** The request to KMS, from what the service asks for. @throws KmsError AccessDeniedException for what no service does */
export function viaInput(operation: Operation, { keyId, context, ciphertext }: ViaMembers): Input {
  switch (operation) {
    case 'GenerateDataKey':
      return { KeyId: keyId, KeySpec: 'AES_256', EncryptionContext: context };
    case 'Decrypt':
      return { KeyId: keyId, CiphertextBlob: ciphertext, EncryptionContext: context };
    case 'DescribeKey':
      return { KeyId: keyId };
    case 'CreateKey':
      return {};
    default:
      throw kmsError('AccessDeniedException', `No service may call ${operation} for its caller.`);
  }
}
