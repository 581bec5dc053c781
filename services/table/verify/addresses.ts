/**
 * Address keys of tables: which slot a key leads to. Each is checked against the commitment in the configuration of its
 * domain. A document discloses those that it needs, and may disclose those of other records' tables: which they are is known
 * before anything is computed, so a long list costs nothing. Runs in browsers.
 */
import { decodeDomainPayload, slotOf, verifyAddressDisclosure } from '@hypergate/node/crypto/disclosure';
import {
  hex,
  ProofRefused,
  readConfigContent,
  sameBytes,
  slotUse,
  type VerifiedItem,
} from '@hypergate/node/verifier';
import type { AddressClaim } from './document.ts';
import type { VerifiedAddress } from './verified.ts';

/** Name under which the atoms of large data are addressed; no table can have it. */
export const blobAddressName = '\u0001blob';

/** Name under which relations over records of a table are addressed. */
export function relationAddressName(table: string): string {
  return `\u0002${table}`;
}

export interface NeededAddress {
  readonly domain: Uint8Array;
  readonly table: string;
}

/** @throws ProofRefused when one is missing, is of no use, comes twice or is not that of its domain */
export function checkAddresses(
  claims: readonly AddressClaim[],
  needed: readonly NeededAddress[],
  useful: readonly NeededAddress[],
  items: readonly VerifiedItem[],
): VerifiedAddress[] {
  const wanted = new Set(needed.map(nameOf));
  const given = new Set(claims.map(nameOf));
  if (given.size !== claims.length) throw new ProofRefused('an address key is disclosed twice');
  const allowed = new Set([...wanted, ...useful.map(nameOf)]);
  if (!isSubset(given, allowed)) throw new ProofRefused('an address key is disclosed that is not needed');
  if (!isSubset(wanted, given)) throw new ProofRefused('the address key of a table is not disclosed');
  const commitments = readCommitments(items, new Set(claims.map(({ domain }) => hex(domain))));
  return claims.map(({ domain, table, disclosure }) => {
    const commitment = commitments.get(hex(domain));
    if (commitment === undefined) throw new ProofRefused('the configuration of the domain is not proven');
    const key = verifyAddressDisclosure(commitment, domain, table, disclosure);
    if (!key.ok) throw new ProofRefused(key.reason);
    return { domain, table, slotOf: (input) => slotOf(key.value, input) };
  });
}

export function findAddress(
  addresses: readonly VerifiedAddress[],
  domain: Uint8Array,
  table: string,
): VerifiedAddress | undefined {
  return addresses.find((address) => address.table === table && sameBytes(address.domain, domain));
}

/** @throws ProofRefused when the document does not disclose it */
export function addressOf(
  addresses: readonly VerifiedAddress[],
  domain: Uint8Array,
  table: string,
): VerifiedAddress {
  const found = findAddress(addresses, domain, table);
  if (found === undefined) throw new ProofRefused('the address key of a table is not disclosed');
  return found;
}

function nameOf({ domain, table }: NeededAddress): string {
  return `${hex(domain)} ${table}`;
}

function isSubset(part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean {
  return [...part].every((one) => whole.has(one));
}

/** By domain, from the configurations among the items: those of the domains that need one, each once. */
function readCommitments(
  items: readonly VerifiedItem[],
  domains: ReadonlySet<string>,
): ReadonlyMap<string, Uint8Array> {
  const commitments = new Map<string, Uint8Array>();
  for (const item of items) {
    if (item.state !== 'present' || slotUse(item.slot) !== 'config') continue;
    const name = hex(item.domain);
    if (!domains.has(name)) throw new ProofRefused('a configuration is proven that is not needed');
    if (commitments.has(name)) throw new ProofRefused('a configuration is proven twice');
    const config = readConfigContent(item.content);
    if (config.state === 'closed') throw new ProofRefused('the domain is closed');
    const payload = decodeDomainPayload(config.payload);
    if (payload === undefined) throw new ProofRefused('unknown version of a configuration');
    commitments.set(name, payload.addressCommitment);
  }
  return commitments;
}
