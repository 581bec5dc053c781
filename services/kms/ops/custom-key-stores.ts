/** Custom key stores: there are none, and none can be made; what KMS answers then. Keys are with custodians, all of them. */
import { invalid, kmsError, unsupported } from '../engine/errors.ts';
import { required, textOf } from '../engine/input.ts';
import type { Operation } from '../engine/operations.ts';
import { type KmsOperation, operation } from './row.ts';
import { requireLeave } from './subject.ts';

const missing = (name: string) =>
  kmsError('CustomKeyStoreNotFoundException', `Custom key store ${name} does not exist.`);

const onStore = (name: Operation): KmsOperation =>
  operation(name, async (_context, call) => {
    requireLeave(call);
    throw missing(required(textOf(call.input, 'CustomKeyStoreId'), 'CustomKeyStoreId'));
  });

const describe = operation('DescribeCustomKeyStores', async (_context, call) => {
  const { input } = call;
  requireLeave(call);
  const id = textOf(input, 'CustomKeyStoreId');
  const name = textOf(input, 'CustomKeyStoreName');
  if (id !== undefined && name !== undefined)
    throw invalid('Specify either a custom key store ID or a custom key store name, not both.');
  const named = id ?? name;
  if (named !== undefined) throw missing(named);
  // No page came before this one.
  if (textOf(input, 'Marker') !== undefined) throw kmsError('InvalidMarkerException');
  return { CustomKeyStores: [], Truncated: false };
});

const create = operation('CreateCustomKeyStore', async (_context, call) => {
  const { input } = call;
  requireLeave(call);
  if (textOf(input, 'CustomKeyStoreType') === 'EXTERNAL_KEY_STORE')
    throw unsupported('External key stores are not supported.');
  const cluster = textOf(input, 'CloudHsmClusterId');
  if (cluster === undefined) throw invalid('CloudHsmClusterId is required for a CloudHSM key store.');
  throw kmsError('CloudHsmClusterNotFoundException', `There is no cluster ${cluster}.`);
});

export const customKeyStores: readonly KmsOperation[] = [
  create,
  describe,
  onStore('ConnectCustomKeyStore'),
  onStore('DeleteCustomKeyStore'),
  onStore('DisconnectCustomKeyStore'),
  onStore('UpdateCustomKeyStore'),
];
