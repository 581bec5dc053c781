/**
 * What a script may reach of Lua: the libraries of Redis and nothing that leads out of them. Tables that all scripts share
 * are read-only. Lua 5.1 has no read-only tables, so a script sees an empty table in the place of each: its metatable reads
 * from the real one and refuses every new field, and the few functions that look past metatables (`rawget`, `rawset`,
 * `next`, `pairs`, `setmetatable`, `getmetatable`, `table.insert`, `table.foreach`) know these tables.
 */
import { globalsIndex, luaType, upvalueIndex } from './lua-exports.ts';
import { LuaError, type LuaFunction, type LuaState } from './lua-state.ts';

/** Of the base library. No file, no environment of another function (getfenv), no proxies with finalizers (newproxy). */
const removedGlobals = ['dofile', 'loadfile', 'print', 'getfenv', 'setfenv', 'newproxy', 'module', 'require'];

const readOnly = new LuaError('Attempt to modify a readonly table');
const readOnlyUnplaced = new LuaError(readOnly.message, 0);

export class Sandbox {
  private readonly state: LuaState;
  /** Kept real tables, by the address of what stands for them. */
  private readonly real = new Map<number, number>();
  private readonly refuseCode: number;
  private readonly missingCode: number;
  /** Kept: the real table of global variables. */
  globals = 0;
  private globalsMeta = 0;

  constructor(state: LuaState) {
    this.state = state;
    const [refuse, missing] = state.functions([
      () => {
        throw readOnly;
      },
      (L) => this.missing(L),
    ]);
    this.refuseCode = refuse!;
    this.missingCode = missing!;
  }

  /** Opens the libraries of Lua that scripts may use, in the global table. */
  openLibraries(): void {
    const { c, main } = this.state;
    c.luaopen_base(main);
    c.luaopen_table(main);
    c.luaopen_string(main);
    c.luaopen_math(main);
    c.lua_settop(main, 0);
    c.lua_pushvalue(main, globalsIndex);
    for (const name of removedGlobals) {
      c.lua_pushnil(main);
      this.state.setField(main, name);
    }
    this.guard(main);
    c.lua_settop(main, 0);
  }

  /** Makes every library in the global table read-only, then that table; from then on chunks see what stands for it. */
  close(): void {
    const { state } = this;
    const { c, main } = state;
    c.lua_pushvalue(main, globalsIndex);
    for (const name of this.tableNames(1)) {
      state.rawField(main, 1, name);
      this.protect(main);
      state.setField(main, name);
    }
    this.protectStringMethods();
    this.addMissingError(main);
    c.lua_pushvalue(main, 1);
    this.globals = state.keep(main);
    this.protect(main);
    c.lua_pushvalue(main, -1);
    this.setGlobal(main, '_G');
    this.globalsMeta = this.protectedMetatable();
    c.lua_replace(main, globalsIndex);
    c.lua_settop(main, 0);
  }

  /** Sets a global variable that scripts find; the value is on top. */
  setGlobal(L: number, name: string): void {
    const { c } = this.state;
    this.state.pushKept(L, this.globals);
    c.lua_insert(L, -2);
    this.state.setField(L, name);
    c.lua_settop(L, -2);
  }

  /** Puts a read-only table in the place of the table on top. */
  protect(L: number): void {
    const { state } = this;
    const { c } = state;
    c.lua_createtable(L, 0, 0);
    c.lua_createtable(L, 0, 2);
    c.lua_pushvalue(L, -3);
    state.setField(L, '__index');
    c.lua_pushcclosure(L, this.refuseCode, 0);
    state.setField(L, '__newindex');
    c.lua_setmetatable(L, -2);
    c.lua_insert(L, -2);
    this.real.set(c.lua_topointer(L, -2), state.keep(L));
  }

  /** The table on top says which name it does not have. */
  addMissingError(L: number): void {
    const { state } = this;
    const { c } = state;
    c.lua_createtable(L, 0, 1);
    c.lua_pushcclosure(L, this.missingCode, 0);
    state.setField(L, '__index');
    c.lua_setmetatable(L, -2);
  }

  /** What reads of a table that stands for another one are answered from; the new one is on top. @param index absolute */
  redirect(L: number, index: number): void {
    const { c } = this.state;
    c.lua_getmetatable(L, index);
    c.lua_insert(L, -2);
    this.state.setField(L, '__index');
    c.lua_settop(L, -2);
  }

