/** GenerateMac and VerifyMac: custodians compute the code; the comparison takes the same time wherever two codes differ. */
import { admit } from '../engine/admit.ts';
import { equalSecrets } from '../engine/crypto/equal.ts';
import { kmsError } from '../engine/errors.ts';
import { bytesOf, required } from '../engine/input.ts';
import { keyArn } from '../engine/key-record.ts';
import type { KmsCall } from '../store/call.ts';
import type { KmsContext } from '../store/context.ts';
import { useKeys } from '../store/use-key.ts';
import { handleOf, usableVersion } from './key-versions.ts';
import { operation } from './row.ts';

export const generateMac = operation('GenerateMac', async (context, call) => {
  const { mac, output } = await computeMac(context, call);
  return { ...output, Mac: mac };
});

export const verifyMac = operation('VerifyMac', async (context, call) => {
  const { mac, output } = await computeMac(context, call);
  const claimed = required(bytesOf(call.input, 'Mac'), 'Mac');
  const isRight = equalSecrets(mac, claimed);
  // Of a message that the caller cannot authenticate it must not stay around.
  mac.fill(0);
  if (!isRight) throw kmsError('KMSInvalidMacException');
  return { ...output, MacValid: true };
});

async function computeMac(context: KmsContext, call: KmsCall) {
  const { key, algorithm } = await admit(context.view, call);
  const message = required(bytesOf(call.input, 'Message'), 'Message');
  const mac = await useKeys(context, call, { keyIds: [key.keyId] }, (perform) =>
    perform({ kind: 'mac', handle: handleOf(usableVersion(key)), message }),
  );
  return { mac, output: { KeyId: keyArn(key), MacAlgorithm: algorithm } };
}
