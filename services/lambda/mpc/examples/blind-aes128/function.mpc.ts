/** One block under AES-128 (FIPS 197): the holder has the key, the owner the block, and the owner alone learns what it becomes. */
import { aes128, type FixedArray, type u8 } from 'hypergate:mpc';

export default function main(holder: { key: FixedArray<u8, 16> }, owner: { block: FixedArray<u8, 16> }) {
  return { owner: { encrypted: aes128(holder.key, owner.block) } };
}
