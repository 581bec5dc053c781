/** Verify: with the public key, without custodians. */
import { admit, messageType } from '../engine/admit.ts';
import { kmsError } from '../engine/errors.ts';
import { bytesOf, required } from '../engine/input.ts';
import { keyArn } from '../engine/key-record.ts';
import { useKeys } from '../store/use-key.ts';
import { usableVersion } from './key-versions.ts';
import { publicKeyOf } from './public-keys.ts';
import { operation } from './row.ts';
import { verifySignature } from './verify-thread.ts';

export const verify = operation('Verify', async (context, call) => {
  const { input } = call;
  const { key, algorithm = '' } = await admit(context.view, call);
  usableVersion(key);
  const claim = {
    spec: key.spec,
    algorithm,
    type: messageType(input),
    message: required(bytesOf(input, 'Message'), 'Message'),
    signature: required(bytesOf(input, 'Signature'), 'Signature'),
  };
  const isRight = await useKeys(context, call, { keyIds: [key.keyId] }, () =>
    verifySignature(publicKeyOf(key).der, claim),
  );
  if (!isRight) throw kmsError('KMSInvalidSignatureException');
  return { KeyId: keyArn(key), SignatureValid: true, SigningAlgorithm: algorithm };
});
