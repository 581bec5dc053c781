/** Ids that nobody can guess. */
import type { RandomSource } from '@hypergate/kit';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** Bytes from here on would make the first letters likelier. */
const fairBelow = 256 - (256 % alphabet.length);

/** Lower-case letters and digits. */
export function randomName(random: RandomSource, length: number): string {
  let name = '';
  while (name.length < length)
    for (const byte of random.bytes(length - name.length))
      if (byte < fairBelow) name += alphabet[byte % alphabet.length];
  return name;
}

/** Version 4. */
export function randomUuid(random: RandomSource): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
