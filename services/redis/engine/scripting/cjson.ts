/**
 * The `cjson` library: its settings and functions. Source: https://kyne.au/~mark/software/lua-cjson-manual.html (2.1.0, with
 * the limits that Redis sets).
 */
import { JsonDecoder } from './cjson-decoder.ts';
import { JsonEncoder } from './cjson-encoder.ts';
import { luaType, upvalueIndex } from './lua-exports.ts';
import type { LuaFunction, LuaState } from './lua-state.ts';
import type { TextBuffer } from './text-buffer.ts';
import type { Ticker } from './ticker.ts';

/** Settings of one instance: 32-bit integers in a userdata that its functions share, so that Lua gives them back. */
export const jsonSetting = {
  sparseConvert: 0,
  sparseRatio: 1,
  sparseSafe: 2,
  encodeDepthMax: 3,
  decodeDepthMax: 4,
  /** 0 refused, 1 written as they are, 2 as null. */
  encodeInvalid: 5,
  decodeInvalid: 6,
  precision: 7,
  keepBuffer: 8,
} as const;

const initialSettings = [0, 2, 10, 1000, 1000, 0, 1, 14, 1];
const integerMax = 0x7fffffff;
const precisionMax = 14;

/** Reads the settings of the function that runs. */
export class JsonSettings {
  private readonly state: LuaState;
  constructor(state: LuaState) {
    this.state = state;
  }

  get(L: number, setting: number): number {
    return this.state.machine.integers[(this.address(L) >> 2) + setting]!;
  }

  set(L: number, setting: number, value: number): void {
    this.state.machine.integers[(this.address(L) >> 2) + setting] = value;
  }

  private address(L: number): number {
    return this.state.c.lua_touserdata(L, upvalueIndex(1));
  }
}

/** Fills the table on top. */
export function addJsonLibrary(state: LuaState, out: TextBuffer, tick: Ticker): void {
  const { c, main } = state;
  const settings = new JsonSettings(state);
  const encoder = new JsonEncoder(state, settings, out, tick);
  const decoder = new JsonDecoder(state, settings, out, tick);
  const one = (L: number) => {
    if (c.lua_gettop(L) !== 1) state.argumentError(L, 1, 'expected 1 argument');
  };
  const functions: Record<string, LuaFunction> = {
    encode(L) {
      one(L);
      encoder.encode(L);
      return 1;
    },
    decode(L) {
      one(L);
      decoder.decode(L, state.checkString(L, 1));
      return 1;
    },
    encode_sparse_array(L) {
      takes(state, L, 3);
      option(state, settings, L, 1, jsonSetting.sparseConvert, ['off', 'on']);
      integer(state, settings, L, 2, jsonSetting.sparseRatio, 0, integerMax);
      integer(state, settings, L, 3, jsonSetting.sparseSafe, 0, integerMax);
      return 3;
    },
    encode_max_depth: integerFunction(state, settings, jsonSetting.encodeDepthMax, integerMax),
    decode_max_depth: integerFunction(state, settings, jsonSetting.decodeDepthMax, integerMax),
    encode_number_precision: integerFunction(state, settings, jsonSetting.precision, precisionMax),
    encode_keep_buffer: optionFunction(state, settings, jsonSetting.keepBuffer, ['off', 'on']),
    encode_invalid_numbers: optionFunction(state, settings, jsonSetting.encodeInvalid, ['off', 'on', 'null']),
    decode_invalid_numbers: optionFunction(state, settings, jsonSetting.decodeInvalid, ['off', 'on']),
    new(L) {
      c.lua_createtable(L, 0, 12);
      fill(L);
      return 1;
    },
  };
  const names = Object.keys(functions);
  const addresses = state.functions(Object.values(functions));
  const fill = (L: number): void => {
    const at = c.lua_newuserdata(L, initialSettings.length * 4);
    state.machine.integers.set(initialSettings, at >> 2);
    names.forEach((name, i) => {
      c.lua_pushvalue(L, -1);
      c.lua_pushcclosure(L, addresses[i]!, 1);
      state.push(L, name);
      c.lua_insert(L, -2);
      c.lua_rawset(L, -4);
    });
    c.lua_settop(L, -2);
    c.lua_pushlightuserdata(L, 0);
    state.setField(L, 'null');
    state.push(L, 'cjson');
    state.setField(L, '_NAME');
    state.push(L, '2.1.0');
    state.setField(L, '_VERSION');
  };
  fill(main);
}

function takes(state: LuaState, L: number, count: number): void {
  if (state.c.lua_gettop(L) > count) state.argumentError(L, count + 1, 'found too many arguments');
  state.c.lua_settop(L, count);
}

function integerFunction(state: LuaState, settings: JsonSettings, setting: number, max: number): LuaFunction {
  return (L) => {
    takes(state, L, 1);
    integer(state, settings, L, 1, setting, 1, max);
    return 1;
  };
}

function optionFunction(
  state: LuaState,
  settings: JsonSettings,
  setting: number,
  names: readonly string[],
): LuaFunction {
  return (L) => {
    takes(state, L, 1);
    option(state, settings, L, 1, setting, names);
    return 1;
  };
}

/** Sets it if the argument is given; pushes what it is now. */
function integer(
  state: LuaState,
  settings: JsonSettings,
  L: number,
  argument: number,
  setting: number,
  min: number,
  max: number,
): void {
  const { c } = state;
  if (c.lua_type(L, argument) !== luaType.nil) {
    const value = Math.trunc(c.luaL_checknumber(L, argument));
    if (!(value >= min && value <= max)) {
      state.argumentError(L, argument, `expected integer between ${min} and ${max}`);
    }
    settings.set(L, setting, value);
  }
  c.lua_pushnumber(L, settings.get(L, setting));
}

/** The first two names are also false and true. */
function option(
  state: LuaState,
  settings: JsonSettings,
  L: number,
  argument: number,
  setting: number,
  names: readonly string[],
): void {
  const { c } = state;
  const type = c.lua_type(L, argument);
  if (type === luaType.boolean) settings.set(L, setting, c.lua_toboolean(L, argument));
  else if (type !== luaType.nil) {
    const given = state.checkString(L, argument);
    const value = names.indexOf(given);
    if (value < 0) state.badOption(L, argument, given);
    settings.set(L, setting, value);
  }
  const now = settings.get(L, setting);
  if (now < 2) c.lua_pushboolean(L, now);
  else state.push(L, names[now]!);
}
