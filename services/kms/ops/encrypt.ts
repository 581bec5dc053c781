/** Encrypt: at most 4096 bytes under a symmetric key, under RSA what the padding leaves. */
import { admit } from '../engine/admit.ts';
import { bytesOf, required } from '../engine/input.ts';
import { keyArn } from '../engine/key-record.ts';
import { operation } from './row.ts';
import { sealRecorded } from './seal.ts';

export const encrypt = operation('Encrypt', async (context, call) => {
  const admission = await admit(context.view, call);
  const { key, algorithm } = admission;
  const plaintext = required(bytesOf(call.input, 'Plaintext'), 'Plaintext');
  const { ciphertext } = await sealRecorded(context, call, admission, plaintext);
  plaintext.fill(0);
  return { CiphertextBlob: ciphertext, KeyId: keyArn(key), EncryptionAlgorithm: algorithm };
});
