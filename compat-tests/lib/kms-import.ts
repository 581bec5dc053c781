/** The owner's side of an import, with node:crypto. */
import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import {
  GetParametersForImportCommand,
  type GetParametersForImportCommandOutput,
  ImportKeyMaterialCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { bytes } from './kms-client.ts';

export function importParameters(
  kms: KMSClient,
  KeyId: string,
): Promise<GetParametersForImportCommandOutput> {
  return kms.send(
    new GetParametersForImportCommand({
      KeyId,
      WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: 'RSA_2048',
    }),
  );
}

export async function importMaterial(
  kms: KMSClient,
  KeyId: string,
  material: Uint8Array,
  parameters?: GetParametersForImportCommandOutput,
): Promise<void> {
  const { PublicKey, ImportToken } = parameters ?? (await importParameters(kms, KeyId));
  const EncryptedKeyMaterial = publicEncrypt(
    {
      key: createPublicKey({ key: bytes(PublicKey), format: 'der', type: 'spki' }),
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: 'sha256',
    },
    material,
  );
  await kms.send(
    new ImportKeyMaterialCommand({
      KeyId,
      ImportToken,
      EncryptedKeyMaterial,
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    }),
  );
}
