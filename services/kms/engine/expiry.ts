/**
 * Imported material ends at its `ValidTo`, whether or not the call `ExpireKeyMaterial`, which the gateway makes of it then, has come yet: it
 * might keep that from custodians.
 */
import { withoutMaterial } from './control/import.ts';
import type { KeyRecord, KeyVersion } from './key-record.ts';
import type { ControlView } from './view.ts';

/** @param nowMs milliseconds since 1970 */
export function expiredVersions(key: KeyRecord, nowMs: number): readonly KeyVersion[] {
  return key.versions.filter(
    ({ imported }) =>
      imported?.present === true && imported.validToMs !== undefined && imported.validToMs <= nowMs,
  );
}

/** The key as it is at this time. */
export function keyAt(key: KeyRecord, nowMs: number): KeyRecord {
  const expired = expiredVersions(key, nowMs);
  return expired.length === 0 ? key : withoutMaterial(key, expired);
}

/** Keys as they are at this time; all else is the view's. */
export function viewAt(view: ControlView, nowMs: number): ControlView {
  return {
    async key(keyId) {
      const key = await view.key(keyId);
      return key === undefined ? undefined : keyAt(key, nowMs);
    },
    alias: (account, name) => view.alias(account, name),
    grant: (keyId, grantId) => view.grant(keyId, grantId),
    grantsOf: (keyId, grantee) => view.grantsOf(keyId, grantee),
    handleOwner: (handle) => view.handleOwner(handle),
  };
}
