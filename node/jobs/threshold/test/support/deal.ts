/** Keys dealt by a test that knows them, for protocols that use keys. */
import type { KeyScheme } from '../../../../api/index.ts';
import { type Group, randomScalar } from '../../groups/index.ts';
import type { KeyCommon, KeyShare } from '../../party.ts';
import { encodeFieldKey, groupOf } from '../../sharing/field-key.ts';
import { evaluate } from '../../sharing/shamir.ts';
import type { Network } from './network.ts';

export interface DealtKey {
  readonly key: KeyCommon;
  readonly secret: bigint;
  readonly group: Group;
}

export async function dealFieldKey(
  { parties, custodians }: Network,
  scheme: KeyScheme,
  known?: bigint,
): Promise<DealtKey> {
  const group = groupOf(scheme);
  const { random, committee } = custodians;
  const secret = known ?? randomScalar(group, random);
  const polynomial = [secret];
  while (polynomial.length <= committee.threshold) polynomial.push(randomScalar(group, random));
  const handle = Uint8Array.from(random.bytes(16));
  const values = parties.map(({ me }) => evaluate(polynomial, me, group.order));
  const common = encodeFieldKey({
    publicKey: group.baseMultiply(secret),
    verificationKeys: values.map((value) => group.baseMultiply(value)),
  });
  for (const [at, party] of parties.entries()) {
    const share: KeyShare = {
      handle,
      scheme,
      generation: 0,
      common,
      secret: group.encodeScalar(values[at]!),
    };
    await party.keys.put(share);
  }
  return { key: { handle, scheme, generation: 0, common }, secret, group };
}
