/** CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), eight bytes a step. For LevelDB's files only: not a hot path. */
const tables: Uint32Array[] = [new Uint32Array(256)];
for (let byte = 0; byte < 256; byte += 1) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  tables[0]![byte] = crc >>> 0;
}
for (let step = 1; step < 8; step += 1) {
  const previous = tables[step - 1]!;
  tables.push(previous.map((crc) => ((crc >>> 8) ^ tables[0]![crc & 0xff]!) >>> 0));
}
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];

/** CRC-32C of bytes [from, to). */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0xffff_ffff;
  let at = from;
  for (; at + 8 <= to; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      t7[crc & 0xff]! ^
      t6[(crc >>> 8) & 0xff]! ^
      t5[(crc >>> 16) & 0xff]! ^
      t4[crc >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < to; at += 1) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!;
  return (crc ^ 0xffff_ffff) >>> 0;
}
