/**
 * A thin layer over wasmati, the assembler: routines over addresses, a static memory layout, and the few ways of
 * control flow the kernel uses.
 *
 * All data lives in linear memory and routines take addresses. No routine calls itself, directly or not, so each
 * owns its temporaries at fixed addresses: there is no stack pointer. An address below `headBytes` is a constant or a
 * temporary; the host allocates above `Layout.end`.
 */
import { block, br, br_if, call, func, i32, i64, if_, type Local, local, loop, memory, v128 } from 'wasmati';

export type I32 = Local<'i32'>;
export type I64 = Local<'i64'>;
export type V128 = Local<'v128'>;
/** A fixed address, one held by a local, or a local plus an offset. */
export type Address = number | I32 | { readonly base: I32; readonly offset: number };
export type Memory = ReturnType<typeof memory>;

/** Numbers of locals, arguments (all i32: addresses, counts, flags) and whether an i32 is returned. */
export interface Shape {
  readonly args: number;
  readonly result?: boolean;
  readonly i32?: number;
  readonly i64?: number;
  readonly v128?: number;
}
export interface Frame {
  readonly args: readonly I32[];
  readonly i32: readonly I32[];
  readonly i64: readonly I64[];
  readonly v128: readonly V128[];
}
export interface Routine {
  readonly shape: Shape;
  /** wasmati's function, without its type parameters. */
  readonly func: ReturnType<typeof makeFunc>;
}

const many = <T>(value: T, count: number | undefined): T[] => Array.from({ length: count ?? 0 }, () => value);

function makeFunc(shape: Shape, body: (frame: Frame) => void) {
  const counts = [shape.i32 ?? 0, shape.i64 ?? 0, shape.v128 ?? 0] as const;
  type Kinds = ['i32' | 'i64' | 'v128', ...('i32' | 'i64' | 'v128')[]];
  const locals = [...many(i32, counts[0]), ...many(i64, counts[1]), ...many(v128, counts[2])];
  return func<Kinds, Kinds, Kinds>(
    {
      in: many(i32, shape.args) as never,
      locals: locals as never,
      out: many(i32, shape.result === true ? 1 : 0) as never,
    },
    (args, all) => {
      const pick = <K>(from: number, to: number) => (all as readonly Local[]).slice(from, to) as K[];
      body({
        args: [...args] as I32[],
        i32: pick<I32>(0, counts[0]),
        i64: pick<I64>(counts[0], counts[0] + counts[1]),
        v128: pick<V128>(counts[0] + counts[1], locals.length),
      });
    },
  );
}

export function routine(shape: Shape, body: (frame: Frame) => void): Routine {
  return { shape, func: makeFunc(shape, body) };
}

/** Offset of an address: `base + offset`. */
export function at(address: Address, offset: number): Address {
  if (typeof address === 'number') return address + offset;
  if ('base' in address) return { base: address.base, offset: address.offset + offset };
  return offset === 0 ? address : { base: address, offset };
}

/** Puts an address on the stack. */
export function push(address: Address): void {
  if (typeof address === 'number') i32.const(address);
  else if ('base' in address) {
    local.get(address.base);
    i32.const(address.offset);
    i32.add();
  } else local.get(address);
}

/** Puts the base of an address on the stack; the rest is the offset for the memory instruction. */
export function pushBase(address: Address): number {
  if (typeof address === 'number') {
    i32.const(0);
    return address;
  }
  if ('base' in address) {
    local.get(address.base);
    return address.offset;
  }
  local.get(address);
  return 0;
}

/** Calls with addresses as arguments; a result stays on the stack. */
export function invoke(target: Routine, ...args: readonly Address[]): void {
  if (args.length !== target.shape.args)
    throw new Error(`a routine of ${target.shape.args} got ${args.length}`);
  for (const arg of args) push(arg);
  call(target.func);
}

/** Runs the body; `leave` inside it jumps behind it. */
export function breakable(body: (leave: () => void, leaveIf: () => void) => void): void {
  block({}, (label) =>
    body(
      () => br(label),
      () => br_if(label),
    ),
  );
}

/** Runs the body until it does not ask for another turn: `again` takes the condition from the stack. */
export function repeat(body: (again: () => void) => void): void {
  loop({}, (label) => body(() => br_if(label)));
}

/** Takes the condition from the stack. */
export function when(then: () => void, otherwise?: () => void): void {
  if (otherwise === undefined) if_({}, then);
  else if_({}, then, otherwise);
}

/** counter = from; do body while (counter += step) < to. The range is not empty. */
export function forRange(
  counter: I32,
  from: number | I32,
  to: number | I32,
  step: number,
  body: () => void,
): void {
  push(from);
  local.set(counter);
  repeat((again) => {
    body();
    local.get(counter);
    i32.const(step);
    i32.add();
    local.tee(counter);
    push(to);
    i32.lt_u();
    again();
  });
}

/** Fixed addresses: constants first, then temporaries. */
export class Layout {
  private readonly constants: Uint8Array[] = [];
  private constantsEnd = 64;
  private temporariesEnd: number;
  private readonly constantsMax: number;

  constructor(constantsMax: number) {
    this.constantsMax = constantsMax;
    this.temporariesEnd = constantsMax;
  }

  /** Places bytes at a multiple of 16. */
  constant(bytes: Uint8Array): number {
    const start = this.constantsEnd;
    const padded = new Uint8Array(Math.ceil(bytes.length / 16) * 16);
    padded.set(bytes);
    this.constants.push(padded);
    this.constantsEnd += padded.length;
    if (this.constantsEnd > this.constantsMax) throw new Error('more constants than their region holds');
    return start;
  }

  /** Reserves zeroed bytes at a multiple of 16. */
  temporary(byteLength: number): number {
    const start = this.temporariesEnd;
    this.temporariesEnd += Math.ceil(byteLength / 16) * 16;
    return start;
  }

  /** First byte that is free for the host, a multiple of 64. */
  get end(): number {
    return Math.ceil(this.temporariesEnd / 64) * 64;
  }

  memory(): Memory {
    const pages = Math.ceil(this.end / 65_536) + 1;
    return memory({ min: pages }, new Uint8Array(64), ...this.constants);
  }
}

export { i32, i64, local, v128 };
