/**
 * Reading and writing WebAssembly's binary form, as far as putting something into code needs it: numbers, sections, and where each
 * instruction ends. Specification: WebAssembly Core 2.0, chapter 5.
 */

/** The module is not what is expected here: its version is pinned, so this is no input of a user. */
export class BytecodeError extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'BytecodeError';
  }
}

export class CodeReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get isDone(): boolean {
    return this.at >= this.end;
  }

  u8(): number {
    if (this.at >= this.end) throw new BytecodeError('The module ends too early');
    return this.bytes[this.at++]!;
  }

  /** Of at most 32 bits. */
  u32(): number {
    let value = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = this.u8();
      value |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    return value >>> 0;
  }

  /** A number whose value does not matter. */
  skipNumber(): void {
    while (this.u8() >= 0x80);
  }

  skip(length: number): void {
    if (length > this.end - this.at) throw new BytecodeError('The module ends too early');
    this.at += length;
  }

  /** A part of so many bytes. */
  part(length: number): CodeReader {
    const start = this.at;
    this.skip(length);
    return new CodeReader(this.bytes, start, this.at);
  }
}

export function u32Bytes(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  do {
    const rest = left >>> 7;
    bytes.push((left & 0x7f) | (rest === 0 ? 0 : 0x80));
    left = rest;
  } while (left !== 0);
  return bytes;
}

export const opcodes = {
  unreachable: 0x00,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i32LessSigned: 0x48,
  i32Sub: 0x6b,
  i32ShiftRightUnsigned: 0x76,
  more: 0xfc,
} as const;

/** Behind `more`. */
export const moreOpcodes = { memoryCopy: 10, memoryFill: 11 } as const;

/** How many numbers follow each instruction of one byte; none where it does not say. */
const numbersAfter = new Map<number, number>([
  ...[
    0x02, 0x03, 0x04, 0x0c, 0x0d, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x3f, 0x40, 0x41, 0x42,
  ].map((opcode) => [opcode, 1] as const),
  [0x11, 2],
  [0xd0, 1],
  [0xd2, 1],
]);

/** Of 0xfc 0 to 17. */
const numbersAfterMore = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/** Instructions without anything behind them, beside the numeric ones. */
const plain = new Set([0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, 0xd1]);

/** Goes on behind the instruction. @returns its opcode, or `0xfc00` and more */
export function skipInstruction(code: CodeReader): number {
  const opcode = code.u8();
  if (opcode === opcodes.more) {
    const which = code.u32();
    const numbers = numbersAfterMore[which];
    if (numbers === undefined) throw new BytecodeError(`Unknown instruction 0xfc ${which}`);
    for (let left = numbers; left > 0; left -= 1) code.skipNumber();
    return 0xfc00 + which;
  }
  const numbers = numbersAfter.get(opcode);
  if (numbers !== undefined) for (let left = numbers; left > 0; left -= 1) code.skipNumber();
  else if (opcode >= 0x28 && opcode <= 0x3e) skipMemoryArgument(code);
  else if (opcode === 0x0e || opcode === 0x1c) {
    // A table of labels has one more for what is in none; types of a `select` have not.
    let left = code.u32() + (opcode === 0x0e ? 1 : 0);
    for (; left > 0; left -= 1) code.skipNumber();
  } else if (opcode === 0x43) code.skip(4);
  else if (opcode === 0x44) code.skip(8);
  else if (!plain.has(opcode) && !(opcode >= 0x45 && opcode <= 0xc4))
    throw new BytecodeError(`Unknown instruction 0x${opcode.toString(16)}`);
  return opcode;
}

function skipMemoryArgument(code: CodeReader): void {
  code.skipNumber();
  code.skipNumber();
}
