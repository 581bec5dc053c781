/**
 * Every error of KMS: code, status of HTTP, sentence. The sentence stands when nothing more can be said than the code does.
 * https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html and the errors of each operation.
 */
const table = {
  AccessDeniedException: [400, 'The caller is not authorized to perform this action.'],
  AlreadyExistsException: [400, 'A resource with this name already exists.'],
  CloudHsmClusterInUseException: [400, 'The cluster already belongs to a custom key store.'],
  CloudHsmClusterInvalidConfigurationException: [400, 'The configuration of the cluster is not valid.'],
  CloudHsmClusterNotActiveException: [400, 'The cluster is not active.'],
  CloudHsmClusterNotFoundException: [400, 'There is no such cluster.'],
  CloudHsmClusterNotRelatedException: [400, 'The cluster is not related to the one of the key store.'],
  NotAuthorizedException: [400, 'The caller may not use aliases of this kind.'],
  ConflictException: [400, 'An automatic rotation of this key is in progress or begins within 20 minutes.'],
  CustomKeyStoreHasCMKsException: [400, 'The custom key store has keys.'],
  CustomKeyStoreInvalidStateException: [
    400,
    'The state of the custom key store is not valid for this request.',
  ],
  CustomKeyStoreNameInUseException: [400, 'There is a custom key store of this name.'],
  CustomKeyStoreNotFoundException: [400, 'There is no such custom key store.'],
  DependencyTimeoutException: [503, 'The system timed out while trying to fulfill the request. Retry it.'],
  DisabledException: [400, 'The key is disabled.'],
  DryRunOperationException: [400, 'The request would have succeeded, but the DryRun option is set.'],
  ExpiredImportTokenException: [400, 'The import token has expired. Get a new one and a new wrapping key.'],
  IncorrectKeyException: [
    400,
    'The key ID in the request does not identify a CMK that can perform this operation.',
  ],
  IncorrectKeyMaterialException: [400, 'The key material is not what this request expects.'],
  IncorrectTrustAnchorException: [400, 'The trust anchor certificate does not fit the cluster.'],
  InvalidAliasNameException: [400, 'Alias must start with the prefix "alias/". Please see documentation.'],
  InvalidArnException: [400, 'The ARN is not valid.'],
  InvalidCiphertextException: [400, ''],
  InvalidGrantIdException: [400, 'The grant ID is not valid.'],
  InvalidGrantTokenException: [400, 'The grant token is not valid.'],
  InvalidImportTokenException: [400, 'The import token belongs to another key, or was not made here.'],
  InvalidKeyUsageException: [400, 'The key cannot be used in this way.'],
  InvalidMarkerException: [400, 'Could not deserialize marker'],
  KMSInternalException: [500, 'An internal error occurred. The request can be retried.'],
  KMSInvalidMacException: [400, ''],
  KMSInvalidSignatureException: [400, ''],
  KMSInvalidStateException: [400, 'The state of the key is not valid for this request.'],
  KeyUnavailableException: [500, 'The key is not available. The request can be retried.'],
  LimitExceededException: [400, 'A quota is exceeded.'],
  MalformedPolicyDocumentException: [400, 'The policy is malformed.'],
  NotFoundException: [400, 'The resource does not exist.'],
  TagException: [400, 'A tag is not valid.'],
  UnsupportedOperationException: [400, 'The operation is not supported.'],
  ValidationException: [400, 'The request does not satisfy the constraints of the service.'],
  XksKeyAlreadyInUseException: [400, 'The external key belongs to another key.'],
  XksKeyInvalidConfigurationException: [400, 'The configuration of the external key is not valid.'],
  XksKeyNotFoundException: [400, 'There is no such external key.'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

export type KmsErrorCode = keyof typeof table;

export const kmsErrorCodes = Object.keys(table) as readonly KmsErrorCode[];

/** An expected failure: becomes the error document of the wire, or a custodian's refusal. */
export class KmsError extends Error {
  readonly code: KmsErrorCode;
  readonly status: number;

  constructor(code: KmsErrorCode, message: string) {
    super(message);
    this.name = 'KmsError';
    this.code = code;
    this.status = table[code][0];
  }
}

/** @param message instead of the code's usual sentence */
export function kmsError(code: KmsErrorCode, message?: string): KmsError {
  return new KmsError(code, message ?? table[code][1]);
}

/** A request that its shape allows and its meaning does not. */
export const invalid = (message: string): KmsError => kmsError('ValidationException', message);

export const unsupported = (message: string): KmsError => kmsError('UnsupportedOperationException', message);

/** What only a broken custodian, a cheating gateway or a bug leads to. */
export const internal = (message: string): KmsError => kmsError('KMSInternalException', message);
