/** GenerateDataKey, and the same without the plaintext: random bytes, sealed under a symmetric key. */
import { admit } from '../engine/admit.ts';
import { numberOf, textOf } from '../engine/input.ts';
import { keyArn } from '../engine/key-record.ts';
import { dataKeyBytes } from '../engine/message-sizes.ts';
import type { KmsCall } from '../store/call.ts';
import type { KmsContext } from '../store/context.ts';
import { operation } from './row.ts';
import { sealRecorded } from './seal.ts';
import { withSecrets } from './secret-reply.ts';

export const generateDataKey = operation('GenerateDataKey', async (context, call) => {
  const { dataKey, output } = await makeDataKey(context, call);
  return withSecrets({ ...output, Plaintext: dataKey }, dataKey);
});

export const generateDataKeyWithoutPlaintext = operation(
  'GenerateDataKeyWithoutPlaintext',
  async (context, call) => {
    const { dataKey, output } = await makeDataKey(context, call);
    dataKey.fill(0);
    return output;
  },
);

async function makeDataKey(context: KmsContext, call: KmsCall) {
  const { input } = call;
  const admission = await admit(context.view, call);
  const { key } = admission;
  const dataKey = context.random.bytes(
    dataKeyBytes(textOf(input, 'KeySpec'), numberOf(input, 'NumberOfBytes')),
  );
  const { ciphertext, materialId } = await sealRecorded(context, call, admission, dataKey);
  return {
    dataKey,
    output: { CiphertextBlob: ciphertext, KeyId: keyArn(key), KeyMaterialId: materialId },
  };
}
