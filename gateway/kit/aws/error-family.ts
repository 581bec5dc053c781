/** Errors that the port itself answers with, in the words of the protocol that was called. */
import { AwsError, type AwsServiceDefinition } from './definition.ts';

export type ErrorFamily = 's3' | 'json' | 'restJson' | 'query';

export function errorFamily(definition: Pick<AwsServiceDefinition, 'protocol'>): ErrorFamily {
  switch (definition.protocol) {
    case 'restXml':
      return 's3';
    case 'restJson1':
      return 'restJson';
    case 'query':
      return 'query';
    case 'awsJson1.0':
    case 'awsJson1.1':
      return 'json';
  }
}

/** The request is larger than an operation reads. */
export function tooLarge(family: ErrorFamily, bytesMax: number): AwsError {
  if (family === 's3') {
    return new AwsError('MaxMessageLengthExceeded', 400, 'Your request was too big.', {
      MaxMessageLengthBytes: String(bytesMax),
    });
  }
  const code = family === 'query' ? 'RequestEntityTooLarge' : 'RequestEntityTooLargeException';
  return new AwsError(code, 413, `The request is larger than ${bytesMax} bytes.`);
}

export function accessDenied(family: ErrorFamily, sentence?: string): AwsError {
  if (family === 's3') return new AwsError('AccessDenied', 403, sentence ?? 'Access Denied');
  const message = sentence ?? 'The caller is not authorized to perform this action.';
  if (family === 'query') return new AwsError('AccessDenied', 403, message);
  return new AwsError('AccessDeniedException', family === 'json' ? 400 : 403, message);
}

/** An operation that needs credentials was called without any. */
export function missingAuthentication(family: ErrorFamily): AwsError {
  if (family === 's3') return accessDenied(family);
  const message = 'Request is missing Authentication Token';
  if (family === 'query') return new AwsError('MissingAuthenticationToken', 403, message);
  return new AwsError('MissingAuthenticationTokenException', family === 'json' ? 400 : 403, message);
}

/** A bug or a broken disk: what happened is in the log under the request id, never in the answer. */
export function internalError(family: ErrorFamily): AwsError {
  const message = 'We encountered an internal error. Please try again.';
  if (family === 's3') return new AwsError('InternalError', 500, message);
  return new AwsError(family === 'query' ? 'InternalFailure' : 'InternalServerException', 500, message);
}

/** No operation answers this method, path, target or action. */
export function unknownOperation(family: ErrorFamily, name: string): AwsError {
  if (family === 's3') {
    return new AwsError(
      'MethodNotAllowed',
      405,
      'The specified method is not allowed against this resource.',
      { Method: name },
    );
  }
  if (family === 'query') {
    return new AwsError('InvalidAction', 400, `Could not find operation ${name}`);
  }
  return new AwsError(
    'UnknownOperationException',
    family === 'json' ? 400 : 404,
    `The operation ${name} is not known.`,
  );
}

/** The operation is known to AWS but not built here. */
export function notImplemented(family: ErrorFamily, name: string): AwsError {
  if (family === 's3') {
    return new AwsError(
      'NotImplemented',
      501,
      'A header you provided implies functionality that is not implemented.',
      { Operation: name },
    );
  }
  return new AwsError(
    family === 'query' ? 'NotImplemented' : 'NotImplementedException',
    501,
    `The operation ${name} is not implemented.`,
  );
}
