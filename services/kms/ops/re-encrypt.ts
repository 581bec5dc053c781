/** ReEncrypt: opened and sealed under one audit record; the plaintext is in the gateway in between and nowhere else. */
import { admit } from '../engine/admit.ts';
import { bytesOf, required } from '../engine/input.ts';
import { keyArn } from '../engine/key-record.ts';
import { useKeys } from '../store/use-key.ts';
import { open } from './open.ts';
import { operation } from './row.ts';
import { seal } from './seal.ts';

export const reEncrypt = operation('ReEncrypt', async (context, call) => {
  const admission = await admit(context.view, call);
  const { key, algorithm } = admission;
  const source = required(admission.source, 'source');
  const ciphertext = required(bytesOf(call.input, 'CiphertextBlob'), 'CiphertextBlob');
  const keyIds = [source.key.keyId, key.keyId];
  const done = await useKeys(context, call, { keyIds }, async (perform, revision) => {
    const opened = await open(perform, source, ciphertext);
    try {
      const sealed = await seal({ perform, revision }, context.random, admission, opened.message);
      return { opened: opened.materialId, sealed };
    } finally {
      opened.message.fill(0);
    }
  });
  return {
    CiphertextBlob: done.sealed.ciphertext,
    SourceKeyId: keyArn(source.key),
    KeyId: keyArn(key),
    SourceEncryptionAlgorithm: source.algorithm,
    DestinationEncryptionAlgorithm: algorithm,
    SourceKeyMaterialId: done.opened,
    DestinationKeyMaterialId: done.sealed.materialId,
  };
});
