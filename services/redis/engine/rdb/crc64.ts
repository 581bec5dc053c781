/**
 * CRC-64 of payloads: Jones' polynomial 0xad93d23594c935a9, input and output reflected, no inversion. Kept as two halves of
 * 32 bits, as JavaScript's integers are.
 * Source: D. Jones, "An Improved 64-bit Cyclic Redundancy Check for Protein Sequences"; check value e9c6d914c4b8d9ca.
 */

/** The polynomial with its bits reversed. */
const polynomialHigh = 0x95ac9329;
const polynomialLow = 0xac4bc9b5;

const tableHigh = new Uint32Array(256);
const tableLow = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const carry = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (carry !== 0) {
      low ^= polynomialLow;
      high ^= polynomialHigh;
    }
  }
  tableHigh[byte] = high;
  tableLow[byte] = low;
}

export interface Crc64 {
  readonly high: number;
  readonly low: number;
}

export function crc64(bytes: Buffer, end = bytes.length): Crc64 {
  let high = 0;
  let low = 0;
  for (let i = 0; i < end; i++) {
    const index = (low ^ bytes[i]!) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ tableLow[index]!;
    high = (high >>> 8) ^ tableHigh[index]!;
  }
  return { high: high >>> 0, low: low >>> 0 };
}
