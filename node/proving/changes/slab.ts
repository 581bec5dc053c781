/**
 * Writes to the state on their way to the prover's thread: packed one after another into a buffer that is handed over
 * whole, so the thread that acknowledges writes only copies bytes.
 *
 *   u32 value length + 1, or 0 for a deletion ‖ u8 key length ‖ key ‖ value (little-endian, this machine alone)
 */
export const slabBytes = 1024 * 1024;

const headBytes = 5;

export class SlabWriter {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #length = 0;

  constructor(bytes: ArrayBuffer) {
    this.#bytes = new Uint8Array(bytes);
    this.#view = new DataView(bytes);
  }

  get length(): number {
    return this.#length;
  }

  get buffer(): ArrayBuffer {
    return this.#bytes.buffer;
  }

  fits(key: Uint8Array, value: Uint8Array | undefined): boolean {
    return this.#length + entryBytes(key, value) <= this.#bytes.length;
  }

  add(key: Uint8Array, value: Uint8Array | undefined): void {
    let at = this.#length;
    this.#view.setUint32(at, value === undefined ? 0 : value.length + 1, true);
    this.#bytes[at + 4] = key.length;
    at += headBytes;
    this.#bytes.set(key, at);
    at += key.length;
    if (value !== undefined) this.#bytes.set(value, at);
    this.#length = at + (value?.length ?? 0);
  }
}

export function entryBytes(key: Uint8Array, value: Uint8Array | undefined): number {
  return headBytes + key.length + (value?.length ?? 0);
}

/** Calls back for each entry, with views into the slab. */
export function readSlab(
  slab: ArrayBuffer,
  length: number,
  each: (key: Buffer, value: Buffer | undefined) => void,
): void {
  const bytes = Buffer.from(slab);
  let at = 0;
  while (at < length) {
    const size = bytes.readUInt32LE(at);
    const keyAt = at + headBytes;
    const valueAt = keyAt + (bytes[at + 4] as number);
    const end = valueAt + Math.max(0, size - 1);
    each(bytes.subarray(keyAt, valueAt), size === 0 ? undefined : bytes.subarray(valueAt, end));
    at = end;
  }
}
