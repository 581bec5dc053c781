/** Writes that are done when they return: what was said before a crash is kept, and stands before the answer. */
import { writeSync } from 'node:fs';

const pause = new Int32Array(new SharedArrayBuffer(4));

/** @param {number} fd @param {Uint8Array} bytes */
export function writeAll(fd, bytes) {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at, bytes.length - at);
    } catch (error) {
      if (error.code !== 'EAGAIN') return;
      // Its reader is behind, and process.stdout has made the pipe one that does not wait.
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
