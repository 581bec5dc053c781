/** Errors of the RDS API: the code is the wire's, the status is that of the code's shape. */
import { AwsError } from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/rds';
import { InstanceRefusal } from '../instance/api.ts';

const statuses = new Map(
  Object.values(schemas.shapes).flatMap((shape) =>
    shape.type === 'structure' && shape.error !== undefined ? [[shape.error.code, shape.error.status]] : [],
  ),
);

export function rdsError(code: string, message: string): AwsError {
  return new AwsError(code, statuses.get(code) ?? 400, message);
}

export const invalidValue = (message: string): AwsError => rdsError('InvalidParameterValue', message);

export const invalidCombination = (message: string): AwsError =>
  rdsError('InvalidParameterCombination', message);

export const instanceNotFound = (name: string): AwsError =>
  rdsError('DBInstanceNotFound', `DBInstance ${name} not found.`);

export const clusterNotFound = (name: string): AwsError =>
  rdsError('DBClusterNotFoundFault', `DBCluster ${name} not found.`);

export const invalidInstanceState = (message: string): AwsError =>
  rdsError('InvalidDBInstanceState', message);

export const invalidClusterState = (message: string): AwsError =>
  rdsError('InvalidDBClusterStateFault', message);

const codes: Readonly<Record<InstanceRefusal['reason'], string>> = {
  unknown: 'DBInstanceNotFound',
  'wrong-state': 'InvalidDBInstanceState',
  'no-such-time': 'InvalidParameterValue',
  'port-taken': 'InvalidParameterValue',
  'too-many': 'InsufficientDBInstanceCapacity',
  'storage-full': 'StorageQuotaExceeded',
  'not-ready': 'InvalidDBInstanceState',
};

/** What an instance refuses, as the API says it; anything else is passed on. */
export function translated(error: unknown): unknown {
  return error instanceof InstanceRefusal ? rdsError(codes[error.reason], error.message) : error;
}
