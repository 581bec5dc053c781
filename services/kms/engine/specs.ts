/**
 * Which keys there are and what they can do: KeySpec x KeyUsage x algorithms.
 * https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
 */
import { invalid, kmsError, unsupported } from './errors.ts';

/** Order is stored: only ever append. */
export const keySpecs = [
  'SYMMETRIC_DEFAULT',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'ECC_NIST_EDWARDS25519',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
] as const;
export type KeySpec = (typeof keySpecs)[number];

/** What AWS offers in some regions and this one does not. */
export const otherKeySpecs = ['SM2', 'ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const;

/** Order is stored: only ever append. */
export const keyUsages = ['SIGN_VERIFY', 'ENCRYPT_DECRYPT', 'GENERATE_VERIFY_MAC', 'KEY_AGREEMENT'] as const;
export type KeyUsage = (typeof keyUsages)[number];

/** Names of custodians' schemes: `KeyScheme` of the node's API, which an engine does not import. */
export type SchemeName =
  | 'dprf-ristretto255'
  | 'frost-ed25519'
  | `ecdsa-${'secp256k1' | 'p256' | 'p384' | 'p521'}`
  | `ecdh-${'p256' | 'p384' | 'p521'}`
  | `rsa-${'2048' | '3072' | '4096'}`
  | `hmac-sha-${'224' | '256' | '384' | '512'}`;

/** Uses of one spec: algorithms and the scheme of custodians. */
type Row = Readonly<Partial<Record<KeyUsage, readonly [scheme: SchemeName, ...algorithms: string[]]>>>;

const rsaSigning = [
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
] as const;
const rsaEncryption = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const;

const rsa = (scheme: SchemeName): Row => ({
  ENCRYPT_DECRYPT: [scheme, ...rsaEncryption],
  SIGN_VERIFY: [scheme, ...rsaSigning],
});
const nist = (curve: 'p256' | 'p384' | 'p521', algorithm: string): Row => ({
  SIGN_VERIFY: [`ecdsa-${curve}`, algorithm],
  KEY_AGREEMENT: [`ecdh-${curve}`, 'ECDH'],
});

const matrix: Readonly<Record<KeySpec, Row>> = {
  SYMMETRIC_DEFAULT: { ENCRYPT_DECRYPT: ['dprf-ristretto255', 'SYMMETRIC_DEFAULT'] },
  RSA_2048: rsa('rsa-2048'),
  RSA_3072: rsa('rsa-3072'),
  RSA_4096: rsa('rsa-4096'),
  ECC_NIST_P256: nist('p256', 'ECDSA_SHA_256'),
  ECC_NIST_P384: nist('p384', 'ECDSA_SHA_384'),
  ECC_NIST_P521: nist('p521', 'ECDSA_SHA_512'),
  ECC_SECG_P256K1: { SIGN_VERIFY: ['ecdsa-secp256k1', 'ECDSA_SHA_256'] },
  ECC_NIST_EDWARDS25519: { SIGN_VERIFY: ['frost-ed25519', 'ED25519_SHA_512', 'ED25519_PH_SHA_512'] },
  HMAC_224: { GENERATE_VERIFY_MAC: ['hmac-sha-224', 'HMAC_SHA_224'] },
  HMAC_256: { GENERATE_VERIFY_MAC: ['hmac-sha-256', 'HMAC_SHA_256'] },
  HMAC_384: { GENERATE_VERIFY_MAC: ['hmac-sha-384', 'HMAC_SHA_384'] },
  HMAC_512: { GENERATE_VERIFY_MAC: ['hmac-sha-512', 'HMAC_SHA_512'] },
};

export interface KeyKind {
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
}

/** @throws Error when the spec has no such use: records are checked when they are made */
function row({ spec, usage }: KeyKind): readonly [SchemeName, ...string[]] {
  const found = matrix[spec][usage];
  if (found === undefined) throw new Error(`${spec} has no use ${usage}`);
  return found;
}

export const schemeOf = (kind: KeyKind): SchemeName => row(kind)[0];

export const algorithmsOf = (kind: KeyKind): readonly string[] => row(kind).slice(1);

export const isSymmetric = ({ spec }: Pick<KeyKind, 'spec'>): boolean => spec === 'SYMMETRIC_DEFAULT';

/** With a public key. */
export const isAsymmetric = ({ spec }: Pick<KeyKind, 'spec'>): boolean =>
  spec !== 'SYMMETRIC_DEFAULT' && !spec.startsWith('HMAC_');

/** Bits of an RSA modulus. */
export const rsaBits = (spec: KeySpec): number | undefined =>
  spec.startsWith('RSA_') ? Number(spec.slice(4)) : undefined;

/** Which use a new key has: only symmetric encryption keys need not say. @throws KmsError */
export function newKeyKind(spec: string, usage: string | undefined): KeyKind {
  if ((otherKeySpecs as readonly string[]).includes(spec))
    throw unsupported(`KeySpec ${spec} is not supported in this region.`);
  const known = spec as KeySpec;
  if (usage === undefined && known !== 'SYMMETRIC_DEFAULT') {
    throw invalid('You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.');
  }
  const wanted = (usage ?? 'ENCRYPT_DECRYPT') as KeyUsage;
  if (matrix[known][wanted] === undefined) {
    if (known !== 'SYMMETRIC_DEFAULT')
      throw invalid(`KeyUsage ${wanted} is not compatible with KeySpec ${known}`);
    throw invalid(
      `The operation failed because the KeyUsage value of the CMK is ${wanted}. To perform this operation, the KeyUsage value must be ENCRYPT_DECRYPT.`,
    );
  }
  return { spec: known, usage: wanted };
}

/** @throws KmsError InvalidKeyUsageException when the key's use is another one */
export function requireUsage(key: KeyKind, usage: KeyUsage, operation: string, arn: string): void {
  if (key.usage === usage) return;
  throw kmsError(
    'InvalidKeyUsageException',
    `${arn} key usage is ${key.usage} which is not valid for ${operation}.`,
  );
}

/** @throws KmsError InvalidKeyUsageException */
export function requireAlgorithm(key: KeyKind, algorithm: string): void {
  if (algorithmsOf(key).includes(algorithm)) return;
  throw kmsError(
    'InvalidKeyUsageException',
    `Algorithm ${algorithm} is incompatible with key spec ${key.spec}.`,
  );
}

/** @throws KmsError InvalidKeyUsageException: data keys stand under symmetric encryption keys alone */
export function requireSymmetric(key: KeyKind, operation: string, arn: string): void {
  requireUsage(key, 'ENCRYPT_DECRYPT', operation, arn);
  if (isSymmetric(key)) return;
  throw kmsError(
    'InvalidKeyUsageException',
    `${arn} key spec is ${key.spec} which is not valid for ${operation}.`,
  );
}
