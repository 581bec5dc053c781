/** All operations, each in its place. Those that use keys stand in `uses.ts`. */
import { changes, rotateKeyOnDemand } from './change-key.ts';
import { createKey } from './create-key.ts';
import { customKeyStores } from './custom-key-stores.ts';
import { createGrant, listGrants, listRetirableGrants } from './grants.ts';
import { listAliases } from './list-aliases.ts';
import { listKeys } from './list-keys.ts';
import { describeKey, getKeyLastUsage, getKeyPolicy, listKeyPolicies, listResourceTags } from './read-key.ts';
import { getKeyRotationStatus, listKeyRotations } from './rotation.ts';
import type { KmsOperation } from './row.ts';
import { keyUses } from './uses.ts';

export const kmsOperations: readonly KmsOperation[] = [
  createKey,
  ...changes,
  rotateKeyOnDemand,
  createGrant,
  listGrants,
  listRetirableGrants,
  listAliases,
  listKeys,
  describeKey,
  getKeyLastUsage,
  getKeyPolicy,
  listKeyPolicies,
  listResourceTags,
  getKeyRotationStatus,
  listKeyRotations,
  ...customKeyStores,
  ...keyUses,
];
