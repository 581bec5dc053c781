/** What is known of a key, an alias and a grant: plain values, the same at the gateway and at every custodian. */
import type { KeySpec, KeyUsage } from './specs.ts';

/** Place in the list is the stored number: only ever append. `Deleted` is ours: such a key is not found any more. */
export const keyStates = [
  'Creating',
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingImport',
  'PendingReplicaDeletion',
  'Unavailable',
  'Updating',
  'Deleted',
] as const;
export type KeyState = (typeof keyStates)[number];

/** Origins that keys can have here; the other two belong to custom key stores. Order is stored. */
export const keyOrigins = ['AWS_KMS', 'EXTERNAL'] as const;
export type KeyOrigin = (typeof keyOrigins)[number];

export const materialStates = ['CURRENT', 'NON_CURRENT', 'PENDING_ROTATION'] as const;
export type MaterialState = (typeof materialStates)[number];

/** How a version came to be; `initial` is no rotation. Order is stored. */
export const versionCauses = ['initial', 'AUTOMATIC', 'ON_DEMAND'] as const;
export type VersionCause = (typeof versionCauses)[number];

/** Of key material that was imported. */
export interface ImportedMaterial {
  /** False when it was deleted or has expired: it can be imported again, under the same handle. */
  readonly present: boolean;
  /** Expires then; absent when it does not. Milliseconds since 1970. */
  readonly validToMs?: number | undefined;
  readonly description?: string | undefined;
}

export interface KeyVersion {
  /** 16 bytes in lower-case hexadecimal: what custodians know this version's shares by. */
  readonly handle: string;
  /** 32 bytes in lower-case hexadecimal: `KeyMaterialId`. */
  readonly materialId: string;
  /** When the version became current, or was imported while it waits to. */
  readonly createdMs: number;
  readonly cause: VersionCause;
  readonly state: MaterialState;
  readonly imported?: ImportedMaterial | undefined;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface MultiRegion {
  readonly type: 'PRIMARY' | 'REPLICA';
  readonly primaryRegion: string;
  /** Sorted. */
  readonly replicaRegions: readonly string[];
}

export interface Rotation {
  readonly periodDays: number;
  readonly nextMs: number;
}

export interface KeyRecord {
  /** A UUID, or `mrk-` and 32 hexadecimal digits. */
  readonly keyId: string;
  readonly account: string;
  readonly region: string;
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
  readonly origin: KeyOrigin;
  readonly state: KeyState;
  readonly description: string;
  readonly createdMs: number;
  /** With the states that lead to deletion. */
  readonly deletionMs?: number | undefined;
  readonly pendingWindowDays?: number | undefined;
  readonly multiRegion?: MultiRegion | undefined;
  /** JSON text as it was put. */
  readonly policy: string;
  /** Sorted by key. */
  readonly tags: readonly Tag[];
  /** Names of its aliases with `alias/`, sorted. */
  readonly aliases: readonly string[];
  /** Oldest first. */
  readonly versions: readonly KeyVersion[];
  /** Present when automatic rotation is enabled. */
  readonly rotation?: Rotation | undefined;
  readonly onDemandRotations: number;
  readonly grants: number;
  /** Its secret was in one place once: made by a dealer, or imported. */
  readonly dealer: boolean;
  /** Public key as custodians gave it. The gateway's alone: it is a result of the call that made the key. */
  readonly publicKey?: Uint8Array | undefined;
}

export interface AliasRecord {
  /** With `alias/`. */
  readonly name: string;
  readonly account: string;
  readonly targetKeyId: string;
  readonly createdMs: number;
  readonly updatedMs: number;
}

/** Order is stored: only ever append. */
export const grantOperations = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
  'Sign',
  'Verify',
  'GetPublicKey',
  'CreateGrant',
  'RetireGrant',
  'DescribeKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateMac',
  'VerifyMac',
  'DeriveSharedSecret',
] as const;
export type GrantOperation = (typeof grantOperations)[number];

export type EncryptionContext = Readonly<Record<string, string>>;

export interface GrantRecord {
  /** 32 bytes in lower-case hexadecimal; the first is `granteeBucket` of the grantee. */
  readonly grantId: string;
  readonly keyId: string;
  readonly name?: string | undefined;
  readonly granteePrincipal: string;
  readonly retiringPrincipal?: string | undefined;
  /** Account in which it was made. */
  readonly issuingAccount: string;
  readonly createdMs: number;
  readonly operations: readonly GrantOperation[];
  readonly contextSubset?: EncryptionContext | undefined;
  readonly contextEquals?: EncryptionContext | undefined;
}

export const keyArn = ({ region, account, keyId }: Pick<KeyRecord, 'region' | 'account' | 'keyId'>): string =>
  `arn:aws:kms:${region}:${account}:key/${keyId}`;

export const aliasArn = (region: string, account: string, name: string): string =>
  `arn:aws:kms:${region}:${account}:${name}`;

/** The version that encrypts and signs. Absent while nothing was imported. */
export const currentVersion = (key: KeyRecord): KeyVersion | undefined =>
  key.versions.find(({ state }) => state === 'CURRENT');

/** Names of aliases that nobody can make: their keys are made and kept by services. */
export const managedAliasPrefix = 'alias/aws/';

/** `AWS` is the manager of the keys that services make for accounts: their aliases cannot be given to others, or taken from them. */
export const managerOf = ({ aliases }: Pick<KeyRecord, 'aliases'>): 'AWS' | 'CUSTOMER' =>
  aliases.some((name) => name.startsWith(managedAliasPrefix)) ? 'AWS' : 'CUSTOMER';
