/** A ciphertext, key or commitment that is not what its format or its key says. */
export type DecryptionErrorCode = 'format' | 'epoch-unknown' | 'commitment' | 'authentication';

const sentences: Record<DecryptionErrorCode, string> = {
  format: 'the ciphertext has an unknown format or a wrong length',
  'epoch-unknown': 'the ciphertext belongs to an epoch whose key is not known',
  commitment: 'the ciphertext is not committed to this key',
  authentication: 'the ciphertext does not authenticate',
};

export class DecryptionError extends Error {
  readonly code: DecryptionErrorCode;
  constructor(code: DecryptionErrorCode, options?: ErrorOptions) {
    super(sentences[code], options);
    this.name = 'DecryptionError';
    this.code = code;
  }
}

export type KeystoreErrorCode = 'missing' | 'exists' | 'format' | 'newer' | 'locked' | 'wrong-secret';

export class KeystoreError extends Error {
  readonly code: KeystoreErrorCode;
  constructor(code: KeystoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeystoreError';
    this.code = code;
  }
}
