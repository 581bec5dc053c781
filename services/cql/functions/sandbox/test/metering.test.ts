/** The meter in modules that are written by hand. */
import { describe, expect, test } from 'vitest';
import { BytecodeError } from '../wasm/bytecode.ts';
import { stepsExport, withMeter } from '../wasm/metering.ts';
import { type WasmGlobal, wasm } from '../wasm/webassembly.ts';

const bytes = (...parts: readonly (number | readonly number[])[]) => parts.flat();
const part = (id: number, content: readonly number[]) => [id, content.length, ...content];

/** A module with a memory, a variable and one function of a number, exported as `f`. */
function moduleOf(code: readonly number[]): Uint8Array {
  const body = bytes(0, code, 0x0b);
  return Uint8Array.from(
    bytes(
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      part(1, [1, 0x60, 1, 0x7f, 1, 0x7f]),
      part(3, [1, 0]),
      part(5, [1, 0, 1]),
      part(6, [1, 0x7f, 1, 0x41, 0, 0x0b]),
      part(7, [1, 1, 0x66, 0, 0]),
      part(10, [1, body.length, ...body]),
    ),
  );
}

function instanceOf(code: readonly number[]) {
  const module = new wasm.Module(withMeter(moduleOf(code)));
  const exports = new wasm.Instance(module, {}).exports as Record<string, unknown>;
  const steps = exports[stepsExport] as WasmGlobal;
  const f = exports.f as (value: number) => number;
  return (value: number, limit: number) => {
    steps.value = limit;
    try {
      return { result: f(value), left: steps.value };
    } catch (error) {
      if (!(error instanceof wasm.RuntimeError)) throw error;
      return { result: undefined, left: steps.value };
    }
  };
}

// loop: value -= 1; again if it is not zero; end; value
const countDown = bytes([0x03, 0x40], [0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0], [0x0b], [0x20, 0]);
// memory.fill(0, 0, value); value
const fill = bytes([0x41, 0, 0x41, 0, 0x20, 0, 0xfc, 11, 0], [0x20, 0]);
// f(value)
const recursion = bytes([0x20, 0, 0x10, 0]);

describe('steps', () => {
  test('are one for a call and one for each turn of a loop', () => {
    const run = instanceOf(countDown);
    expect(run(10, 100)).toEqual({ result: 0, left: 89 });
    expect(run(10, 11)).toEqual({ result: 0, left: 0 });
    expect(run(10, 10)).toEqual({ result: undefined, left: -1 });
  });

  test('are one for 64 bytes of memory', () => {
    const run = instanceOf(fill);
    expect(run(6400, 1000)).toEqual({ result: 6400, left: 899 });
    expect(run(6400, 100)).toEqual({ result: undefined, left: -1 });
    // A length that is negative as a number with a sign is a great one.
    expect(run(-1, 1000).left).toBeLessThan(0);
  });

  test('end recursion', () => {
    const run = instanceOf(recursion);
    expect(run(1, 500)).toEqual({ result: undefined, left: -1 });
  });
});

test.each([
  ['an instruction of another extension', [0xfd, 0x0c]],
  ['an exception', [0x06, 0x40]],
  ['a function that ends too early', [0x41]],
])('%s is not metered', (_what, code) => {
  const body = bytes(0, code);
  const module = Uint8Array.from(
    bytes(
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      part(6, [1, 0x7f, 1, 0x41, 0, 0x0b]),
      part(10, [1, body.length, ...body]),
    ),
  );
  expect(() => withMeter(module)).toThrow(BytecodeError);
});
