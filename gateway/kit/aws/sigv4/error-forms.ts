/** A signature failure as the error that the called service would give. */

import { AwsError } from '../definition.ts';
import { accessDenied, type ErrorFamily } from '../error-family.ts';
import { isoBasicOf, isoExtendedOf } from './date.ts';
import type { SignatureFailureReason } from './failure.ts';
import { canonicalRequestShownMax, clockSkewMsMax } from './limits.ts';

export function signatureError(reason: SignatureFailureReason, family: ErrorFamily): AwsError {
  return family === 's3' ? s3Error(reason) : serviceError(reason, family);
}

const payloadValues =
  'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.';

function s3Error(reason: SignatureFailureReason): AwsError {
  switch (reason.kind) {
    case 'empty-authorization':
      return accessDenied('s3');
    case 'unsupported-scheme':
      return new AwsError('InvalidArgument', 400, 'Unsupported Authorization Type', {
        ArgumentName: 'Authorization',
        ArgumentValue: withoutSecret(reason.value),
      });
    case 'unsupported-version':
      return new AwsError(
        'InvalidRequest',
        400,
        'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
      );
    case 'two-mechanisms':
      return new AwsError(
        'InvalidArgument',
        400,
        'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
        { ArgumentName: 'Authorization', ArgumentValue: withoutSecret(reason.value) },
      );
    case 'malformed-header':
      return new AwsError(
        'AuthorizationHeaderMalformed',
        400,
        `The authorization header is malformed; ${reason.message}`,
      );
    case 'malformed-query':
      return new AwsError('AuthorizationQueryParametersError', 400, reason.message);
    case 'expires-out-of-range':
      // AWS's code and sentence with the status of other links whose time is wrong (AWS: 400), which is Ceph's.
      return new AwsError('AuthorizationQueryParametersError', 403, reason.message);
    case 'missing-date':
      return accessDenied('s3', 'AWS authentication requires a valid Date or x-amz-date header');
    case 'wrong-service': {
      const message = `incorrect service "${reason.service}". This endpoint belongs to "${reason.expected}".`;
      return reason.form === 'header'
        ? new AwsError(
            'AuthorizationHeaderMalformed',
            400,
            `The authorization header is malformed; ${message}`,
          )
        : new AwsError(
            'AuthorizationQueryParametersError',
            400,
            `Error parsing the X-Amz-Credential parameter; ${message}`,
          );
    }
    case 'skewed':
      return new AwsError(
        'RequestTimeTooSkewed',
        403,
        'The difference between the request time and the current time is too large.',
        {
          RequestTime: reason.requestIso,
          ServerTime: isoExtendedOf(reason.nowMs),
          MaxAllowedSkewMilliseconds: String(clockSkewMsMax),
        },
      );
    case 'not-yet-valid':
      return new AwsError('AccessDenied', 403, 'Request is not yet valid', {
        'X-Amz-Date': isoBasicOf(reason.requestMs),
        ServerTime: isoExtendedOf(reason.nowMs),
      });
    case 'expired':
      return new AwsError('AccessDenied', 403, 'Request has expired', {
        'X-Amz-Expires': String(reason.expiresSeconds),
        Expires: isoExtendedOf(reason.expiresMs),
        ServerTime: isoExtendedOf(reason.nowMs),
      });
    case 'headers-not-signed':
      return new AwsError(
        'AccessDenied',
        403,
        'There were headers present in the request which were not signed',
        { HeadersNotSigned: reason.names.join(', ') },
      );
    case 'missing-content-sha256':
      return new AwsError(
        'InvalidRequest',
        400,
        'Missing required header for this request: x-amz-content-sha256',
      );
    case 'invalid-content-sha256':
      return new AwsError('InvalidArgument', 400, payloadValues, {
        ArgumentName: 'x-amz-content-sha256',
        ArgumentValue: reason.value,
      });
    case 'unknown-access-key':
      return new AwsError(
        'InvalidAccessKeyId',
        403,
        'The AWS Access Key Id you provided does not exist in our records.',
        { AWSAccessKeyId: reason.accessKeyId },
      );
    case 'unknown-token':
      return new AwsError('InvalidToken', 400, 'The provided token is malformed or otherwise invalid.');
    case 'expired-token':
      return new AwsError('ExpiredToken', 400, 'The provided token has expired.');
    case 'mismatch':
      return new AwsError(
        'SignatureDoesNotMatch',
        403,
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
        mismatchDetails(reason),
      );
  }
}

