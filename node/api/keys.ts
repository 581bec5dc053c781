/**
 * Keys of the key service as other services use them for their own callers: a data key for an object of S3, and back. The key service
 * decides by the caller of the other service's request, records it, and custodians check that request's signature for themselves; so
 * whoever uses a key hands over the signed request for which it does.
 *
 * All arguments but the signal, and all results, are plain values.
 */
import type { Bytes } from './types.ts';

/** Who called the service that uses the key: as the port of that service authenticated it. */
export interface KeyCaller {
  readonly principal: {
    readonly kind: 'root' | 'user' | 'role' | 'anonymous';
    readonly accountId: string;
    readonly userId: string;
    readonly arn: string;
    readonly displayName: string;
    readonly accessKeyId: string;
  };
  /** Documents; JSON values or texts. */
  readonly identityPolicies: readonly unknown[];
}

/** A use of keys for a request to another service. */
export interface KeyUse {
  /** Signing name of the service: `s3`. */
  readonly via: string;
  /** The service's own operation: `PutObject`. */
  readonly operation: string;
  /** The request that its caller signed, encoded (`encodeSignedCall` of the kit), without its body. */
  readonly call: Bytes;
  readonly caller: KeyCaller;
  /** Of the request. The audit record of its first use of a key has this name, those of later ones `/key-1`, `/key-2` behind it. */
  readonly requestId: string;
  readonly signal?: AbortSignal;
}

/** Members of the encryption context have to name what the request is about: of S3 `aws:s3:arn`, the object's ARN or the bucket's. */
export interface NewDataKey extends KeyUse {
  /** Key id, key ARN, alias or alias ARN; absent for the key that the service has in the caller's account, made at its first use. */
  readonly key?: string;
  readonly context: Readonly<Record<string, string>>;
}

export interface SealedDataKey extends KeyUse {
  readonly ciphertext: Bytes;
  /** The key that it has to be of; the ciphertext names its own. */
  readonly key?: string;
  readonly context: Readonly<Record<string, string>>;
}

export interface NamedKey extends KeyUse {
  readonly key: string;
}

export interface DataKey {
  readonly keyArn: string;
  /** 32 bytes, the asker's to overwrite. */
  readonly plaintext: Bytes;
  readonly ciphertext: Bytes;
}

export interface OpenedDataKey {
  readonly keyArn: string;
  /** The asker's to overwrite. */
  readonly plaintext: Bytes;
}

export interface KeyDescription {
  readonly keyArn: string;
  readonly enabled: boolean;
  /** `Enabled`, `Disabled`, `PendingDeletion`, ... */
  readonly state: string;
  /** `SYMMETRIC_DEFAULT`, `RSA_2048`, ... */
  readonly spec: string;
  /** `ENCRYPT_DECRYPT`, `SIGN_VERIFY`, ... */
  readonly usage: string;
  /** `AWS`: made by a service for its own use. */
  readonly manager: 'AWS' | 'CUSTOMER';
}

export interface KeyPort {
  /** 32 random bytes, and the same under the key. @throws KeyUseError */
  generateDataKey(request: NewDataKey): Promise<DataKey>;
  /** @throws KeyUseError */
  decrypt(request: SealedDataKey): Promise<OpenedDataKey>;
  /** @throws KeyUseError */
  describe(request: NamedKey): Promise<KeyDescription>;
}

/**
 * The key service refuses: its code, status of HTTP and sentence. A service answers in words of its own: S3 `KMS.NotFoundException` and so on
 * with this status and sentence, and `AccessDenied` with 403 for `AccessDeniedException`.
 */
export class KeyUseError extends Error {
  /** `NotFoundException`, `DisabledException`, `KMSInternalException`, ... */
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeyUseError';
    this.code = code;
    this.status = status;
  }
}
