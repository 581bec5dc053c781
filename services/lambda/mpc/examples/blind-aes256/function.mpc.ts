/** One block under AES-256 (FIPS 197): the holder has the key, the owner the block, and the owner alone learns what it becomes. */
import { aes256, type FixedArray, type u8 } from 'hypergate:mpc';

export default function main(holder: { key: FixedArray<u8, 32> }, owner: { block: FixedArray<u8, 16> }) {
  return { owner: { encrypted: aes256(holder.key, owner.block) } };
}
