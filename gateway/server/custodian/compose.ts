/**
 * What a custodian of this program does: all protocols of keys, evidence by the keys that it was told at its start, and KMS's own judgement of
 * calls, with a copy of the credentials and its own clock.
 */
import type { Account } from '@hypergate/kit';
import { rootPrincipal, StaticCredentialStore } from '@hypergate/kit/aws/credentials';
import { createAuthority, domainAddress, readSignedCall } from '@hypergate/kms/authority';
import { mainLog } from '@hypergate/node/api';
import type { Composition, CustodianParts } from '@hypergate/node/jobs/threshold/custodian';
import { decodeCallEvidence, EvidenceVerifier } from '@hypergate/node/jobs/threshold/evidence';
import { protocolHandlers } from '@hypergate/node/jobs/threshold/handlers';

/** What the gateway tells its custodians at their start. Copied to each. */
export interface CustodianSettings {
  /** Tagged keys of the nodes whose certificates count. */
  readonly nodeKeys: readonly Uint8Array[];
  /** Tagged keys of the gateways whose batches count. */
  readonly writerKeys: readonly Uint8Array[];
  /** Whose calls are known: with secrets, since custodians check signatures themselves. */
  readonly accounts: readonly [Account, ...Account[]];
  readonly region: string;
  /** Hosts whose subdomains are buckets. */
  readonly s3Domains: readonly string[];
  /** Calls without credentials count as the first account's: as at the gateway. */
  readonly allowUnsigned: boolean;
  /** Developer mode: all keys may be deleted at once. */
  readonly allowsReset: boolean;
}

export type Compose = (
  parts: CustodianParts,
  settings: CustodianSettings,
) => Composition | Promise<Composition>;

export const compose: Compose = ({ store }, settings) => {
  const { nodeKeys, writerKeys, accounts, region, s3Domains, allowUnsigned, allowsReset } = settings;
  const verifier = new EvidenceVerifier({
    log: mainLog,
    nodeKeys,
    // Alone, a node certifies its log by itself.
    signersMin: 1,
    domains: [domainAddress],
    writerKeys,
  });
  const clock = { now: () => Date.now() };
  const authority = createAuthority({
    store: store.control,
    clock,
    region,
    s3Domains,
    allowsReset,
    readCall: readSignedCall({
      credentials: new StaticCredentialStore(accounts),
      unsigned: allowUnsigned ? rootPrincipal(accounts[0]) : undefined,
    }),
  });
  return {
    handlers: protocolHandlers,
    authority,
    evidence: { decode: decodeCallEvidence, verify: (evidence) => verifier.verify(evidence) },
  };
};
