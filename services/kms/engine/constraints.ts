/** Constraints on members of requests, as data: lengths, ranges, patterns and enumerations of AWS's published model of KMS. */
import { grantOperations } from './key-record.ts';
import { kmsLimits } from './limits.ts';
import type { Operation } from './operations.ts';
import { keySpecs, keyUsages, otherKeySpecs } from './specs.ts';

export type Constraint =
  | { readonly kind: 'text'; readonly min: number; readonly max: number; readonly pattern?: string }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'number'; readonly min: number; readonly max: number }
  | { readonly kind: 'blob'; readonly min: number; readonly max: number }
  | { readonly kind: 'boolean' | 'date' | 'pairs' }
  | { readonly kind: 'list'; readonly member: Constraint; readonly max?: number }
  | { readonly kind: 'object'; readonly members: Members };

/** A name with `!` must be there. */
export type Members = Readonly<Record<string, Constraint>>;

const text = (min: number, max: number, pattern?: string): Constraint =>
  pattern === undefined ? { kind: 'text', min, max } : { kind: 'text', min, max, pattern };
const oneOf = (...values: readonly string[]): Constraint => ({ kind: 'enum', values });
const number = (min: number, max: number): Constraint => ({ kind: 'number', min, max });
const blob = (max: number): Constraint => ({ kind: 'blob', min: 1, max });
const list = (member: Constraint, max?: number): Constraint =>
  max === undefined ? { kind: 'list', member } : { kind: 'list', member, max };

const flag: Constraint = { kind: 'boolean' };
const date: Constraint = { kind: 'date' };
const context: Constraint = { kind: 'pairs' };
const keyId = text(1, 2048);
const alias = text(1, 256, '^[a-zA-Z0-9:/_-]+$');
const tokens = list(text(1, 8192), kmsLimits.grantTokensPerRequestMax);
const ciphertext = blob(kmsLimits.ciphertextBytesMax);
const message = blob(kmsLimits.messageBytesMax);
// Whatever is too long is a quota exceeded, as the documentation of the member says.
const policy = text(1, Number.POSITIVE_INFINITY, '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+');
const policyName = text(1, 128, '[\\w]+');
const principal = text(1, 256, '^[\\w+=,.@:/-]+$');
const region = text(1, 32, '^([a-z]+-){2,3}\\d+$');
const materialId = text(64, 64, '^[a-f0-9]+$');
const limit = number(1, kmsLimits.pageEntriesMax);
const marker = text(1, 1024, '[\\u0020-\\u00FF]*');
const description = text(0, kmsLimits.descriptionCharactersMax);
const grantId = text(1, 128);
const tagKey = text(1, 128);
const tags = list({ kind: 'object', members: { 'TagKey!': tagKey, 'TagValue!': text(0, 256) } });
const storeId = text(1, 64);
const storeName = text(1, 256);
const recipient: Constraint = {
  kind: 'object',
  members: { KeyEncryptionAlgorithm: oneOf('RSAES_OAEP_SHA_256'), AttestationDocument: blob(262_144) },
};
const encryptionAlgorithm = oneOf('SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE');
const signingAlgorithm = oneOf(
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'ECDSA_SHA_256',
  'ECDSA_SHA_384',
  'ECDSA_SHA_512',
  'SM2DSA',
  'ML_DSA_SHAKE_256',
  'ED25519_SHA_512',
  'ED25519_PH_SHA_512',
);
const macAlgorithm = oneOf('HMAC_SHA_224', 'HMAC_SHA_256', 'HMAC_SHA_384', 'HMAC_SHA_512');
const messageType = oneOf('RAW', 'DIGEST', 'EXTERNAL_MU');
const dataKeyPairSpec = oneOf(
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'SM2',
  'ECC_NIST_EDWARDS25519',
);
const dryRunModifiers = list(oneOf('IGNORE_CIPHERTEXT'));
const key = { 'KeyId!': keyId };
const page = { Limit: limit, Marker: marker };
const granted = { GrantTokens: tokens, DryRun: flag };
const dataKey = {
  ...key,
  ...granted,
  EncryptionContext: context,
  KeySpec: oneOf('AES_256', 'AES_128'),
  NumberOfBytes: number(1, kmsLimits.randomBytesMax),
};
const dataKeyPair = { ...key, ...granted, EncryptionContext: context, 'KeyPairSpec!': dataKeyPairSpec };
const xksProxy = {
  XksProxyUriEndpoint: text(10, 128, '^https://[a-zA-Z0-9.-]+$'),
  XksProxyUriPath: text(10, 128, '^(/[a-zA-Z0-9\\/_-]+/kms/xks/v\\d{1,2})$|^(/kms/xks/v\\d{1,2})$'),
  XksProxyConnectivity: oneOf('PUBLIC_ENDPOINT', 'VPC_ENDPOINT_SERVICE'),
  CloudHsmClusterId: text(19, 24, 'cluster-[2-7a-zA-Z]{11,16}'),
  KeyStorePassword: text(7, 32),
};

