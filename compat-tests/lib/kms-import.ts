/** The owner's side of an import, with node:crypto. */
import { constants, createCipheriv, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import {
  GetParametersForImportCommand,
  type GetParametersForImportCommandOutput,
  ImportKeyMaterialCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { bytes } from './kms-client.ts';

/** More does not fit into one encryption of RSA_2048: a key of AES is between. */
const oaepBytesMax = 190;

export function importParameters(
  kms: KMSClient,
  KeyId: string,
  materialBytes = 0,
): Promise<GetParametersForImportCommandOutput> {
  return kms.send(
    new GetParametersForImportCommand({
      KeyId,
      WrappingAlgorithm: materialBytes > oaepBytesMax ? 'RSA_AES_KEY_WRAP_SHA_256' : 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: 'RSA_2048',
    }),
  );
}

/** RSAES_OAEP_SHA_256, or RSA_AES_KEY_WRAP_SHA_256 with the padding of RFC 5649. */
function wrap(publicKey: Uint8Array, material: Uint8Array): Buffer {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  const oaep = (plain: Uint8Array) =>
    publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, plain);
  if (material.length <= oaepBytesMax) return oaep(material);
  const aes = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', aes, Buffer.from('A65959A6', 'hex'));
  return Buffer.concat([oaep(aes), cipher.update(material), cipher.final()]);
}

export async function importMaterial(
  kms: KMSClient,
  KeyId: string,
  material: Uint8Array,
  parameters?: GetParametersForImportCommandOutput,
): Promise<void> {
  const { PublicKey, ImportToken } = parameters ?? (await importParameters(kms, KeyId, material.length));
  await kms.send(
    new ImportKeyMaterialCommand({
      KeyId,
      ImportToken,
      EncryptedKeyMaterial: wrap(bytes(PublicKey), material),
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    }),
  );
}
