/** Failures of a request body. */
import { AwsError } from '../definition.ts';
import { chunkBytesMin } from './limits.ts';

export function incompleteBody(expected?: number, received?: number): AwsError {
  return new AwsError(
    'IncompleteBody',
    400,
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
    expected === undefined || received === undefined
      ? {}
      : { NumberBytesExpected: String(expected), NumberBytesProvided: String(received) },
  );
}

export function requestTimeout(): AwsError {
  return new AwsError(
    'RequestTimeout',
    400,
    'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.',
    {},
    { connection: 'close' },
  );
}

export function malformedChunk(what: string): AwsError {
  return new AwsError('InvalidRequest', 400, `The aws-chunked body is malformed: ${what}.`);
}

export function invalidChunkSize(chunk: number, bytes: number): AwsError {
  return new AwsError(
    'InvalidChunkSizeError',
    403,
    `Only the last chunk is allowed to have a size less than ${chunkBytesMin} bytes`,
    { Chunk: String(chunk), BadChunkSize: String(bytes) },
  );
}

export function malformedTrailer(): AwsError {
  return new AwsError(
    'MalformedTrailerError',
    400,
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  );
}

export function chunkSignatureMismatch(): AwsError {
  return new AwsError(
    'SignatureDoesNotMatch',
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  );
}

export function payloadHashMismatch(sent: string, computed: string): AwsError {
  return new AwsError(
    'XAmzContentSHA256Mismatch',
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { ClientComputedContentSHA256: sent, S3ComputedContentSHA256: computed },
  );
}

export function missingContentLength(): AwsError {
  return new AwsError('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.');
}

export function invalidDecodedLength(value: string): AwsError {
  return new AwsError('InvalidArgument', 400, 'x-amz-decoded-content-length is not a length in bytes.', {
    ArgumentName: 'x-amz-decoded-content-length',
    ArgumentValue: value,
  });
}
