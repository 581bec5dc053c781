/** Refusals in the words of Lambda. The port writes `x-amzn-ErrorType` and the document. */
import { AwsError } from '@hypergate/kit';

const statuses = {
  CodeSigningConfigNotFoundException: 404,
  CodeStorageExceededException: 400,
  CodeVerificationFailedException: 400,
  EC2UnexpectedException: 502,
  InvalidCodeSignatureException: 400,
  InvalidParameterValueException: 400,
  InvalidRequestContentException: 400,
  InvalidRuntimeException: 502,
  InvalidZipFileException: 502,
  PolicyLengthExceededException: 400,
  PreconditionFailedException: 412,
  ProvisionedConcurrencyConfigNotFoundException: 404,
  RecursiveInvocationException: 400,
  RequestEntityTooLargeException: 413,
  RequestTooLargeException: 413,
  ResourceConflictException: 409,
  ResourceInUseException: 400,
  ResourceNotFoundException: 404,
  ResourceNotReadyException: 502,
  ServiceException: 500,
  TooManyRequestsException: 429,
  UnsupportedMediaTypeException: 415,
  AccessDeniedException: 403,
  ValidationException: 400,
} as const;

export type LambdaErrorCode = keyof typeof statuses;

/** @param details further members of the document (`Reason` of a throttle) */
export function lambdaError(
  code: LambdaErrorCode,
  message: string,
  details: Readonly<Record<string, string>> = {},
): AwsError {
  return new AwsError(code, statuses[code], message, { Type: 'User', ...details });
}

/** As AWS words what a member does not satisfy. @param where the member as the wire has it: `functionName` */
export function constraintError(value: string, where: string, constraint: string): AwsError {
  return lambdaError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${where}' failed to satisfy constraint: Member must satisfy ${constraint}`,
  );
}

export function functionNotFound(arn: string): AwsError {
  return lambdaError('ResourceNotFoundException', `Function not found: ${arn}`);
}
