/** All long-lived secrets of a custodian come from the root of its own keystore, by HKDF with a label. */
import type { KeyObject } from 'node:crypto';
import { deriveLabelled, secretKey } from '../../../crypto/hkdf.ts';
import type { IdentitySeeds } from '../identity.ts';

const none = new Uint8Array(0);

export interface CustodianSecrets {
  readonly seeds: IdentitySeeds;
  /** Seals what it keeps on its disk. */
  readonly storeKey: KeyObject;
}

/** @param root of the custodian's keystore (`custodianRoot`) */
export function custodianSecrets(root: KeyObject): CustodianSecrets {
  const derive = (purpose: string) => deriveLabelled(root, `hypergate/custodian/v1/${purpose}`, none, 32);
  const storeKey = derive('store');
  try {
    return {
      seeds: { signing: derive('signing'), sealing: derive('sealing') },
      storeKey: secretKey(storeKey),
    };
  } finally {
    storeKey.fill(0);
  }
}
