import { type Bytes, nodeLimits } from '@hypergate/node/api';

/** What a node may have read beside the bytes that were asked for. */
const memorySlackMax = 4096;

/**
 * Frees ciphertext that was decrypted or written; nobody may look at it again. Left to the garbage collector, buffers
 * outside its heap make it run every few megabytes, which costs a third of the time of a large transfer. Small buffers
 * share their memory with others and are left.
 */
export function giveBack(ciphertext: Bytes): void {
  const { buffer, length } = ciphertext;
  const isAlone = length >= nodeLimits.chunkBytesMin / 4 && buffer.byteLength - length < memorySlackMax;
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