function mismatchDetails(
  reason: Extract<SignatureFailureReason, { kind: 'mismatch' }>,
): Record<string, string> {
  const canonical = reason.canonicalRequest.slice(0, canonicalRequestShownMax);
  return {
    AWSAccessKeyId: reason.accessKeyId,
    StringToSign: reason.stringToSign,
    SignatureProvided: reason.provided,
    StringToSignBytes: hexBytes(reason.stringToSign),
    CanonicalRequest: canonical,
    CanonicalRequestBytes: hexBytes(canonical),
  };
}

function hexBytes(byteString: string): string {
  const hex = Buffer.from(byteString, 'latin1').toString('hex');
  return hex.replace(/../g, '$& ').trimEnd();
}

/** The error echoes what was sent, but never a credential of another scheme (`Basic …`, `Bearer …`). */
function withoutSecret(authorization: string): string {
  const scheme = /^[A-Za-z0-9-]{1,32}/.exec(authorization)?.[0] ?? '';
  return scheme;
}

const checkKey =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

/** JSON and query services share their sentences; codes of JSON services end in `Exception`. */
function serviceError(reason: SignatureFailureReason, family: Exclude<ErrorFamily, 's3'>): AwsError {
  const query = family === 'query';
  // awsJson answers every authentication failure with 400, the others with 403.
  const denied = family === 'json' ? 400 : 403;
  const incomplete = (message: string) =>
    new AwsError(query ? 'IncompleteSignature' : 'IncompleteSignatureException', 400, message);
  const invalid = (message: string) =>
    new AwsError(query ? 'SignatureDoesNotMatch' : 'InvalidSignatureException', denied, message);
  switch (reason.kind) {
    case 'empty-authorization':
      return new AwsError(
        query ? 'MissingAuthenticationToken' : 'MissingAuthenticationTokenException',
        denied,
        'Request is missing Authentication Token',
      );
    case 'unsupported-scheme':
    case 'unsupported-version':
      return incomplete('Unsupported AWS algorithm; only AWS4-HMAC-SHA256 is supported.');
    case 'two-mechanisms':
      return incomplete('A request may be signed by one Authorization header or by its query, not by both.');
    case 'malformed-header':
    case 'malformed-query':
    case 'expires-out-of-range':
      return incomplete(sentence(reason.message));
    case 'missing-date':
      return incomplete(
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
      );
    case 'wrong-service':
      return invalid(`Credential should be scoped to correct service: '${reason.expected}'.`);
    case 'skewed':
      return invalid(skewSentence(reason));
    case 'not-yet-valid':
      return invalid(
        `Signature not yet current: ${isoBasicOf(reason.requestMs)} is still later than ${isoBasicOf(reason.nowMs)}`,
      );
    case 'expired':
      return invalid(
        `Signature expired: ${isoBasicOf(reason.expiresMs)} is now earlier than ${isoBasicOf(reason.nowMs)}`,
      );
    case 'headers-not-signed':
      return invalid(
        reason.names.includes('host')
          ? "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
          : `Headers present in the request were not signed: ${reason.names.join(', ')}.`,
      );
    case 'missing-content-sha256':
    case 'invalid-content-sha256':
      return invalid('x-amz-content-sha256 is not a SHA-256 of the body.');
    case 'unknown-access-key':
    case 'unknown-token':
      return query
        ? new AwsError('InvalidClientTokenId', 403, 'The security token included in the request is invalid.')
        : new AwsError(
            'UnrecognizedClientException',
            denied,
            'The security token included in the request is invalid.',
          );
    case 'expired-token':
      return new AwsError(
        query ? 'ExpiredToken' : 'ExpiredTokenException',
        denied,
        'The security token included in the request is expired',
      );
    case 'mismatch':
      return invalid(checkKey);
  }
}

function skewSentence(reason: Extract<SignatureFailureReason, { kind: 'skewed' }>): string {
  const now = isoBasicOf(reason.nowMs);
  if (reason.requestMs < reason.nowMs) {
    const bound = isoBasicOf(reason.nowMs - clockSkewMsMax);
    return `Signature expired: ${reason.requestIso} is now earlier than ${bound} (${now} - 15 min.)`;
  }
  const bound = isoBasicOf(reason.nowMs + clockSkewMsMax);
  return `Signature not yet current: ${reason.requestIso} is still later than ${bound} (${now} + 15 min.)`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
