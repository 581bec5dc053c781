/**
 * GenerateDataKeyPair, and the same without the plaintext: the private key is sealed as PKCS #8 under a symmetric key, for Decrypt to
 * open. SM2 is refused; pairs of ML-DSA are none of KMS.
 */
import { admit } from '../engine/admit.ts';
import { required, textOf } from '../engine/input.ts';
import { keyArn } from '../engine/key-record.ts';
import type { KmsCall } from '../store/call.ts';
import type { KmsContext } from '../store/context.ts';
import { makeDataKeyPair } from './data-key-pairs.ts';
import { operation } from './row.ts';
import { sealRecorded } from './seal.ts';
import { withSecrets } from './secret-reply.ts';

export const generateDataKeyPair = operation('GenerateDataKeyPair', async (context, call) => {
  const { privateKey, output } = await makePair(context, call);
  return withSecrets({ ...output, PrivateKeyPlaintext: privateKey }, privateKey);
});

export const generateDataKeyPairWithoutPlaintext = operation(
  'GenerateDataKeyPairWithoutPlaintext',
  async (context, call) => {
    const { privateKey, output } = await makePair(context, call);
    privateKey.fill(0);
    return output;
  },
);

async function makePair(context: KmsContext, call: KmsCall) {
  const admission = await admit(context.view, call);
  const { key } = admission;
  const spec = required(textOf(call.input, 'KeyPairSpec'), 'KeyPairSpec');
  // Before the call is recorded: primes take their time, and custodians have only so much for a task.
  const { publicKey, privateKey } = await makeDataKeyPair(spec);
  const { ciphertext, materialId } = await sealRecorded(context, call, admission, privateKey);
  return {
    privateKey,
    output: {
      PrivateKeyCiphertextBlob: ciphertext,
      PublicKey: publicKey,
      KeyId: keyArn(key),
      KeyPairSpec: spec,
      KeyMaterialId: materialId,
    },
  };
}
