/**
 * Expands LZF. A byte below 32 is followed by that many literal bytes and one; any other is a reference: three bits of length
 * (7: a byte of length follows) and thirteen of distance.
 * Source: the format notes of LibLZF (http://oldhome.schmorp.de/marc/liblzf.html).
 */
import { FormatError } from '@hypergate/kit/bytes';

/** @param length of the result, checked by the caller @throws FormatError when the bytes do not make exactly that many */
export function expandLzf(from: Buffer, length: number): Buffer {
  const out = Buffer.allocUnsafe(length);
  let read = 0;
  let written = 0;
  while (read < from.length) {
    const control = from[read++]!;
    if (control < 32) {
      const literals = control + 1;
      if (literals > from.length - read || literals > length - written) throw damaged();
      out.set(from.subarray(read, read + literals), written);
      read += literals;
      written += literals;
      continue;
    }
    let copied = control >> 5;
    if (copied === 7) copied += byteAt(from, read++);
    copied += 2;
    const distance = (((control & 0x1f) << 8) | byteAt(from, read++)) + 1;
    if (distance > written || copied > length - written) throw damaged();
    // One by one: what is copied may overlap what it is copied to.
    for (let i = 0; i < copied; i++, written++) out[written] = out[written - distance]!;
  }
  if (written !== length) throw damaged();
  return out;
}

function byteAt(from: Buffer, at: number): number {
  if (at >= from.length) throw damaged();
  return from[at]!;
}

function damaged(): FormatError {
  return new FormatError('a compressed string is damaged');
}
