/**
 * The keystore file, version 1: one JSON object, ASCII, a line end.
 *
 *   {"format":"hypergate-keystore","version":1,"protection":"plain"|"passphrase"|"key-file", …,"sealed":"<hex>"}
 *
 * sealed = nonce (12) ‖ AES-256-GCM(wrapping key, master secret) ‖ tag; associated data = the object without `sealed`, as
 * JSON. Wrapping key: passphrase -> scrypt(N, r, p, salt); key file -> HKDF(content, salt); plain -> a constant, so that a
 * damaged plain file is noticed too (it is protected by its permissions alone).
 */
import { type KeyObject, type ScryptOptions, scrypt } from 'node:crypto';
import { nonceBytes, open, sealInto, tagBytes } from './aead.ts';
import { DecryptionError, KeystoreError } from './errors.ts';
import { hkdf, secretKey } from './hkdf.ts';
import { masterSecretBytes } from './keystore.ts';
import { cryptoLimits } from './limits.ts';
import type { RandomSource } from './random.ts';

export const keystoreVersion = 1;

/** How the master secret is protected on the disk. */
export type KeystoreProtection =
  | { readonly kind: 'plain' }
  | { readonly kind: 'passphrase'; readonly passphrase: string; readonly cost?: ScryptCost }
  /** Content of a key file, at least 32 bytes. */
  | { readonly kind: 'key-file'; readonly content: Uint8Array };

export interface ScryptCost {
  /** N, a power of two. */
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

/** 128 MiB and about half a second, once per start (OWASP's first recommendation for scrypt). */
const defaultCost: ScryptCost = { cost: 2 ** 17, blockSize: 8, parallelization: 1 };

interface Envelope {
  readonly format: 'hypergate-keystore';
  readonly version: number;
  readonly protection: KeystoreProtection['kind'];
  readonly salt: string;
  readonly scrypt?: ScryptCost;
}

function stretch(passphrase: string, salt: Buffer, cost: ScryptCost): Promise<Buffer> {
  const options: ScryptOptions = { ...cost, maxmem: 256 * cost.cost * cost.blockSize + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, 32, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

async function wrappingKey(protection: KeystoreProtection, envelope: Envelope): Promise<KeyObject> {
  const salt = Buffer.from(envelope.salt, 'hex');
  const info = Buffer.from('hypergate/keystore-wrap/v1', 'ascii');
  switch (protection.kind) {
    case 'plain':
      return secretKey(hkdf(secretKey(Buffer.from('plain', 'ascii')), salt, info, 32));
    case 'passphrase': {
      if (envelope.scrypt === undefined) throw new KeystoreError('format', 'the keystore file is damaged');
      return secretKey(await stretch(protection.passphrase, salt, envelope.scrypt));
    }
    case 'key-file':
      return secretKey(hkdf(secretKey(protection.content), salt, info, 32));
  }
}

function checkProtection(protection: KeystoreProtection): void {
  if (protection.kind === 'passphrase') {
    const length = Buffer.byteLength(protection.passphrase);
    if (length === 0 || length > cryptoLimits.passphraseBytesMax)
      throw new KeystoreError('format', 'the passphrase is empty or too long');
  }
  if (protection.kind === 'key-file') {
    const { length } = protection.content;
    if (length < cryptoLimits.keyFileBytesMin || length > cryptoLimits.keyFileBytesMax)
      throw new KeystoreError('format', 'the key file must hold 32 bytes to 1 MiB');
  }
}

export async function encodeKeystore(
  master: Uint8Array,
  protection: KeystoreProtection,
  random: RandomSource,
): Promise<string> {
  checkProtection(protection);
  const envelope: Envelope = {
    format: 'hypergate-keystore',
    version: keystoreVersion,
    protection: protection.kind,
    salt: Buffer.from(random.bytes(32)).toString('hex'),
    ...(protection.kind === 'passphrase' ? { scrypt: protection.cost ?? defaultCost } : {}),
  };
  const sealed = Buffer.alloc(nonceBytes + masterSecretBytes + tagBytes);
  const nonce = random.bytes(nonceBytes);
  sealed.set(nonce);
  const associated = Buffer.from(JSON.stringify(envelope), 'ascii');
  sealInto(sealed, nonceBytes, await wrappingKey(protection, envelope), nonce, associated, master);
  return `${JSON.stringify({ ...envelope, sealed: sealed.toString('hex') })}\n`;
}

const damaged = () => new KeystoreError('format', 'the keystore file is damaged');
const isHex = (value: unknown, bytes: number): value is string =>
  typeof value === 'string' && value.length === 2 * bytes && /^[0-9a-f]*$/.test(value);

function parseCost(value: unknown): ScryptCost {
  const { cost, blockSize, parallelization } = (value ?? {}) as Record<string, unknown>;
  const small = (field: unknown, max: number): field is number =>
    Number.isInteger(field) && (field as number) >= 1 && (field as number) <= max;
  if (!small(cost, cryptoLimits.scryptCostMax) || (cost & (cost - 1)) !== 0 || cost < 2) throw damaged();
  if (!small(blockSize, 16) || !small(parallelization, 16)) throw damaged();
  return { cost, blockSize, parallelization };
}

/** @throws KeystoreError `format`, `newer` */
function parse(text: string): { readonly envelope: Envelope; readonly sealed: Buffer } {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new KeystoreError('format', 'the keystore file is damaged', { cause: error });
  }
  if (typeof value !== 'object' || value === null || value.format !== 'hypergate-keystore') throw damaged();
  if (!Number.isInteger(value.version) || (value.version as number) < 1) throw damaged();
  if ((value.version as number) > keystoreVersion)
    throw new KeystoreError('newer', 'the keystore file was written by a newer version');
  const { protection, salt, sealed } = value;
  if (protection !== 'plain' && protection !== 'passphrase' && protection !== 'key-file') throw damaged();
  if (!isHex(salt, 32) || !isHex(sealed, nonceBytes + masterSecretBytes + tagBytes)) throw damaged();
  const envelope: Envelope = {
    format: 'hypergate-keystore',
    version: keystoreVersion,
    protection,
    salt,
    ...(protection === 'passphrase' ? { scrypt: parseCost(value.scrypt) } : {}),
  };
  return { envelope, sealed: Buffer.from(sealed, 'hex') };
}

const missingSecret = {
  plain: 'the keystore is not protected, but a passphrase or key file was given',
  passphrase: 'the keystore is protected by a passphrase: give it',
  'key-file': 'the keystore is protected by a key file: give it',
} as const;

/**
 * The master secret.
 * @throws KeystoreError `format`, `newer`, `locked` (protected otherwise than was given), `wrong-secret`
 */
export async function decodeKeystore(text: string, protection: KeystoreProtection): Promise<Buffer> {
  const { envelope, sealed } = parse(text);
  if (envelope.protection !== protection.kind)
    throw new KeystoreError('locked', missingSecret[envelope.protection]);
  checkProtection(protection);
  const key = await wrappingKey(protection, envelope);
  const associated = Buffer.from(JSON.stringify(envelope), 'ascii');
  try {
    return open(key, sealed.subarray(0, nonceBytes), associated, sealed.subarray(nonceBytes));
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    if (protection.kind === 'plain')
      throw new KeystoreError('format', 'the keystore file is damaged', { cause: error });
    const what = protection.kind === 'passphrase' ? 'passphrase' : 'key file';
    throw new KeystoreError('wrong-secret', `wrong ${what}, or the keystore file is damaged`, {
      cause: error,
    });
  }
}
