/** Limits of the encryption formats. Sizes in bytes. */
export const cryptoLimits = {
  /** Plaintext of one piece of a stream. Measured: AES-256-GCM in node:crypto is at full speed from 64 KiB on. */
  streamPieceBytes: 256 * 1024,
  streamPieceBytesMin: 64 * 1024,
  streamPieceBytesMax: 1024 * 1024,
  /** The counter of STREAM is 32 bits. */
  streamPiecesMax: 2 ** 32 - 1,
  epochMax: 2 ** 32 - 1,
  keystoreFileBytesMax: 64 * 1024,
  keyFileBytesMin: 32,
  keyFileBytesMax: 1024 * 1024,
  passphraseBytesMax: 4096,
  /** N of scrypt that a keystore file may ask for: 2^20 with r = 8 is 1 GiB. */
  scryptCostMax: 2 ** 20,
  hkdfBytesMax: 255 * 32,
} as const;
