/** What tests of the life of keys look at: the secrets that no custodian has. */
import { expect } from 'vitest';
import type { KeyScheme } from '../../../../api/index.ts';
import type { KeyCommon, KeyShare, Party, PartyIdentity } from '../../party.ts';
import { fieldKeyOf, shareScalarOf } from '../../sharing/field-key.ts';
import { interpolate } from '../../sharing/shamir.ts';
import type { MemoryShares, Network } from '../../test/support/network.ts';

export const schemes: readonly KeyScheme[] = [
  'dprf-ristretto255',
  'frost-ed25519',
  'ecdsa-secp256k1',
  'ecdsa-p256',
  'ecdsa-p384',
  'ecdsa-p521',
  'ecdh-p256',
  'ecdh-p384',
  'ecdh-p521',
];

export function handleOf(network: Network): Uint8Array {
  return Uint8Array.from(network.custodians.random.bytes(16));
}

export async function sharesOf(network: Network, handle: Uint8Array): Promise<Map<number, KeyShare>> {
  const shares = new Map<number, KeyShare>();
  for (const { me, keys } of network.parties) {
    const share = await keys.get(handle);
    if (share !== undefined) shares.set(me, share);
  }
  return shares;
}

/** Every set of t + 1 of these shares makes one secret, the one of the public key. */
export async function expectKey(
  network: Network,
  key: KeyCommon,
  holders: readonly number[],
): Promise<bigint> {
  const { group, publicKey, verificationKeys } = fieldKeyOf(key);
  const shares = await sharesOf(network, key.handle);
  const { threshold } = network.custodians.committee;
  for (const index of holders) {
    const share = shares.get(index);
    expect(share).toMatchObject({ scheme: key.scheme, generation: key.generation, common: key.common });
    expect(group.baseMultiply(shareScalarOf(share!))).toEqual(verificationKeys[index - 1]);
  }
  const secrets = holders.map((_, at) => {
    const set = Array.from({ length: threshold + 1 }, (_, k) => holders[(at + k) % holders.length]!);
    return interpolate(new Map(set.map((index) => [index, shareScalarOf(shares.get(index)!)])), group.order);
  });
  expect(new Set(secrets).size).toBe(1);
  expect(group.baseMultiply(secrets[0]!)).toEqual(publicKey);
  return secrets[0]!;
}

/** How many entries a custodian's store has: slots that are no longer needed are gone. */
export function entriesOf(network: Network, index: number): number {
  return (network.parties[index - 1]!.keys as MemoryShares).all.size;
}

/** A custodian whose identity does something else: it cheats with messages that are signed and sealed as they should be. */
export function corrupt(
  network: Network,
  index: number,
  change: (honest: PartyIdentity) => Partial<PartyIdentity>,
): void {
  const party = network.parties[index - 1] as { identity: Party['identity'] };
  const honest = party.identity;
  party.identity = { ...honest, ...change(honest) };
}

/** Deals wrong values to some. */
export function dealWrongly(network: Network, dealer: number, victims: readonly number[]): void {
  corrupt(network, dealer, ({ seal }) => ({
    seal(to, purpose, context, plain) {
      const sent = Uint8Array.from(plain);
      if (victims.includes(to)) sent[sent.length >> 1]! ^= 1;
      return seal(to, purpose, context, sent);
    },
  }));
}
