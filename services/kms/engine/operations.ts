/**
 * Operations and what they are about, as data: which member names the key, whether it may be an alias, whether keys of other
 * accounts can be named, and which change what others are checked against.
 * https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
 */

export interface OperationFacts {
  /** Member with the key's name; absent when the call names none. */
  readonly key?: string;
  /** Alias names and alias ARNs are taken as well as key ids. */
  readonly aliases?: boolean;
  readonly crossAccount?: boolean;
  /** Uses key material, or would: refused in states in which keys cannot be used. */
  readonly cryptographic?: boolean;
  /** Changes what custodians check calls against: numbered, and applied in order everywhere. */
  readonly control?: boolean;
}

const cryptographic = { key: 'KeyId', aliases: true, crossAccount: true, cryptographic: true } as const;
const control = { key: 'KeyId', control: true } as const;
const reading = { key: 'KeyId' } as const;

export const operations = {
  CancelKeyDeletion: control,
  ConnectCustomKeyStore: {},
  CreateAlias: { key: 'TargetKeyId', control: true },
  CreateCustomKeyStore: {},
  CreateGrant: { key: 'KeyId', crossAccount: true, control: true },
  CreateKey: { control: true },
  Decrypt: cryptographic,
  DeleteAlias: { control: true },
  DeleteCustomKeyStore: {},
  DeleteImportedKeyMaterial: control,
  DeriveSharedSecret: cryptographic,
  DescribeCustomKeyStores: {},
  DescribeKey: { key: 'KeyId', aliases: true, crossAccount: true },
  DisableKey: control,
  DisableKeyRotation: control,
  DisconnectCustomKeyStore: {},
  EnableKey: control,
  EnableKeyRotation: control,
  Encrypt: cryptographic,
  GenerateDataKey: cryptographic,
  GenerateDataKeyPair: cryptographic,
  GenerateDataKeyPairWithoutPlaintext: cryptographic,
  GenerateDataKeyWithoutPlaintext: cryptographic,
  GenerateMac: cryptographic,
  GenerateRandom: {},
  GetKeyLastUsage: reading,
  GetKeyPolicy: reading,
  GetKeyRotationStatus: { key: 'KeyId', crossAccount: true },
  GetParametersForImport: reading,
  GetPublicKey: cryptographic,
  ImportKeyMaterial: control,
  ListAliases: reading,
  ListGrants: { key: 'KeyId', crossAccount: true },
  ListKeyPolicies: reading,
  ListKeyRotations: reading,
  ListKeys: {},
  ListResourceTags: reading,
  ListRetirableGrants: {},
  PutKeyPolicy: control,
  ReEncrypt: { key: 'DestinationKeyId', aliases: true, crossAccount: true, cryptographic: true },
  ReplicateKey: control,
  RetireGrant: { key: 'KeyId', crossAccount: true, control: true },
  RevokeGrant: { key: 'KeyId', crossAccount: true, control: true },
  RotateKeyOnDemand: control,
  ScheduleKeyDeletion: control,
  Sign: cryptographic,
  TagResource: control,
  UntagResource: control,
  UpdateAlias: { key: 'TargetKeyId', control: true },
  UpdateCustomKeyStore: {},
  UpdateKeyDescription: control,
  UpdatePrimaryRegion: control,
  Verify: cryptographic,
  VerifyMac: cryptographic,
} as const satisfies Record<string, OperationFacts>;

export type Operation = keyof typeof operations;

export const factsOf = (operation: Operation): OperationFacts => operations[operation];

export const isOperation = (name: string): name is Operation => Object.hasOwn(operations, name);

/** Their bodies hold plaintext or wrapped key material, and stay at the gateway. */
export const withheldOperations: readonly Operation[] = ['Encrypt', 'ImportKeyMaterial'];