export const constraints: Readonly<Record<Operation, Members>> = {
  CancelKeyDeletion: key,
  ConnectCustomKeyStore: { 'CustomKeyStoreId!': storeId },
  CreateAlias: { 'AliasName!': alias, 'TargetKeyId!': keyId },
  CreateCustomKeyStore: {
    'CustomKeyStoreName!': storeName,
    ...xksProxy,
    TrustAnchorCertificate: text(1, 5000),
    CustomKeyStoreType: oneOf('AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'),
  },
  CreateGrant: {
    ...key,
    ...granted,
    'GranteePrincipal!': principal,
    RetiringPrincipal: principal,
    'Operations!': list(oneOf(...grantOperations)),
    Constraints: {
      kind: 'object',
      members: { EncryptionContextSubset: context, EncryptionContextEquals: context },
    },
    Name: text(1, 256, '^[a-zA-Z0-9:/_-]+$'),
  },
  CreateKey: {
    Policy: policy,
    Description: description,
    KeyUsage: oneOf(...keyUsages),
    CustomerMasterKeySpec: oneOf(...keySpecs.filter((spec) => spec !== 'ECC_NIST_EDWARDS25519'), 'SM2'),
    KeySpec: oneOf(...keySpecs, ...otherKeySpecs),
    Origin: oneOf('AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'),
    CustomKeyStoreId: storeId,
    BypassPolicyLockoutSafetyCheck: flag,
    Tags: tags,
    MultiRegion: flag,
    XksKeyId: text(1, 128, '^[a-zA-Z0-9-_.]+$'),
  },
  Decrypt: {
    CiphertextBlob: ciphertext,
    EncryptionContext: context,
    ...granted,
    KeyId: keyId,
    EncryptionAlgorithm: encryptionAlgorithm,
    Recipient: recipient,
    DryRunModifiers: dryRunModifiers,
  },
  DeleteAlias: { 'AliasName!': alias },
  DeleteCustomKeyStore: { 'CustomKeyStoreId!': storeId },
  DeleteImportedKeyMaterial: { ...key, KeyMaterialId: materialId },
  DeriveSharedSecret: {
    ...key,
    'KeyAgreementAlgorithm!': oneOf('ECDH'),
    'PublicKey!': blob(kmsLimits.publicKeyBytesMax),
    ...granted,
    Recipient: recipient,
  },
  DescribeCustomKeyStores: { CustomKeyStoreId: storeId, CustomKeyStoreName: storeName, ...page },
  DescribeKey: { ...key, GrantTokens: tokens },
  DisableKey: key,
  DisableKeyRotation: key,
  DisconnectCustomKeyStore: { 'CustomKeyStoreId!': storeId },
  EnableKey: key,
  EnableKeyRotation: {
    ...key,
    RotationPeriodInDays: number(kmsLimits.rotationDaysMin, kmsLimits.rotationDaysMax),
  },
  Encrypt: {
    ...key,
    'Plaintext!': message,
    EncryptionContext: context,
    ...granted,
    EncryptionAlgorithm: encryptionAlgorithm,
  },
  GenerateDataKey: { ...dataKey, Recipient: recipient },
  GenerateDataKeyPair: { ...dataKeyPair, Recipient: recipient },
  GenerateDataKeyPairWithoutPlaintext: dataKeyPair,
  GenerateDataKeyWithoutPlaintext: dataKey,
  GenerateMac: { 'Message!': message, ...key, 'MacAlgorithm!': macAlgorithm, ...granted },
  GenerateRandom: {
    NumberOfBytes: number(1, kmsLimits.randomBytesMax),
    CustomKeyStoreId: storeId,
    Recipient: recipient,
  },
  GetKeyLastUsage: key,
  GetKeyPolicy: { ...key, PolicyName: policyName },
  GetKeyRotationStatus: key,
  GetParametersForImport: {
    ...key,
    'WrappingAlgorithm!': oneOf(
      'RSAES_PKCS1_V1_5',
      'RSAES_OAEP_SHA_1',
      'RSAES_OAEP_SHA_256',
      'RSA_AES_KEY_WRAP_SHA_1',
      'RSA_AES_KEY_WRAP_SHA_256',
      'SM2PKE',
    ),
    'WrappingKeySpec!': oneOf('RSA_2048', 'RSA_3072', 'RSA_4096', 'SM2'),
  },
  GetPublicKey: { ...key, GrantTokens: tokens },
  ImportKeyMaterial: {
    ...key,
    'ImportToken!': ciphertext,
    'EncryptedKeyMaterial!': ciphertext,
    ValidTo: date,
    ExpirationModel: oneOf('KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'),
    ImportType: oneOf('NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL'),
    KeyMaterialDescription: text(0, 256, '^[a-zA-Z0-9:/_\\s.-]+$'),
    KeyMaterialId: materialId,
  },
  ListAliases: { KeyId: keyId, ...page },
  ListGrants: { ...page, ...key, GrantId: grantId, GranteePrincipal: principal },
  ListKeyPolicies: { ...key, ...page },
  ListKeyRotations: { ...key, IncludeKeyMaterial: oneOf('ALL_KEY_MATERIAL', 'ROTATIONS_ONLY'), ...page },
  ListKeys: page,
  ListResourceTags: { ...key, ...page },
  ListRetirableGrants: { ...page, 'RetiringPrincipal!': principal },
  PutKeyPolicy: {
    ...key,
    PolicyName: policyName,
    'Policy!': policy,
    BypassPolicyLockoutSafetyCheck: flag,
  },
  ReEncrypt: {
    CiphertextBlob: ciphertext,
    SourceEncryptionContext: context,
    SourceKeyId: keyId,
    'DestinationKeyId!': keyId,
    DestinationEncryptionContext: context,
    SourceEncryptionAlgorithm: encryptionAlgorithm,
    DestinationEncryptionAlgorithm: encryptionAlgorithm,
    ...granted,
    DryRunModifiers: dryRunModifiers,
  },
  ReplicateKey: {
    ...key,
    'ReplicaRegion!': region,
    Policy: policy,
    BypassPolicyLockoutSafetyCheck: flag,
    Description: description,
    Tags: tags,
  },
  RetireGrant: { GrantToken: text(1, 8192), KeyId: keyId, GrantId: grantId, DryRun: flag },
  RevokeGrant: { ...key, 'GrantId!': grantId, DryRun: flag },
  RotateKeyOnDemand: key,
  ScheduleKeyDeletion: { ...key, PendingWindowInDays: number(1, 365) },
  Sign: {
    ...key,
    'Message!': message,
    MessageType: messageType,
    ...granted,
    'SigningAlgorithm!': signingAlgorithm,
  },
  TagResource: { ...key, 'Tags!': tags },
  UntagResource: { ...key, 'TagKeys!': list(tagKey) },
  UpdateAlias: { 'AliasName!': alias, 'TargetKeyId!': keyId },
  UpdateCustomKeyStore: { 'CustomKeyStoreId!': storeId, NewCustomKeyStoreName: storeName, ...xksProxy },
  UpdateKeyDescription: { ...key, 'Description!': description },
  UpdatePrimaryRegion: { ...key, 'PrimaryRegion!': region },
  Verify: {
    ...key,
    'Message!': message,
    MessageType: messageType,
    'Signature!': ciphertext,
    'SigningAlgorithm!': signingAlgorithm,
    ...granted,
  },
  VerifyMac: { 'Message!': message, ...key, 'MacAlgorithm!': macAlgorithm, 'Mac!': ciphertext, ...granted },
};
