/** GetPublicKey: as SubjectPublicKeyInfo in DER. */
import { admit } from '../engine/admit.ts';
import { keyArn } from '../engine/key-record.ts';
import { algorithmsOf } from '../engine/specs.ts';
import { publicKeyOf } from './public-keys.ts';
import { operation } from './row.ts';

const algorithmMembers = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
} as const;

export const getPublicKey = operation('GetPublicKey', async (context, call) => {
  const { key } = await admit(context.view, call);
  call.keyIds.add(key.keyId);
  return {
    KeyId: keyArn(key),
    PublicKey: publicKeyOf(key).der,
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    KeyUsage: key.usage,
    [algorithmMembers[key.usage]]: algorithmsOf(key),
  };
});
