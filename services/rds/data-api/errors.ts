/** Errors of the Data API, with the status of their shapes. */
import { AwsError } from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/rds-data';
import { DatabaseError } from 'pg';
import { InstanceRefusal } from '../instance/api.ts';

export type DataErrorCode =
  | 'BadRequestException'
  | 'DatabaseErrorException'
  | 'DatabaseNotFoundException'
  | 'DatabaseUnavailableException'
  | 'ForbiddenException'
  | 'HttpEndpointNotEnabledException'
  | 'InvalidResourceStateException'
  | 'InvalidSecretException'
  | 'SecretsErrorException'
  | 'ServiceUnavailableError'
  | 'StatementTimeoutException'
  | 'TransactionNotFoundException'
  | 'UnsupportedResultException';

export function dataError(code: DataErrorCode, message: string): AwsError {
  const shape = schemas.shapes[code];
  const status = shape?.type === 'structure' ? shape.error?.status : undefined;
  return new AwsError(code, status ?? 400, message);
}

export const badRequest = (message: string): AwsError => dataError('BadRequestException', message);

const refusals: Readonly<Record<InstanceRefusal['reason'], DataErrorCode>> = {
  unknown: 'DatabaseNotFoundException',
  'wrong-state': 'InvalidResourceStateException',
  'no-such-time': 'BadRequestException',
  'port-taken': 'ServiceUnavailableError',
  'too-many': 'ServiceUnavailableError',
  'storage-full': 'ServiceUnavailableError',
  'not-ready': 'DatabaseUnavailableException',
};

/** What the engine or the instance says, as the API says it; anything else is passed on. */
export function translated(error: unknown): unknown {
  if (error instanceof InstanceRefusal) return dataError(refusals[error.reason], error.message);
  if (!(error instanceof DatabaseError)) return error;
  const { code = 'XX000', message, severity = 'ERROR', position } = error;
  if (code === '3D000') return dataError('DatabaseNotFoundException', message);
  const place = position === undefined ? '' : `; Position: ${position}`;
  return dataError('DatabaseErrorException', `${severity}: ${message}${place}; SQLState: ${code}`);
}
