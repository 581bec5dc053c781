/** Copies in short and long: a call into the engine costs more than a few bytes. */
const shortBytes = 24;

export function copyBytes(
  source: Uint8Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): void {
  if (to - from <= shortBytes) for (let i = from, j = at; i < to; i++, j++) target[j] = source[i]!;
  // A view is an object more: most copies are of the whole.
  else target.set(from === 0 && to === source.length ? source : source.subarray(from, to), at);
}

/** Bytes again that stand `offset` before; with an offset shorter than the length they repeat. */
export function repeatBytes(target: Uint8Array, at: number, offset: number, length: number): void {
  const end = at + length;
  if (length <= shortBytes) {
    for (let i = at; i < end; i++) target[i] = target[i - offset]!;
    return;
  }
  // What is already there doubles with each step, in multiples of the offset.
  const from = at - offset;
  let done = at;
  while (done < end) {
    const part = Math.min(done - from, end - done);
    target.copyWithin(done, from, from + part);
    done += part;
  }
}
