/**
 * What a custodian of this program does: its protocols, and what it checks calls against. Without an authority it refuses every task.
 */
import { type Authority, CustodyError } from '@hypergate/node/api';
import type { Composition, CustodianParts, EvidenceModule } from '@hypergate/node/jobs/threshold/custodian';

/** What the gateway tells its custodians at their start. Copied to each. */
export interface CustodianSettings {
  /** Tagged keys of the nodes whose certificates count. */
  readonly nodeKeys: readonly Uint8Array[];
  /** Whose calls are known: with secrets, since custodians check signatures themselves. */
  readonly accounts: readonly CustodianAccount[];
}

export interface CustodianAccount {
  readonly accountId: string;
  readonly userId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export type Compose = (
  parts: CustodianParts,
  settings: CustodianSettings,
) => Composition | Promise<Composition>;

export const compose: Compose = () => ({
  handlers: [],
  authority: refusingAuthority,
  evidence: refusingEvidence,
});

const refuse = (): never => {
  throw new CustodyError('refused', 'this custodian has nothing to check calls against');
};

const refusingAuthority: Authority = {
  authorise: async () => refuse(),
  apply: async () => refuse(),
  head: async () => ({ sequence: 0, hash: new Uint8Array(32) }),
  changedSince: async () => [],
  snapshot: async () => undefined,
  adopt: async () => undefined,
  dueForErasure: async () => [],
  erased: async () => undefined,
};

const refusingEvidence: EvidenceModule = { decode: refuse, verify: refuse };
