/** GetParametersForImport: a wrapping key pair, made on the threads of node:crypto's pool, and the token that goes with it. */
import { admit } from '../engine/admit.ts';
import { checkWrapping } from '../engine/crypto/import-wrapping.ts';
import { required, textOf } from '../engine/input.ts';
import { keyArn } from '../engine/key-record.ts';
import { checkImportable } from '../engine/states.ts';
import { putImport } from '../store/imports.ts';
import { makeRsaKeyPair } from './data-key-pairs.ts';
import { operation } from './row.ts';

export const getParametersForImport = operation('GetParametersForImport', async (context, call) => {
  const { input, timeMs } = call;
  const { key } = await admit(context.view, call);
  call.keyIds.add(key.keyId);
  checkImportable(key);
  const wrappingAlgorithm = required(textOf(input, 'WrappingAlgorithm'), 'WrappingAlgorithm');
  const wrappingKeySpec = required(textOf(input, 'WrappingKeySpec'), 'WrappingKeySpec');
  checkWrapping(key.spec, wrappingAlgorithm, wrappingKeySpec);
  const { publicKey, privateKey } = await makeRsaKeyPair(Number(wrappingKeySpec.slice('RSA_'.length)));
  const parameters = { keyId: key.keyId, wrappingAlgorithm, wrappingKeySpec, privateKey };
  const { token, validToMs } = await putImport(context, parameters, timeMs);
  privateKey.fill(0);
  return {
    KeyId: keyArn(key),
    ImportToken: token,
    PublicKey: publicKey,
    ParametersValidTo: new Date(validToMs),
  };
});
