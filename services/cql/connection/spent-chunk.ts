/**
 * Bytes that were read from a socket and are not needed any more. Each read takes 64 KiB, and V8 notices what stands outside its heap only
 * when there is a lot of it: a thousand clients that are thrown out would leave a hundred megabytes behind them.
 */

/** Gives its memory back at once. Nobody may have a view of it: afterwards it has no bytes. */
export function discardChunk({ buffer, byteOffset, byteLength }: Buffer): void {
  // Never what it shares with others, such as the common pool.
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength)
    buffer.transfer(0);
}
