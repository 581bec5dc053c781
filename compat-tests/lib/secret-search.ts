/**
 * Looks for secrets in the memory of processes and in files: byte strings in all the forms in which a program may hold them. One pass over
 * the bytes, whatever the number of forms. Memory is read from Linux's /proc, which needs leave to trace the process.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Form {
  /** Which secret, in which form. */
  readonly name: string;
  readonly bytes: Buffer;
}

/** So much of a form has to be found: a part of a secret is found too, and a coincidence is not to be feared. */
const windowBytes = 16;
const pieceBytes = 16 << 20;

/** Of a number or byte string, written big-endian. Integers of V8 are words of 64 bits, the least first: little-endian as a whole. */
export function formsOf(name: string, secret: Uint8Array): Form[] {
  const big = Buffer.from(secret);
  const little = Buffer.from(big).reverse();
  const middle = (bytes: Buffer): Buffer => {
    const at = (bytes.length - windowBytes) >> 1;
    return bytes.subarray(at, at + windowBytes);
  };
  if (big.length < windowBytes) throw new RangeError('a secret that is too short to be looked for');
  return [
    { name: `${name}, big-endian`, bytes: middle(big) },
    { name: `${name}, little-endian`, bytes: middle(little) },
    { name: `${name}, hex`, bytes: middle(Buffer.from(big.toString('hex'))) },
    { name: `${name}, HEX`, bytes: middle(Buffer.from(big.toString('hex').toUpperCase())) },
    { name: `${name}, hex little-endian`, bytes: middle(Buffer.from(little.toString('hex'))) },
    { name: `${name}, base64`, bytes: middle(Buffer.from(big.toString('base64'))) },
    { name: `${name}, base64 little-endian`, bytes: middle(Buffer.from(little.toString('base64'))) },
    // As V8 prints an integer.
    { name: `${name}, decimal`, bytes: middle(Buffer.from(BigInt(`0x${big.toString('hex')}`).toString())) },
  ];
}

export class SecretSearch {
  readonly #forms: readonly Form[];
  /** By the first two bytes of a form. */
  readonly #starts = new Map<number, Form[]>();
  readonly #isStart = new Uint8Array(65_536);

  constructor(forms: readonly Form[]) {
    this.#forms = forms;
    for (const form of forms) {
      const start = form.bytes.readUInt16LE(0);
      this.#isStart[start] = 1;
      this.#starts.set(start, [...(this.#starts.get(start) ?? []), form]);
    }
  }

  get size(): number {
    return this.#forms.length;
  }

  /** @returns names of the forms that are there */
  inBytes(bytes: Uint8Array): Set<string> {
    const found = new Set<string>();
    const isStart = this.#isStart;
    const end = bytes.length - windowBytes;
    for (let at = 0; at <= end; at += 1) {
      const start = bytes[at]! | (bytes[at + 1]! << 8);
      if (isStart[start] === 0) continue;
      for (const form of this.#starts.get(start)!) {
        if (form.bytes.compare(bytes, at, at + windowBytes) === 0) found.add(form.name);
      }
    }
    return found;
  }

  /** @returns names of the forms in memory that the process has written to, and how many bytes those were */
  inProcess(pid: number): { readonly found: Set<string>; readonly bytes: number } {
    const found = new Set<string>();
    let total = 0;
    const memory = openSync(`/proc/${pid}/mem`, 'r');
    try {
      for (const [from, to] of writtenRegions(pid)) {
        for (let at = from; at < to; at += pieceBytes) {
          // Pieces overlap by a form, so that none is cut.
          const piece = readPiece(memory, at, Math.min(pieceBytes + windowBytes, to - at));
          total += Math.min(piece.length, pieceBytes);
          for (const name of this.inBytes(piece)) found.add(name);
        }
      }
    } finally {
      closeSync(memory);
    }
    return { found, bytes: total };
  }

  /** @returns `path: form` of what stands in the files of a folder */
  inFolder(folder: string): { readonly found: string[]; readonly bytes: number } {
    const found: string[] = [];
    let total = 0;
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, name);
      try {
        if (!statSync(path).isFile()) continue;
        const content = readFileSync(path);
        total += content.length;
        for (const form of this.inBytes(content)) found.push(`${name}: ${form}`);
      } catch (error) {
        // Files come and go while the gateway runs.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    return { found, bytes: total };
  }
}

/** Readable and writable ones: heaps, stacks, data of modules. Addresses are below 2^47. */
function writtenRegions(pid: number): (readonly [from: number, to: number])[] {
  const lines = readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n');
  return lines.flatMap((line) => {
    const region = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
    return region === null
      ? []
      : [[Number.parseInt(region[1]!, 16), Number.parseInt(region[2]!, 16)] as const];
  });
}

/** What can be read of it: the process goes on meanwhile, and gives memory back. */
function readPiece(memory: number, at: number, length: number): Buffer {
  const piece = Buffer.allocUnsafe(length);
  try {
    return piece.subarray(0, readSync(memory, piece, 0, length, at));
  } catch (error) {
    if (['EIO', 'EFAULT', 'ENOMEM'].includes(String((error as NodeJS.ErrnoException).code)))
      return piece.subarray(0, 0);
    throw error;
  }
}
