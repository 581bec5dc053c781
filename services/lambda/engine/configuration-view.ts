/** Versions of functions as answers show them. */
import type { FunctionRow, VersionRow } from '../model/function-rows.ts';
import { qualifiedArn } from './arn.ts';
import type { Members } from './members.ts';
import { runtimeVersionArn } from './runtimes.ts';

/** `2026-03-04T05:06:07.000+0000`. */
export const timeText = (ms: number): string => new Date(ms).toISOString().replace('Z', '+0000');

/**
 * As listings show it, which say nothing about states.
 * @param qualifier what the ARN ends with
 */
export function listedConfiguration(
  row: FunctionRow,
  version: VersionRow,
  qualifier: string | undefined,
): Members {
  return {
    FunctionName: row.name,
    FunctionArn: qualifiedArn(row, qualifier),
    Runtime: version.runtime,
    Role: version.role,
    Handler: version.handler,
    CodeSize: version.code.size,
    Description: version.description,
    Timeout: version.timeoutSeconds,
    MemorySize: version.memoryMb,
    LastModified: timeText(version.lastModifiedMs),
    CodeSha256: version.code.sha256,
    Version: version.version,
    // AWS would name the network; there is none.
    VpcConfig: version.vpc && {
      SubnetIds: version.vpc.subnetIds,
      SecurityGroupIds: version.vpc.securityGroupIds,
      VpcId: '',
      Ipv6AllowedForDualStack: false,
    },
    DeadLetterConfig:
      version.deadLetterTargetArn === undefined ? undefined : { TargetArn: version.deadLetterTargetArn },
    Environment: version.variables && { Variables: version.variables },
    KMSKeyArn: version.kmsKeyArn,
    TracingConfig: { Mode: version.tracingMode },
    RevisionId: version.revisionId,
    Layers:
      version.layers.length === 0
        ? undefined
        : version.layers.map((layer) => ({
            Arn: layer.arn,
            CodeSize: layer.package.size,
            SigningProfileVersionArn: layer.signingProfileVersionArn,
            SigningJobArn: layer.signingJobArn,
          })),
    PackageType: 'Zip',
    Architectures: [version.architecture],
    EphemeralStorage: { Size: version.ephemeralMb },
    SnapStart: { ApplyOn: version.snapStart, OptimizationStatus: 'Off' },
    LoggingConfig: {
      LogFormat: version.logging.format,
      ApplicationLogLevel: version.logging.applicationLevel,
      SystemLogLevel: version.logging.systemLevel,
      LogGroup: version.logging.group,
    },
  };
}

/** With its state: what is answered is in force. */
export function configuration(row: FunctionRow, version: VersionRow, qualifier: string | undefined): Members {
  return {
    ...listedConfiguration(row, version, qualifier),
    State: 'Active',
    LastUpdateStatus: 'Successful',
    RuntimeVersionConfig: {
      RuntimeVersionArn: version.runtimeUpdate.arn ?? runtimeVersionArn(version.runtime, row.region),
    },
  };
}