  private missing(L: number): number {
    const { c } = this.state;
    const type = c.lua_type(L, 2);
    if (type !== luaType.string && type !== luaType.number) {
      throw new LuaError('Second argument to luaProtectedTableError must be a string or number');
    }
    const name = this.state.string(L, 2);
    throw new LuaError(`Script attempted to access nonexistent global variable '${name}'`);
  }

  private tableNames(index: number): string[] {
    const { state } = this;
    const { c, main } = state;
    const names: string[] = [];
    c.lua_pushnil(main);
    while (c.lua_next(main, index) !== 0) {
      if (c.lua_type(main, -1) === luaType.table) {
        const name = state.string(main, -2);
        if (name !== '_G') names.push(name);
      }
      c.lua_settop(main, -2);
    }
    return names;
  }

  /** `("x"):upper()` finds its method through the metatable of strings, which must not lead to the real table either. */
  private protectStringMethods(): void {
    const { state } = this;
    const { c, main } = state;
    state.push(main, '');
    c.lua_getmetatable(main, -1);
    state.rawField(main, 1, 'string');
    state.setField(main, '__index');
    c.lua_createtable(main, 0, 1);
    state.rawField(main, 1, 'string');
    state.setField(main, '__index');
    this.protect(main);
    state.setField(main, '__metatable');
    c.lua_settop(main, 1);
  }

  /** What `getmetatable(_G)` shows. */
  private protectedMetatable(): number {
    const { c, main } = this.state;
    c.lua_createtable(main, 0, 1);
    c.lua_pushcclosure(main, this.missingCode, 0);
    this.state.setField(main, '__index');
    this.protect(main);
    return this.state.keep(main);
  }

  /** Puts functions that know the read-only tables in the place of those that look past metatables. Globals are on top. */
  private guard(L: number): void {
    const { state } = this;
    const { c } = state;
    const globals = c.lua_gettop(L);
    const refuses = (original: (L: number) => number): LuaFunction => {
      return (L) => {
        if (this.real.has(c.lua_topointer(L, 1))) throw readOnlyUnplaced;
        return original(L);
      };
    };
    const readsReal = (original: (L: number) => number): LuaFunction => {
      return (L) => {
        const real = this.real.get(c.lua_topointer(L, 1));
        if (real !== undefined) {
          state.pushKept(L, real);
          c.lua_replace(L, 1);
        }
        return original(L);
      };
    };
    this.wrap(L, globals, 'rawset', refuses);
    this.wrap(L, globals, 'setmetatable', refuses);
    this.wrap(L, globals, 'rawget', readsReal);
    // `pairs` of a table as any other goes on with the function of Lua itself.
    state.rawField(L, globals, 'next');
    this.wrap(L, globals, 'next', readsReal);
    state.rawField(L, globals, 'next');
    const [pairs] = state.functions([
      (L) => {
        c.luaL_checktype(L, 1, luaType.table);
        c.lua_pushvalue(L, upvalueIndex(this.real.has(c.lua_topointer(L, 1)) ? 2 : 1));
        c.lua_pushvalue(L, 1);
        c.lua_pushnil(L);
        return 3;
      },
    ]);
    c.lua_pushcclosure(L, pairs!, 2);
    state.setField(L, 'pairs');
    this.wrap(L, globals, 'getmetatable', (original) => (L) => this.getMetatable(L, original));
    state.rawField(L, globals, 'table');
    const table = c.lua_gettop(L);
    this.wrap(L, table, 'insert', refuses);
    this.wrap(L, table, 'foreach', readsReal);
    c.lua_settop(L, globals);
  }

  private getMetatable(L: number, original: (L: number) => number): number {
    const { c } = this.state;
    const pointer = c.lua_topointer(L, 1);
    if (!this.real.has(pointer)) return original(L);
    c.lua_pushvalue(L, globalsIndex);
    if (c.lua_topointer(L, -1) === pointer) this.state.pushKept(L, this.globalsMeta);
    else c.lua_pushnil(L);
    return 1;
  }

  /** The original runs in the frame of the wrapper: messages and positions are as if nothing was between. */
  private wrap(
    L: number,
    table: number,
    name: string,
    make: (original: (L: number) => number) => LuaFunction,
  ): void {
    const { state } = this;
    const { c } = state;
    state.rawField(L, table, name);
    const original = state.machine.functionAt(c.lua_tocfunction(L, -1));
    c.lua_settop(L, -2);
    const [address] = state.functions([make(original)]);
    c.lua_pushvalue(L, table);
    c.lua_pushcclosure(L, address!, 0);
    state.setField(L, name);
    c.lua_settop(L, -2);
  }
}
