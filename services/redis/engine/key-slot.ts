/**
 * The slot of a key in a Redis Cluster: CRC16 (XMODEM: polynomial 0x1021, start 0) of the key, or of what stands between the
 * first `{` and the next `}` if that is not empty, modulo 16,384.
 * Source: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
 */
export const slotCount = 16_384;

const polynomial = 0x1021;
const table = new Uint16Array(256);
for (let byte = 0; byte < 256; byte++) {
  let value = byte << 8;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000 ? (value << 1) ^ polynomial : value << 1;
  table[byte] = value;
}

export function crc16(bytes: string): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++) {
    crc = ((crc << 8) & 0xffff) ^ table[(crc >>> 8) ^ (bytes.charCodeAt(i) & 0xff)]!;
  }
  return crc;
}

export function keySlot(key: string): number {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  return crc16(close > open + 1 ? key.slice(open + 1, close) : key) % slotCount;
}
