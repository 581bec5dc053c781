/**
 * AES-256-GCM of one piece of data, as sealed-stream.ts does it: by WebCrypto where there is one (browsers have it on https
 * and localhost only), which is twenty times as fast, else by @noble/ciphers.
 */
import { gcm } from '@noble/ciphers/aes.js';
import { dataLabel } from '../format/v1.ts';
import { cryptoLimits } from '../limits.ts';

/** Ciphertext ‖ tag of piece `index` of one stream. */
export type PieceSealer = (plain: Uint8Array, index: number, last: boolean) => Promise<Uint8Array>;

const nonceBytes = 12;
type WebCrypto = typeof globalThis.crypto;

function pieceNonce(index: number, last: boolean): Uint8Array<ArrayBuffer> {
  if (!(index < cryptoLimits.streamPiecesMax)) throw new RangeError('piece number of a stream');
  const nonce = new Uint8Array(nonceBytes);
  const view = new DataView(nonce.buffer);
  view.setUint32(nonceBytes - 5, index);
  view.setUint8(nonceBytes - 1, last ? 1 : 0);
  return nonce;
}

function associatedData(): Uint8Array<ArrayBuffer> {
  const associated = new Uint8Array(dataLabel.length + 4);
  associated.set(dataLabel);
  new DataView(associated.buffer).setUint32(dataLabel.length, cryptoLimits.streamPieceBytes);
  return associated;
}

/** @param key 32 bytes */
export async function webPieceSealer(
  key: Uint8Array,
  { subtle }: Pick<WebCrypto, 'subtle'>,
): Promise<PieceSealer> {
  const algorithm = 'AES-GCM';
  const imported = await subtle.importKey('raw', Uint8Array.from(key), algorithm, false, ['encrypt']);
  const additionalData = associatedData();
  return async (plain, index, last) => {
    const parameters = { name: algorithm, iv: pieceNonce(index, last), additionalData };
    return new Uint8Array(await subtle.encrypt(parameters, imported, Uint8Array.from(plain)));
  };
}

/** @param key 32 bytes */
export function plainPieceSealer(key: Uint8Array): PieceSealer {
  const secret = Uint8Array.from(key);
  const associated = associatedData();
  return async (plain, index, last) => gcm(secret, pieceNonce(index, last), associated).encrypt(plain);
}

/** The fastest that this machine has. */
export function pieceSealer(key: Uint8Array): Promise<PieceSealer> {
  // Typed as always there; pages without a secure origin do not have it.
  const subtle: WebCrypto['subtle'] | undefined = (globalThis.crypto as WebCrypto | undefined)?.subtle;
  return subtle === undefined ? Promise.resolve(plainPieceSealer(key)) : webPieceSealer(key, { subtle });
}
