/**
 * The `bit` library: operations on 32 bits. A number is taken modulo 2^32 after rounding to the nearest integer, ties to
 * even; results are signed. Source: BitOp 1.0.2 semantics, https://bitop.luajit.org/semantics.html.
 */
import { luaType } from './lua-exports.ts';
import type { LuaFunction, LuaState } from './lua-state.ts';

/** Adding it leaves the low 32 bits of the nearest integer in the low bits of the double. */
const roundingBias = 2 ** 52 + 2 ** 51;
const scratch = new DataView(new ArrayBuffer(8));

function toBits(value: number): number {
  scratch.setFloat64(0, value + roundingBias);
  return scratch.getInt32(4);
}

function swapped(bits: number): number {
  return (bits >>> 24) | ((bits >>> 8) & 0xff00) | ((bits << 8) & 0xff0000) | (bits << 24);
}

/** Into the table on top. */
export function addBitLibrary(state: LuaState): void {
  const { c } = state;
  const operand = (L: number, argument: number) => toBits(c.luaL_checknumber(L, argument));
  const one = (compute: (bits: number) => number): LuaFunction => {
    return (L) => {
      c.lua_pushnumber(L, compute(operand(L, 1)) | 0);
      return 1;
    };
  };
  const many = (combine: (left: number, right: number) => number): LuaFunction => {
    return (L) => {
      let bits = operand(L, 1);
      for (let i = c.lua_gettop(L); i > 1; i--) bits = combine(bits, operand(L, i));
      c.lua_pushnumber(L, bits | 0);
      return 1;
    };
  };
  const shift = (compute: (bits: number, by: number) => number): LuaFunction => {
    return (L) => {
      c.lua_pushnumber(L, compute(operand(L, 1), operand(L, 2) & 31) | 0);
      return 1;
    };
  };
  state.addToTable(state.main, {
    tobit: one((bits) => bits),
    bnot: one((bits) => ~bits),
    bswap: one(swapped),
    band: many((left, right) => left & right),
    bor: many((left, right) => left | right),
    bxor: many((left, right) => left ^ right),
    lshift: shift((bits, by) => bits << by),
    rshift: shift((bits, by) => bits >>> by),
    arshift: shift((bits, by) => bits >> by),
    rol: shift((bits, by) => (bits << by) | (bits >>> (32 - by))),
    ror: shift((bits, by) => (bits >>> by) | (bits << (32 - by))),
    tohex(L) {
      const bits = operand(L, 1) >>> 0;
      const wanted = c.lua_type(L, 2) === luaType.none ? 8 : operand(L, 2);
      const digits = Math.min(Math.abs(wanted), 8);
      const text = bits
        .toString(16)
        .padStart(8, '0')
        .slice(8 - digits);
      state.push(L, wanted < 0 ? text.toUpperCase() : text);
      return 1;
    },
  });
}
