/** Sign, with every algorithm of AWS's but those of ML-DSA and SM2, whose keys cannot be made here. */
import { admit } from '../engine/admit.ts';
import { keyArn } from '../engine/key-record.ts';
import { useKeys } from '../store/use-key.ts';
import { operation } from './row.ts';
import { signatureOf, signingTask } from './signing.ts';

export const sign = operation('Sign', async (context, call) => {
  const admission = await admit(context.view, call);
  const { key, algorithm } = admission;
  const task = signingTask(admission, call.input, context.random);
  const output = await useKeys(context, call, { keyIds: [key.keyId] }, (perform) => perform(task));
  return { KeyId: keyArn(key), Signature: signatureOf(key.spec, output), SigningAlgorithm: algorithm };
});
