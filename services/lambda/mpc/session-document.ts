/** The document of a session, as the other parties have it in their files, from what the caller gave. */
import type { MpcPorts, PartyAddress } from './api.ts';
import { MpcFailure } from './failure.ts';
import type { Manifest } from './manifest.ts';
import type { SessionRequest } from './request.ts';

export interface SessionDocument {
  readonly name: string;
  readonly level: string;
  readonly keys: boolean;
  readonly parties: readonly { readonly name: string; readonly key: string; readonly address?: string }[];
}

export function documentOf(
  { name, parties }: SessionRequest,
  { level, keys }: Pick<Manifest, 'level' | 'keys'>,
): SessionDocument {
  return {
    name,
    level,
    keys,
    parties: parties.map(({ address, ...party }) => (address === undefined ? party : { ...party, address })),
  };
}

/** @throws MpcFailure AddressRefused */
export function checkAddresses(
  { parties }: SessionRequest,
  {
    as,
    account,
    ports,
  }: { readonly as: string; readonly account: string; readonly ports: Pick<MpcPorts, 'mayUse'> },
): void {
  for (const { name, address } of parties) {
    if (address === undefined) continue;
    const use = name === as ? 'listen' : 'dial';
    if (!ports.mayUse(account, { ...split(address), use })) {
      throw new MpcFailure('AddressRefused', `${name}: functions of this account may not ${use} ${address}`);
    }
  }
}

/** @param address of the form that the payload's schema checks */
function split(address: string): Omit<PartyAddress, 'use'> {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}
