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
  /** All bytes are 0 or 1. */
  readonly isBits?: true;
}

/** So much of a form has to be found: a part of a secret is found too, and a coincidence is not to be feared. */
const windowBytes = 16;
const pieceBytes = 16 << 20;

const middle = (bytes: Buffer, length = windowBytes): Buffer => {
  const at = (bytes.length - length) >> 1;
  return bytes.subarray(at, at + length);
};

/** Of a number or byte string, written big-endian. Integers of V8 are words of 64 bits, the least first: little-endian as a whole. */
export function formsOf(name: string, secret: Uint8Array): Form[] {
  const big = Buffer.from(secret);
  const little = Buffer.from(big).reverse();
  if (big.length < windowBytes) throw new RangeError('a secret that is too short to be looked for');
  const forms: Form[] = [
    { name: `${name}, big-endian`, bytes: middle(big) },
    { name: `${name}, little-endian`, bytes: middle(little) },
    { name: `${name}, hex`, bytes: middle(Buffer.from(big.toString('hex'))) },
    { name: `${name}, HEX`, bytes: middle(Buffer.from(big.toString('hex').toUpperCase())) },
    { name: `${name}, hex little-endian`, bytes: middle(Buffer.from(little.toString('hex'))) },
    // As V8 prints an integer.
    { name: `${name}, decimal`, bytes: middle(Buffer.from(BigInt(`0x${big.toString('hex')}`).toString())) },
  ];
  for (const [order, bytes] of [
    ['', big],
    [' little-endian', little],
  ] as const)
    forms.push(...base64Forms(`${name}, base64${order}`, bytes));
  return forms;
}

/** As it stands in a longer text, such as that of a document that holds it: its first byte may come at any of three places. */
function base64Forms(name: string, secret: Buffer): Form[] {
  const forms = new Map<string, Form>();
  for (const encoding of ['base64', 'base64url'] as const) {
    for (const before of [0, 1, 2]) {
      const text = Buffer.concat([Buffer.alloc(before), secret])
        .toString(encoding)
        .replace(/=+$/, '');
      // Without characters that neighbours have a part in.
      const bytes = middle(Buffer.from(text.slice(before === 0 ? 0 : before + 1, -1)));
      if (!forms.has(bytes.toString()))
        forms.set(bytes.toString(), { name: before === 0 ? name : `${name} behind ${before}`, bytes });
    }
  }
  return [...forms.values()];
}

/** One bit in a byte, as inputs and outputs of circuits are kept: the least of a byte first, or the greatest. */
export function bitFormsOf(name: string, secret: Uint8Array): Form[] {
  const bits = (order: readonly number[]) =>
    Buffer.from([...middle(Buffer.from(secret))].flatMap((byte) => order.map((bit) => (byte >> bit) & 1)));
  const order = [0, 1, 2, 3, 4, 5, 6, 7];
  return [
    { name: `${name}, bits`, bytes: bits(order), isBits: true },
    { name: `${name}, bits, greatest first`, bytes: bits(order.toReversed()), isBits: true },
  ];
}

const wordBytes = 4;
/** Bits of a word that the first look goes by. */
const markBits = 20;
const markOf = (word: number): number => (word ^ (word >>> 12)) & ((1 << markBits) - 1);
/** Of bytes that are bits: so many words are looked at together. */
const bitWords = 8;
const bitMask = 0x0101_0101;

/** Where in a form a word begins that memory may show at an address that is a multiple of four. */
interface Place {
  readonly form: Form;
  readonly offset: number;
}

export class SecretSearch {
  readonly #forms: readonly Form[];
  readonly #longest: number;
  /** By the words that memory may show of a form, as it stands there: its first bytes, or those behind one, two or three. */
  readonly #words = new Map<number, Place[]>();
  readonly #marks = new Uint8Array(1 << markBits);
  /** By 32 bits, those of the first word are not all 0. */
  readonly #bits = new Map<number, Place[]>();

  constructor(forms: readonly Form[]) {
    this.#forms = forms;
    this.#longest = Math.max(...forms.map(({ bytes }) => bytes.length));
    for (const form of forms) {
      if (form.isBits) this.#addBits(form);
      else this.#add(form);
    }
  }

  get size(): number {
    return this.#forms.length;
  }

