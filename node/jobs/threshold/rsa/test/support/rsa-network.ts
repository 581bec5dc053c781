/** A committee with threshold RSA's handlers, and keys dealt without a process of their own. */
import { constants, createPrivateKey, createPublicKey, type KeyObject, privateDecrypt } from 'node:crypto';
import { createPooledRandom } from '../../../../../crypto/random.ts';
import type { KeyCommon } from '../../../party.ts';
import { authorised, createNetwork, type Network } from '../../../test/support/network.ts';
import { distribute } from '../../create.ts';
import { type Dealing, type DealRequest, deal } from '../../dealing.ts';
import { rsaHandlers } from '../../index.ts';

export const random = createPooledRandom();

export function rsaNetwork(n = 4, t = 1): Network {
  return createNetwork(rsaHandlers, n, t);
}

export function dealRequest({ custodians }: Network, scheme: string, material?: Uint8Array): DealRequest {
  const { committee } = custodians;
  const handle = Uint8Array.from(random.bytes(16));
  const sealingKeys = committee.members.map(({ sealingKey }) => sealingKey);
  const request = { handle, scheme, threshold: committee.threshold, sealingKeys };
  return material === undefined ? request : { ...request, material: Uint8Array.from(material) };
}

/** Shares a key that the test knows. */
export function dealt(network: Network, scheme: string, material: Uint8Array): Dealing {
  return deal(dealRequest(network, scheme, material), random);
}

export async function share(network: Network, scheme: string, material: Uint8Array): Promise<KeyCommon> {
  const dealing = dealt(network, scheme, material);
  const task = authorised({ kind: 'import', handle: dealing.key.handle, scheme: scheme as 'rsa-2048' });
  return distribute(network.custodians, task, dealing);
}

/** What x^d has to be: OpenSSL's. */
export function privatePower(material: Uint8Array, value: Uint8Array): Buffer {
  return privateDecrypt({ key: privateKey(material), padding: constants.RSA_NO_PADDING }, value);
}

export function privateKey(material: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(material), format: 'der', type: 'pkcs8' });
}

export function subjectPublicKeyInfo(material: Uint8Array): Buffer {
  return createPublicKey(privateKey(material)).export({ format: 'der', type: 'spki' });
}

/** As long as the modulus, and below it. */
export function randomValue(bytes: number): Uint8Array {
  const value = Uint8Array.from(random.bytes(bytes));
  value[0] = 0;
  return value;
}
