/** Limits with AWS's numbers (Lambda quotas, API reference). Bytes unless the name says otherwise. */
const MiB = 1024 * 1024;

export const lambdaLimits = {
  /** Zip file in a request. */
  zipUploadMax: 50 * MiB,
  /** Function with its layers. */
  unpackedMax: 250 * MiB,
  /** Zip file out of a bucket: what unpacks to the limit above may not be larger than it. */
  zipFromS3Max: 250 * MiB,
  /** Of all packages of an account and region. */
  codeStorageMax: 75 * 1024 * MiB,
  /** The largest request: a zip file as base64 in JSON. */
  createBodyMax: 70 * MiB,
  controlBodyMax: 1 * MiB,
  layersPerFunctionMax: 5,
  environmentBytesMax: 4096,
  payloadMax: 6 * MiB,
  asyncPayloadMax: 1 * MiB,
  responseMax: 6 * MiB,
  streamedResponseMax: 200 * MiB,
  logTail: 4096,
  timeoutSecondsMax: 900,
  timeoutSecondsDefault: 3,
  memoryMbMin: 128,
  memoryMbMax: 10_240,
  memoryMbDefault: 128,
  ephemeralMbMin: 512,
  ephemeralMbMax: 10_240,
  initMsMax: 10_000,
  concurrencyPerAccount: 1000,
  /** Not to be reserved. */
  unreservedConcurrencyMin: 100,
  policyBytesMax: 20 * 1024,
  functionNameMax: 64,
  functionsPerAccountMax: 10_000,
  tagsMax: 50,
  tagKeyCharsMax: 128,
  tagValueCharsMax: 256,
  handlerCharsMax: 128,
  descriptionCharsMax: 256,
  logGroupCharsMax: 512,
  layerArnCharsMax: 2048,
  licenseCharsMax: 512,
  compatibleRuntimesMax: 15,
  vpcNameCharsMax: 1024,
  subnetsMax: 16,
  securityGroupsMax: 5,
  /** Entries of one page of functions, versions and layers; of aliases. */
  pageMax: 50,
  aliasPageMax: 10_000,
  /** How often a change is decided anew when another one was first. */
  changeAttemptsMax: 32,
  /** How long what an account stores is not added up again, milliseconds. */
  usageMs: 60_000,
} as const;
