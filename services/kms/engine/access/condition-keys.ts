/**
 * Condition keys of KMS, from operation, input and key.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
 *
 * `kms:ViaService` stands in the caller's own (`viaCaller`). Absent, since no call here has them: kms:RecipientAttestation,
 * kms:CustomKeyStoreId and what belongs to enclaves.
 */
import {
  dateOf,
  flagOf,
  type Input,
  numberOf,
  objectOf,
  objectsOf,
  pairsOf,
  textOf,
  textsOf,
} from '../input.ts';
import type { EncryptionContext, KeyRecord } from '../key-record.ts';
import { kmsLimits } from '../limits.ts';
import type { Operation } from '../operations.ts';
import { isSymmetric } from '../specs.ts';

export type ConditionKeys = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ConditionSubject {
  readonly key?: KeyRecord | undefined;
  /** Alias in the request. */
  readonly alias?: string | undefined;
  /** ReEncrypt asks twice. */
  readonly side?: 'source' | 'destination' | undefined;
  /** ReEncrypt: source and destination are one key. */
  readonly onSameKey?: boolean | undefined;
}

export function conditionKeys(
  operation: Operation,
  input: Input,
  subject: ConditionSubject,
  callerAccount: string,
): ConditionKeys {
  return {
    'kms:CallerAccount': callerAccount,
    ...(subject.key === undefined ? {} : keysOfKey(subject.key)),
    'kms:RequestAlias': subject.alias,
    ...keysOfRequest(operation, input, subject),
  };
}

function keysOfKey(key: KeyRecord): ConditionKeys {
  const tags = Object.fromEntries(key.tags.map((tag) => [`aws:ResourceTag/${tag.key}`, tag.value]));
  return {
    ...tags,
    'kms:KeySpec': key.spec,
    'kms:KeyUsage': key.usage,
    'kms:KeyOrigin': key.origin,
    'kms:MultiRegion': String(key.multiRegion !== undefined),
    'kms:MultiRegionKeyType': key.multiRegion?.type,
    'kms:ResourceAliases': key.aliases.length === 0 ? undefined : key.aliases,
  };
}

function keysOfRequest(operation: Operation, input: Input, subject: ConditionSubject): ConditionKeys {
  switch (operation) {
    case 'CreateKey':
      return {
        'kms:KeySpec':
          textOf(input, 'KeySpec') ?? textOf(input, 'CustomerMasterKeySpec') ?? 'SYMMETRIC_DEFAULT',
        'kms:KeyUsage': textOf(input, 'KeyUsage') ?? 'ENCRYPT_DECRYPT',
        'kms:KeyOrigin': textOf(input, 'Origin') ?? 'AWS_KMS',
        'kms:MultiRegion': String(flagOf(input, 'MultiRegion')),
        'kms:MultiRegionKeyType': flagOf(input, 'MultiRegion') ? 'PRIMARY' : undefined,
        ...bypass(input),
        ...requestTags(input),
      };
    case 'PutKeyPolicy':
      return bypass(input);
    case 'ReplicateKey':
      return { 'kms:ReplicaRegion': textOf(input, 'ReplicaRegion'), ...bypass(input), ...requestTags(input) };
    case 'UpdatePrimaryRegion':
      return { 'kms:PrimaryRegion': textOf(input, 'PrimaryRegion') };
    case 'TagResource':
      return requestTags(input);
    case 'UntagResource':
      return { 'aws:TagKeys': textsOf(input, 'TagKeys') };
    case 'ScheduleKeyDeletion': {
      const days = numberOf(input, 'PendingWindowInDays') ?? kmsLimits.pendingWindowDaysDefault;
      return { 'kms:ScheduleKeyDeletionPendingWindowInDays': String(days) };
    }
    case 'EnableKeyRotation': {
      const days = numberOf(input, 'RotationPeriodInDays') ?? kmsLimits.rotationDaysDefault;
      return { 'kms:RotationPeriodInDays': String(days) };
    }
    case 'GetParametersForImport':
      return {
        'kms:WrappingAlgorithm': textOf(input, 'WrappingAlgorithm'),
        'kms:WrappingKeySpec': textOf(input, 'WrappingKeySpec'),
      };
    case 'ImportKeyMaterial':
      return {
        'kms:ExpirationModel': textOf(input, 'ExpirationModel') ?? 'KEY_MATERIAL_EXPIRES',
        'kms:ValidTo': dateOf(input, 'ValidTo')?.toISOString(),
      };
    case 'CreateGrant':
      return grantKeys(input);
    case 'Sign':
    case 'Verify':
      return {
        'kms:SigningAlgorithm': textOf(input, 'SigningAlgorithm'),
        'kms:MessageType': textOf(input, 'MessageType') ?? 'RAW',
      };
    case 'GenerateMac':
    case 'VerifyMac':
      return { 'kms:MacAlgorithm': textOf(input, 'MacAlgorithm') };
    case 'DeriveSharedSecret':
      return { 'kms:KeyAgreementAlgorithm': textOf(input, 'KeyAgreementAlgorithm') };
    case 'GenerateDataKeyPair':
    case 'GenerateDataKeyPairWithoutPlaintext':
      return {
        'kms:DataKeyPairSpec': textOf(input, 'KeyPairSpec'),
        ...encryptionKeys(operation, input, subject),
      };
    case 'ReEncrypt':
      return {
        'kms:ReEncryptOnSameKey': String(subject.onSameKey ?? false),
        ...encryptionKeys(operation, input, subject),
      };
    default:
      return encryptionKeys(operation, input, subject);
  }
}

