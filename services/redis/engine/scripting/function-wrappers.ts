/**
 * A WebAssembly table holds only functions of WebAssembly: functions of JavaScript are wrapped by a module made here, which
 * imports them and exports them again.
 * Source: WebAssembly core specification 1.0, chapter 5 (binary format).
 */
import { wasm } from './webassembly.ts';

const int32 = 0x7f;

/**
 * Wraps functions of one integer with an integer as answer (C functions of Lua), or of two without (hooks).
 * @returns functions that a table accepts
 */
export function functionWrappers(functions: readonly unknown[], arity: 1 | 2): unknown[] {
  const type = arity === 1 ? [0x60, 1, int32, 1, int32] : [0x60, 2, int32, int32, 0];
  const imports: number[] = [];
  const exports: number[] = [];
  const given: Record<string, unknown> = {};
  functions.forEach((code, i) => {
    const name = `f${i}`;
    given[name] = code;
    imports.push(...text('m'), ...text(name), 0, 0);
    exports.push(...text(name), 0, ...unsigned(i));
  });
  const bytes = [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, ...type]),
    ...section(2, [...unsigned(functions.length), ...imports]),
    ...section(7, [...unsigned(functions.length), ...exports]),
  ];
  const instance = new wasm.Instance(new wasm.Module(Uint8Array.from(bytes)), { m: given });
  const wrapped = instance.exports as Record<string, unknown>;
  return functions.map((_, i) => wrapped[`f${i}`]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function text(name: string): number[] {
  return [name.length, ...[...name].map((char) => char.charCodeAt(0))];
}

/** LEB128 */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  bytes.push(left);
  return bytes;
}