  /** @returns names of the forms that are there */
  inBytes(bytes: Buffer): Set<string> {
    const aligned = bytes.byteOffset % wordBytes === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
    const found = new Set<string>();
    const marks = this.#marks;
    const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 2);
    const look = (places: readonly Place[] | undefined, at: number) => {
      for (const { form, offset } of places ?? []) {
        const from = at * wordBytes - offset;
        const to = from + form.bytes.length;
        if (from >= 0 && to <= aligned.length && form.bytes.compare(aligned, from, to) === 0)
          found.add(form.name);
      }
    };
    for (let at = 0; at < words.length; at += 1) {
      const word = words[at]!;
      if (marks[markOf(word)] === 1) look(this.#words.get(word), at);
      if ((word & ~bitMask) === 0 && word !== 0) {
        const bits = bitsAt(words, at);
        if (bits !== undefined) look(this.#bits.get(bits), at);
      }
    }
    return found;
  }

  #add(form: Form): void {
    for (let offset = 0; offset < wordBytes; offset += 1) {
      const word = form.bytes.readUInt32LE(offset);
      this.#marks[markOf(word)] = 1;
      put(this.#words, word, { form, offset });
    }
  }

  #addBits(form: Form): void {
    // A word that begins at any of the four places before this bit has it.
    const start = form.bytes.indexOf(1, wordBytes) - wordBytes + 1;
    for (let offset = start; offset < start + wordBytes; offset += 1) {
      const words = new Uint32Array(bitWords).map((_, at) =>
        form.bytes.readUInt32LE(offset + at * wordBytes),
      );
      put(this.#bits, bitsAt(words, 0)!, { form, offset });
    }
  }

  /** @returns names of the forms in memory that the process has written to, and how many bytes those were */
  inProcess(pid: number): { readonly found: Set<string>; readonly bytes: number } {
    const found = new Set<string>();
    let total = 0;
    using memory = openFile(`/proc/${pid}/mem`);
    using pages = openFile(`/proc/${pid}/pagemap`);
    for (const region of writableRegions(pid)) {
      for (const [from, to] of writtenParts(pages.descriptor, region)) {
        for (let at = from; at < to; at += pieceBytes) {
          // Pieces overlap by a form, so that none is cut.
          const piece = readPiece(memory.descriptor, at, Math.min(pieceBytes + this.#longest, to - at));
          total += Math.min(piece.length, pieceBytes);
          for (const name of this.inBytes(piece)) found.add(name);
        }
      }
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

function put(places: Map<number, Place[]>, key: number, place: Place): void {
  places.set(key, [...(places.get(key) ?? []), place]);
}

/** 32 bytes that are bits, packed; undefined where there is another byte, or the end. */
function bitsAt(words: Uint32Array, at: number): number | undefined {
  if (at + bitWords > words.length) return undefined;
  let packed = 0;
  for (let next = at; next < at + bitWords; next += 1) {
    const word = words[next]!;
    if ((word & ~bitMask) !== 0) return undefined;
    const four = (word & 1) | ((word >>> 7) & 2) | ((word >>> 14) & 4) | ((word >>> 21) & 8);
    packed = (packed << 4) | four;
  }
  return packed;
}

type Region = readonly [from: number, to: number];

const pageBytes = 4096;
/** Of a page in pagemap: how many bytes tell of it, and which bits of the last byte say that it is in memory or was put aside. */
const pageEntryBytes = 8;
const thereMask = 0b1100_0000;

function openFile(path: string): { readonly descriptor: number } & Disposable {
  const descriptor = openSync(path, 'r');
  return { descriptor, [Symbol.dispose]: () => closeSync(descriptor) };
}

/** Most of what is reserved was never touched, and would read as zeros. */
function* writtenParts(pages: number, [from, to]: Region): Iterable<Region> {
  const entries = Buffer.alloc(((to - from) / pageBytes) * pageEntryBytes);
  const read = readSync(pages, entries, 0, entries.length, (from / pageBytes) * pageEntryBytes);
  let start: number | undefined;
  for (let at = 0; at * pageEntryBytes < read; at += 1) {
    const isThere = (entries[at * pageEntryBytes + pageEntryBytes - 1]! & thereMask) !== 0;
    const address = from + at * pageBytes;
    if (isThere) start ??= address;
    else if (start !== undefined) {
      yield [start, address];
      start = undefined;
    }
  }
  if (start !== undefined) yield [start, to];
}

/** Heaps, stacks, data of modules. Addresses are below 2^47. */
function writableRegions(pid: number): Region[] {
  const lines = readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n');
  return lines.flatMap((line) => {
    const region = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
    return region === null ? [] : [[Number.parseInt(region[1]!, 16), Number.parseInt(region[2]!, 16)]];
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
