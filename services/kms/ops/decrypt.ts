/** Decrypt: the key of symmetric ciphertext stands in it, and so does the version, however old. */
import { admit } from '../engine/admit.ts';
import { bytesOf, required } from '../engine/input.ts';
import { keyArn } from '../engine/key-record.ts';
import { useKeys } from '../store/use-key.ts';
import { open } from './open.ts';
import { operation } from './row.ts';
import { withSecrets } from './secret-reply.ts';

export const decrypt = operation('Decrypt', async (context, call) => {
  const admission = await admit(context.view, call);
  const { key, algorithm } = admission;
  const ciphertext = required(bytesOf(call.input, 'CiphertextBlob'), 'CiphertextBlob');
  const { message, materialId } = await useKeys(context, call, { keyIds: [key.keyId] }, (perform) =>
    open(perform, admission, ciphertext),
  );
  const output = {
    KeyId: keyArn(key),
    Plaintext: message,
    EncryptionAlgorithm: algorithm,
    KeyMaterialId: materialId,
  };
  return withSecrets(output, message);
});
