/**
 * Where an error happened. A message handler of Lua notes it while the functions that led there still stand on the stack; it
 * leaves the error as it is.
 */
import '@hypergate/kit/bytes';
import { luaType, luaTypeNames } from './lua-exports.ts';
import type { LuaState } from './lua-state.ts';

/** Offsets in lua_Debug of Lua 5.1 with pointers of 32 bits. */
const activationRecord = { bytes: 100, what: 12, source: 16, currentLine: 20 } as const;
const textBytesMax = 1024;

export class ErrorPlace {
  private readonly state: LuaState;
  private readonly handler: number;
  private readonly activation: number;
  private source = '';
  private line = 0;

  constructor(state: LuaState) {
    this.state = state;
    this.activation = state.c.malloc(activationRecord.bytes);
    this.handler = state.functions([
      (L) => {
        this.note(L, 1);
        return 1;
      },
    ])[0]!;
  }

  pushHandler(L: number): void {
    this.source = '';
    this.state.c.lua_pushcclosure(L, this.handler, 0);
  }

  /** `, on @user_script:1.` or nothing */
  text(): string {
    return this.source === '' ? '' : `, on ${this.source}:${this.line}.`;
  }

  /** The error on top of the stack as a client is told it. */
  message(L: number): string {
    const { c } = this.state;
    const { state } = this;
    const type = c.lua_type(L, -1);
    if (type === luaType.string || type === luaType.number) return `ERR ${state.string(L, -1)}`;
    if (type !== luaType.table) return `ERR ${luaTypeNames[type] ?? 'nil'}`;
    state.rawField(L, c.lua_gettop(L), 'err');
    const message = c.lua_type(L, -1) === luaType.string ? state.string(L, -1) : 'ERR unknown error';
    c.lua_settop(L, -2);
    return message;
  }

  /** The function at a level of the stack, or the one that called it when that is not written in Lua. */
  note(L: number, level: number): void {
    if (this.noteLevel(L, level) === 'C') this.noteLevel(L, level + 1);
  }

  private noteLevel(L: number, level: number): string {
    const { c, machine } = this.state;
    const { activation } = this;
    if (c.lua_getstack(L, level, activation) === 0) return '';
    c.lua_getinfo(L, this.state.constant('nSl'), activation);
    const { words, integers } = machine;
    this.source = this.cText(words[(activation + activationRecord.source) >> 2]!);
    this.line = integers[(activation + activationRecord.currentLine) >> 2]!;
    return this.cText(words[(activation + activationRecord.what) >> 2]!);
  }

  private cText(at: number): string {
    const { bytes } = this.state.machine;
    const end = bytes.indexOf(0, at);
    return bytes.latin1Slice(at, Math.min(end, at + textBytesMax));
  }
}
