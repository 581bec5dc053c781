/**
 * Limits of the control plane; where AWS has one it is AWS's
 * (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html).
 */
export const controlLimits = {
  instancesMax: 40,
  clustersMax: 40,
  manualSnapshotsMax: 100,
  clusterSnapshotsMax: 100,
  parameterGroupsMax: 50,
  subnetGroupsMax: 50,
  subnetsPerGroupMax: 20,
  replicasMax: 15,
  clusterMembersMax: 16,
  tagsMax: 50,
  tagKeyCharsMax: 128,
  tagValueCharsMax: 256,
  /** GiB of one instance. */
  storageMin: 20,
  storageMax: 65_536,
  /** GiB of all of an account in a region. */
  storageTotalMax: 100_000,
  identifierCharsMax: 63,
  snapshotIdentifierCharsMax: 255,
  groupNameCharsMax: 255,
  descriptionCharsMax: 255,
  retentionDaysMax: 35,
  passwordCharsMin: 8,
  passwordCharsMax: 128,
  portMin: 1150,
  portMax: 65_535,
  recordsMin: 20,
  recordsMax: 100,
  parametersPerCallMax: 20,
  sharedAccountsMax: 20,
  eventDaysMax: 14,
  /** Of one account in one region; the oldest go first. */
  eventsMax: 10_000,
  /** Old events that one new event removes: more than come, so that they cannot pile up. */
  eventsRemovedPerWrite: 8,
  secretNameCharsMax: 512,
  bodyBytesMax: 256 * 1024,
} as const;