/** The encryption context of a cryptographic operation on a symmetric key; undefined for all others. */
export function contextOf(
  operation: Operation,
  input: Input,
  { key, side }: Pick<ConditionSubject, 'key' | 'side'>,
): EncryptionContext | undefined {
  if (key !== undefined && !isSymmetric(key)) return undefined;
  switch (operation) {
    case 'Encrypt':
    case 'Decrypt':
    case 'GenerateDataKey':
    case 'GenerateDataKeyWithoutPlaintext':
    case 'GenerateDataKeyPair':
    case 'GenerateDataKeyPairWithoutPlaintext':
      return pairsOf(input, 'EncryptionContext') ?? {};
    case 'ReEncrypt':
      return (
        pairsOf(input, side === 'source' ? 'SourceEncryptionContext' : 'DestinationEncryptionContext') ?? {}
      );
    default:
      return undefined;
  }
}

function encryptionKeys(operation: Operation, input: Input, subject: ConditionSubject): ConditionKeys {
  const algorithm = encryptionAlgorithm(operation, input, subject.side);
  if (algorithm === undefined) return {};
  const pairs = Object.entries(contextOf(operation, input, subject) ?? {});
  return {
    ...Object.fromEntries(pairs.map(([name, value]) => [`kms:EncryptionContext:${name}`, value])),
    'kms:EncryptionContextKeys': pairs.length === 0 ? undefined : pairs.map(([name]) => name),
    'kms:EncryptionAlgorithm': algorithm,
  };
}

/** What the request says or leaves to the default; undefined for operations without one. */
export function encryptionAlgorithm(
  operation: Operation,
  input: Input,
  side?: 'source' | 'destination',
): string | undefined {
  switch (operation) {
    case 'Encrypt':
    case 'Decrypt':
      return textOf(input, 'EncryptionAlgorithm') ?? 'SYMMETRIC_DEFAULT';
    case 'ReEncrypt': {
      const name = side === 'source' ? 'SourceEncryptionAlgorithm' : 'DestinationEncryptionAlgorithm';
      return textOf(input, name) ?? 'SYMMETRIC_DEFAULT';
    }
    case 'GenerateDataKey':
    case 'GenerateDataKeyWithoutPlaintext':
    case 'GenerateDataKeyPair':
    case 'GenerateDataKeyPairWithoutPlaintext':
      return 'SYMMETRIC_DEFAULT';
    default:
      return undefined;
  }
}

function grantKeys(input: Input): ConditionKeys {
  const constraints = objectOf(input, 'Constraints') ?? {};
  const kinds = ['EncryptionContextEquals', 'EncryptionContextSubset'].filter(
    (kind) => constraints[kind] !== undefined && constraints[kind] !== null,
  );
  return {
    'kms:GrantOperations': textsOf(input, 'Operations'),
    'kms:GranteePrincipal': textOf(input, 'GranteePrincipal'),
    'kms:RetiringPrincipal': textOf(input, 'RetiringPrincipal'),
    'kms:GrantConstraintType': kinds.length === 0 ? undefined : kinds,
    'kms:GrantIsForAWSResource': 'false',
  };
}

const bypass = (input: Input): ConditionKeys => ({
  'kms:BypassPolicyLockoutSafetyCheck': String(flagOf(input, 'BypassPolicyLockoutSafetyCheck')),
});

function requestTags(input: Input): ConditionKeys {
  const tags = objectsOf(input, 'Tags');
  if (tags.length === 0) return {};
  return {
    ...Object.fromEntries(
      tags.map((tag) => [`aws:RequestTag/${textOf(tag, 'TagKey')}`, textOf(tag, 'TagValue')]),
    ),
    'aws:TagKeys': tags.map((tag) => textOf(tag, 'TagKey') ?? ''),
  };
}
