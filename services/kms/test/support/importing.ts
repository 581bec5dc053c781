/** The owner's side of an import: parameters, wrapping by node:crypto, and the call. */
import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import {
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  type ImportKeyMaterialCommandInput,
  type KeySpec,
  type KeyUsageType,
  type KMSClient,
  type WrappingKeySpec,
} from '@aws-sdk/client-kms';
import { expect } from 'vitest';
import { arnOf, newKey } from './key-gateway.ts';

export type WrappingAlgorithm =
  | 'RSAES_OAEP_SHA_1'
  | 'RSAES_OAEP_SHA_256'
  | 'RSA_AES_KEY_WRAP_SHA_1'
  | 'RSA_AES_KEY_WRAP_SHA_256';

export interface ImportParameters {
  readonly ImportToken: Uint8Array;
  readonly wrap: (material: Uint8Array) => Uint8Array;
  readonly validTo: Date;
}

export const forEver = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' } as const;

export function importerOf(kms: () => KMSClient) {
  async function parametersFor(
    KeyId: string,
    algorithm: WrappingAlgorithm,
    WrappingKeySpec: WrappingKeySpec = 'RSA_2048',
  ): Promise<ImportParameters> {
    const found = await kms().send(
      new GetParametersForImportCommand({ KeyId, WrappingAlgorithm: algorithm, WrappingKeySpec }),
    );
    expect(found.KeyId).toBe(arnOf(KeyId));
    const key = createPublicKey({ key: Buffer.from(found.PublicKey!), format: 'der', type: 'spki' });
    expect(key.asymmetricKeyDetails?.modulusLength).toBe(Number(WrappingKeySpec.slice(4)));
    const oaepHash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256';
    const oaep = (bytes: Uint8Array) =>
      publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, bytes);
    const wrap = algorithm.startsWith('RSAES')
      ? oaep
      : (bytes: Uint8Array) => {
          const aes = randomBytes(32);
          const cipher = createCipheriv('id-aes256-wrap-pad', aes, Buffer.from('A65959A6', 'hex'));
          return Buffer.concat([oaep(aes), cipher.update(bytes), cipher.final()]);
        };
    return { ImportToken: found.ImportToken!, wrap, validTo: found.ParametersValidTo! };
  }

  const external = (KeySpec: KeySpec, KeyUsage: KeyUsageType) =>
    newKey(kms(), { KeySpec, KeyUsage, Origin: 'EXTERNAL' });

  const importing = (
    KeyId: string,
    { ImportToken }: ImportParameters,
    EncryptedKeyMaterial: Uint8Array,
    more: Partial<ImportKeyMaterialCommandInput> = {},
  ) =>
    kms().send(
      new ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ...forEver, ...more }),
    );

  /** The whole way. */
  async function imported(
    KeyId: string,
    material: Uint8Array,
    algorithm: WrappingAlgorithm,
    more: Partial<ImportKeyMaterialCommandInput> = {},
  ) {
    const parameters = await parametersFor(KeyId, algorithm);
    return importing(KeyId, parameters, parameters.wrap(material), more);
  }

  return { parametersFor, external, importing, imported };
}
