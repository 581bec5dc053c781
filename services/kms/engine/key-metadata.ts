/** What DescribeKey, CreateKey and ReplicateKey say of a key. */
import { currentVersion, type KeyRecord, keyArn, managerOf } from './key-record.ts';
import { algorithmsOf } from './specs.ts';

/** Names of the member that lists a use's algorithms. */
const algorithmMembers = {
  SIGN_VERIFY: 'SigningAlgorithms',
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
} as const;

/** Members that are undefined are not sent. */
export function keyMetadata(key: KeyRecord): Readonly<Record<string, unknown>> {
  const { spec, state } = key;
  const leaving = state === 'PendingDeletion';
  const imported = currentVersion(key)?.imported;
  const present = imported?.present === true;
  return {
    AWSAccountId: key.account,
    KeyId: key.keyId,
    Arn: keyArn(key),
    CreationDate: new Date(key.createdMs),
    Enabled: state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: state,
    DeletionDate: leaving && key.deletionMs !== undefined ? new Date(key.deletionMs) : undefined,
    ValidTo: present && imported.validToMs !== undefined ? new Date(imported.validToMs) : undefined,
    Origin: key.origin,
    ExpirationModel: present ? expirationModel(imported.validToMs) : undefined,
    KeyManager: managerOf(key),
    // The old member knows nothing of newer specs.
    CustomerMasterKeySpec: spec === 'ECC_NIST_EDWARDS25519' ? undefined : spec,
    KeySpec: spec,
    [algorithmMembers[key.usage]]: algorithmsOf(key),
    MultiRegion: key.multiRegion !== undefined,
    MultiRegionConfiguration: multiRegionConfiguration(key),
    PendingDeletionWindowInDays: state === 'PendingReplicaDeletion' ? key.pendingWindowDays : undefined,
    KeyGeneration: key.dealer ? 'dealer' : 'distributed',
    CurrentKeyMaterialId: spec === 'SYMMETRIC_DEFAULT' ? currentVersion(key)?.materialId : undefined,
  };
}

export const expirationModel = (validToMs: number | undefined): string =>
  validToMs === undefined ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES';

function multiRegionConfiguration(key: KeyRecord): Readonly<Record<string, unknown>> | undefined {
  const { multiRegion } = key;
  if (multiRegion === undefined) return undefined;
  const member = (region: string) => ({ Arn: keyArn({ ...key, region }), Region: region });
  return {
    MultiRegionKeyType: multiRegion.type,
    PrimaryKey: member(multiRegion.primaryRegion),
    ReplicaKeys: multiRegion.replicaRegions.map(member),
  };
}
