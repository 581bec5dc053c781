/** GenerateRandom: bytes of the gateway's own generator. Custodians have no part in it: whoever answers knows them anyway. */
import { invalid, kmsError, unsupported } from '../engine/errors.ts';
import { numberOf, textOf } from '../engine/input.ts';
import { operation } from './row.ts';
import { withSecrets } from './secret-reply.ts';
import { requireLeave } from './subject.ts';

export const generateRandom = operation('GenerateRandom', async ({ random }, call) => {
  const { input } = call;
  requireLeave(call);
  const store = textOf(input, 'CustomKeyStoreId');
  if (store !== undefined)
    throw kmsError('CustomKeyStoreNotFoundException', `Custom key store ${store} does not exist.`);
  if (input.Recipient !== undefined && input.Recipient !== null)
    throw unsupported('The Recipient parameter is not supported.');
  const length = numberOf(input, 'NumberOfBytes');
  if (length === undefined) throw invalid('NumberOfBytes is required.');
  const bytes = random.bytes(length);
  return withSecrets({ Plaintext: bytes }, bytes);
});
