/** Operations that use key material, or read of it. */
import { decrypt } from './decrypt.ts';
import { deriveSharedSecret } from './derive-shared-secret.ts';
import { encrypt } from './encrypt.ts';
import { generateDataKey, generateDataKeyWithoutPlaintext } from './generate-data-key.ts';
import { generateDataKeyPair, generateDataKeyPairWithoutPlaintext } from './generate-data-key-pair.ts';
import { generateRandom } from './generate-random.ts';
import { getParametersForImport } from './get-parameters-for-import.ts';
import { getPublicKey } from './get-public-key.ts';
import { importKeyMaterial } from './import-key-material.ts';
import { generateMac, verifyMac } from './macs.ts';
import { reEncrypt } from './re-encrypt.ts';
import type { KmsOperation } from './row.ts';
import { sign } from './sign.ts';
import { verify } from './verify.ts';

export const keyUses: readonly KmsOperation[] = [
  encrypt,
  decrypt,
  reEncrypt,
  generateDataKey,
  generateDataKeyWithoutPlaintext,
  generateDataKeyPair,
  generateDataKeyPairWithoutPlaintext,
  generateMac,
  verifyMac,
  generateRandom,
  sign,
  verify,
  deriveSharedSecret,
  getPublicKey,
  getParametersForImport,
  importKeyMaterial,
];
