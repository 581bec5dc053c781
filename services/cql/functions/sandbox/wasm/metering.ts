/**
 * Puts a meter into a WebAssembly module: every turn of a loop and every call of a function takes a step from a global variable, and
 * every fill or copy of memory as many as it is long; where none is left the module traps. Nothing that runs within can be
 * endless then, whatever it is busy with (an interpreter's own hooks are not called during searches, sorts and patterns), and the end comes
 * at the same step on every machine. All its variables are exported, so that its state can be put back.
 */
import { BytecodeError, CodeReader, moreOpcodes, opcodes, skipInstruction, u32Bytes } from './bytecode.ts';

/** The exported global variable with the steps left. */
export const stepsExport = 'meter.steps';
/** Of the module's own variables that change: this and their index. */
export const variableExport = 'meter.variable.';
/** A step is this many bytes of memory, as a power of two. */
export const bytesPerStepShift = 6;

const sections = { import: 2, global: 6, export: 7, code: 10 } as const;
const i32 = 0x7f;
const noResult = 0x40;
const globalKind = 3;
/** 2^31 - 1: what a module does when it is instantiated is not limited. */
const mostSteps = [0xff, 0xff, 0xff, 0xff, 0x07];

interface Variables {
  readonly steps: number;
  /** Holds a length for the moment. */
  readonly scratch: number;
  /** Those of the module that change. */
  readonly changing: readonly number[];
}

function section(id: number, content: readonly Uint8Array[]): Uint8Array {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Uint8Array.of(id, ...u32Bytes(length)), ...content]);
}

function skipLimits(reader: CodeReader): void {
  const flags = reader.u8();
  reader.skipNumber();
  if ((flags & 1) !== 0) reader.skipNumber();
}

/** How many variables are imported: they come first when variables are counted. */
function importedGlobals(reader: CodeReader): number {
  let found = 0;
  for (let left = reader.u32(); left > 0; left -= 1) {
    reader.skip(reader.u32());
    reader.skip(reader.u32());
    const kind = reader.u8();
    if (kind === 0) reader.skipNumber();
    else if (kind === 1) {
      reader.u8();
      skipLimits(reader);
    } else if (kind === 2) skipLimits(reader);
    else if (kind === globalKind) {
      reader.skip(2);
      found += 1;
    } else throw new BytecodeError(`Unknown import of kind ${kind}`);
  }
  return found;
}

function meterGlobals(reader: CodeReader, imported: number): { bytes: Uint8Array; variables: Variables } {
  const count = reader.u32();
  const start = reader.at;
  const changing: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const type = reader.u8();
    if (reader.u8() === 1) {
      if (type !== i32) throw new BytecodeError('A variable that changes is no number of 32 bits');
      changing.push(imported + index);
    }
    while (skipInstruction(reader) !== opcodes.end);
  }
  const variable = (initial: readonly number[]) => [i32, 1, opcodes.i32Const, ...initial, opcodes.end];
  const bytes = section(sections.global, [
    Uint8Array.from(u32Bytes(count + 2)),
    reader.bytes.subarray(start, reader.end),
    Uint8Array.of(...variable(mostSteps), ...variable([0])),
  ]);
  return { bytes, variables: { steps: imported + count, scratch: imported + count + 1, changing } };
}

function exportOf(name: string, index: number): Uint8Array {
  return Uint8Array.of(name.length, ...Buffer.from(name, 'latin1'), globalKind, ...u32Bytes(index));
}

function meterExports(reader: CodeReader, { steps, changing }: Variables): Uint8Array {
  const count = reader.u32();
  return section(sections.export, [
    Uint8Array.from(u32Bytes(count + 1 + changing.length)),
    reader.bytes.subarray(reader.at, reader.end),
    exportOf(stepsExport, steps),
    ...changing.map((index) => exportOf(variableExport + index, index)),
  ]);
}

/** Traps when the variable is below zero. */
function check(steps: readonly number[]): number[] {
  return [
    opcodes.globalGet,
    ...steps,
    opcodes.i32Const,
    0,
    opcodes.i32LessSigned,
    opcodes.if,
    noResult,
    opcodes.unreachable,
    opcodes.end,
  ];
}

function oneStep({ steps }: Variables): Uint8Array {
  const index = u32Bytes(steps);
  return Uint8Array.of(
    opcodes.globalGet,
    ...index,
    opcodes.i32Const,
    1,
    opcodes.i32Sub,
    opcodes.globalSet,
    ...index,
    ...check(index),
  );
}

/** The length is on top, and stays there. Lengths of half the address space count as more steps than there are. */
function stepsOfLength({ steps, scratch }: Variables): Uint8Array {
  const index = u32Bytes(steps);
  const length = u32Bytes(scratch);
  return Uint8Array.of(
    opcodes.globalSet,
    ...length,
    opcodes.globalGet,
    ...index,
    opcodes.globalGet,
    ...length,
    opcodes.i32Const,
    bytesPerStepShift,
    opcodes.i32ShiftRightUnsigned,
    opcodes.i32Sub,
    opcodes.globalSet,
    ...index,
    ...check(index),
    opcodes.globalGet,
    ...length,
  );
}

function meterBody(reader: CodeReader, step: Uint8Array, lengthSteps: Uint8Array): Uint8Array[] {
  const { bytes, end } = reader;
  let start = reader.at;
  for (let groups = reader.u32(); groups > 0; groups -= 1) {
    reader.skipNumber();
    reader.skip(1);
  }
  const parts = [bytes.subarray(start, reader.at), step];
  start = reader.at;
  while (!reader.isDone) {
    const at = reader.at;
    const opcode = skipInstruction(reader);
    if (opcode === opcodes.loop) {
      parts.push(bytes.subarray(start, reader.at), step);
      start = reader.at;
    } else if (opcode === 0xfc00 + moreOpcodes.memoryCopy || opcode === 0xfc00 + moreOpcodes.memoryFill) {
      parts.push(bytes.subarray(start, at), lengthSteps);
      start = at;
    }
  }
  parts.push(bytes.subarray(start, end));
  return parts;
}

function meterCode(reader: CodeReader, variables: Variables): Uint8Array {
  const count = reader.u32();
  const step = oneStep(variables);
  const lengthSteps = stepsOfLength(variables);
  const parts: Uint8Array[] = [Uint8Array.from(u32Bytes(count))];
  for (let left = count; left > 0; left -= 1) {
    const body = meterBody(reader.part(reader.u32()), step, lengthSteps);
    parts.push(Uint8Array.from(u32Bytes(body.reduce((sum, part) => sum + part.length, 0))), ...body);
  }
  return section(sections.code, parts);
}

/** The same module with a meter. @throws BytecodeError where it has instructions that are not known here */
export function withMeter(module: Uint8Array): Uint8Array {
  const reader = new CodeReader(module);
  const parts: Uint8Array[] = [module.subarray(0, 8)];
  reader.skip(8);
  let imported = 0;
  let variables: Variables | undefined;
  while (!reader.isDone) {
    const start = reader.at;
    const id = reader.u8();
    const content = reader.part(reader.u32());
    if (id === sections.import) imported = importedGlobals(new CodeReader(module, content.at, content.end));
    if (id === sections.global) {
      const metered = meterGlobals(content, imported);
      variables = metered.variables;
      parts.push(metered.bytes);
    } else if (id === sections.export || id === sections.code) {
      if (variables === undefined) throw new BytecodeError('The module has no variables');
      parts.push(id === sections.export ? meterExports(content, variables) : meterCode(content, variables));
    } else parts.push(module.subarray(start, reader.at));
  }
  return Buffer.concat(parts);
}
