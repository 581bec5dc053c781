/** Functions and their versions as they are kept. */
import { z } from 'zod';

/** A zip file that is kept once for an account, however many versions have it. */
export const packageRef = z.strictObject({
  account: z.string(),
  /** SHA-256 of the zip file, base64, as `CodeSha256` shows it. */
  sha256: z.string(),
  /** Bytes of the zip file, and of what is in it. */
  size: z.number().int(),
  unpackedSize: z.number().int(),
});
export type PackageRef = z.output<typeof packageRef>;

/** As AddPermission makes it, and GetPolicy shows it. */
export const policyStatement = z.strictObject({
  Sid: z.string(),
  Effect: z.literal('Allow'),
  Principal: z.union([
    z.literal('*'),
    z.strictObject({ AWS: z.string() }),
    z.strictObject({ Service: z.string() }),
  ]),
  Action: z.string(),
  Resource: z.string(),
  Condition: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});
export type PolicyStatement = z.output<typeof policyStatement>;

export const functionPolicy = z.strictObject({
  revisionId: z.string(),
  statements: z.array(policyStatement),
});
export type FunctionPolicy = z.output<typeof functionPolicy>;

/** What a function is beyond its versions. */
export const functionRow = z.strictObject({
  account: z.string(),
  region: z.string(),
  name: z.string(),
  /** UUID: a function that is made again under the same name is another. */
  id: z.string(),
  createdMs: z.number(),
  /** Number of the next version that is published. */
  nextVersion: z.number().int(),
  reservedConcurrency: z.number().int().optional(),
  tags: z.record(z.string(), z.string()),
  codeSigningConfigArn: z.string().optional(),
  /** By qualifier; '' for the function without one. */
  policies: z.record(z.string(), functionPolicy),
  recursiveLoop: z.enum(['Allow', 'Terminate']),
});
export type FunctionRow = z.output<typeof functionRow>;

const layerUse = z.strictObject({
  arn: z.string(),
  package: packageRef,
  signingProfileVersionArn: z.string().optional(),
  signingJobArn: z.string().optional(),
});
export type LayerUse = z.output<typeof layerUse>;

const loggingConfig = z.strictObject({
  format: z.enum(['Text', 'JSON']),
  group: z.string(),
  applicationLevel: z.enum(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']).optional(),
  systemLevel: z.enum(['DEBUG', 'INFO', 'WARN']).optional(),
});
export type LoggingConfig = z.output<typeof loggingConfig>;

/** `$LATEST`, or a version that was published and does not change any more. */
export const versionRow = z.strictObject({
  version: z.string(),
  functionName: z.string(),
  functionId: z.string(),
  revisionId: z.string(),
  lastModifiedMs: z.number(),
  description: z.string(),
  /** Of a version that was published: what `$LATEST` said then; the version may have been given another description. */
  sourceDescription: z.string().optional(),
  runtime: z.string(),
  role: z.string(),
  handler: z.string(),
  timeoutSeconds: z.number().int(),
  memoryMb: z.number().int(),
  ephemeralMb: z.number().int(),
  architecture: z.enum(['x86_64', 'arm64']),
  /** Undefined: none were ever given; shown otherwise than an empty map. */
  variables: z.record(z.string(), z.string()).optional(),
  kmsKeyArn: z.string().optional(),
  deadLetterTargetArn: z.string().optional(),
  tracingMode: z.enum(['Active', 'PassThrough']),
  layers: z.array(layerUse),
  code: packageRef,
  logging: loggingConfig,
  snapStart: z.enum(['None', 'PublishedVersions']),
  /** Stored and shown, without effect here. */
  vpc: z.strictObject({ subnetIds: z.array(z.string()), securityGroupIds: z.array(z.string()) }).optional(),
  runtimeUpdate: z.strictObject({
    mode: z.enum(['Auto', 'FunctionUpdate', 'Manual']),
    arn: z.string().optional(),
  }),
  /** Of runtime `mpc`: its circuit, as the node keeps it, and the manifest of the package. */
  circuit: z.strictObject({ commitment: z.string(), manifest: z.string() }).optional(),
});
export type VersionRow = z.output<typeof versionRow>;
