/**
 * Everything in this service that can grow: AWS's quotas where AWS has one.
 * https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
 */
export const kmsLimits = {
  /** Of one account and region. */
  keysPerAccountMax: 100_000,
  aliasesPerKeyMax: 50,
  grantsPerKeyMax: 50_000,
  tagsPerKeyMax: 50,
  onDemandRotationsMax: 25,
  /** Versions of a key, automatic rotations included: what a row and a snapshot have room for. */
  versionsPerKeyMax: 1_000,
  policyBytesMax: 32 * 1024,
  descriptionCharactersMax: 8_192,
  encryptionContextPairsMax: 256,
  /** Keys and values together, in UTF-8. */
  encryptionContextBytesMax: 8_192,
  /** Keys and values of one grant's constraint. */
  grantConstraintBytesMax: 8_192,
  grantTokensPerRequestMax: 10,
  /** Plaintext of Encrypt under a symmetric key, message of Sign, of GenerateMac. */
  messageBytesMax: 4_096,
  ciphertextBytesMax: 6_144,
  randomBytesMax: 1_024,
  publicKeyBytesMax: 8_192,
  pendingWindowDaysMin: 7,
  pendingWindowDaysMax: 30,
  pendingWindowDaysDefault: 30,
  rotationDaysMin: 90,
  rotationDaysMax: 2_560,
  rotationDaysDefault: 365,
  /** Imported key material expires no later than this many days from now. */
  importValidDaysMax: 365,
  importTokenValidMs: 24 * 60 * 60 * 1000,
  pageEntriesMax: 1_000,
  pageEntriesDefault: 100,
  /** Listings whose pages are smaller. */
  tagPageEntriesMax: 50,
  grantPageEntriesDefault: 50,
} as const;

export const dayMs = 24 * 60 * 60 * 1000;
