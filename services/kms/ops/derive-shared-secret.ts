/**
 * DeriveSharedSecret: ECDH with cofactor 1 (SP 800-56A Rev. 3, 5.7.1.2), the raw x coordinate. The other key has to be a point of the
 * key's curve: what is off it never reaches custodians, and these curves have no points of small order.
 */
import { admit } from '../engine/admit.ts';
import { peerPoint } from '../engine/crypto/public-key.ts';
import { bytesOf, required } from '../engine/input.ts';
import { keyArn } from '../engine/key-record.ts';
import { useKeys } from '../store/use-key.ts';
import { handleOf, usableVersion } from './key-versions.ts';
import { operation } from './row.ts';
import { withSecrets } from './secret-reply.ts';

export const deriveSharedSecret = operation('DeriveSharedSecret', async (context, call) => {
  const { key, algorithm } = await admit(context.view, call);
  const point = peerPoint(key.spec, required(bytesOf(call.input, 'PublicKey'), 'PublicKey'));
  const secret = await useKeys(context, call, { keyIds: [key.keyId] }, (perform) =>
    perform({ kind: 'agree', handle: handleOf(usableVersion(key)), point }),
  );
  const output = {
    KeyId: keyArn(key),
    SharedSecret: secret,
    KeyAgreementAlgorithm: algorithm,
    KeyOrigin: key.origin,
  };
  return withSecrets(output, secret);
});
