/**
 * CRC-64 as RDB files have it: polynomial 0xad93d23594c935a9 (Jones), reflected, no inversion. In two halves of 32 bits.
 * Source: "check value" e9c6d914c4b8d9ca of "123456789" (CRC RevEng catalogue, CRC-64/REDIS).
 */
const polynomialHigh = 0x95ac9329;
const polynomialLow = 0xac4bc9b5;

const tableHigh = new Uint32Array(256);
const tableLow = new Uint32Array(256);
for (let i = 0; i < 256; i++) {
  let high = 0;
  let low = i;
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = (low & 1) === 1;
    low = (low >>> 1) | ((high & 1) << 31);
    high >>>= 1;
    if (!isOdd) continue;
    low ^= polynomialLow;
    high ^= polynomialHigh;
  }
  tableHigh[i] = high;
  tableLow[i] = low;
}

export function crc64(bytes: Uint8Array): bigint {
  let high = 0;
  let low = 0;
  for (const byte of bytes) {
    const entry = (low ^ byte) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ tableLow[entry]!;
    high = (high >>> 8) ^ tableHigh[entry]!;
  }
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
