/** What scripts must not be able to do: reach out of Lua, or leave something behind for other scripts. */
import { beforeEach, describe, expect, it } from 'vitest';
import { errorOf, type ScriptSetting, scriptSetting } from './script-kit.ts';

let on: ScriptSetting;
beforeEach(() => {
  on = scriptSetting();
});

const readOnly = 'Attempt to modify a readonly table';

it('has the globals of Redis and no others', () => {
  expect(on.eval('local t = {} for k in pairs(_G) do t[#t + 1] = k end table.sort(t) return t')).toEqual(
    `ARGV KEYS _G _VERSION assert bit cjson cmsgpack collectgarbage coroutine error gcinfo getmetatable ipairs load
    loadstring math next os pairs pcall rawequal rawget rawset redis select setmetatable string struct table tonumber
    tostring type unpack xpcall`.split(/\s+/),
  );
  expect(on.eval('local t = {} for k in pairs(os) do t[#t + 1] = k end return t')).toEqual(['clock']);
  for (const name of [
    'io',
    'debug',
    'package',
    'require',
    'dofile',
    'loadfile',
    'print',
    'getfenv',
    'setfenv',
    'newproxy',
  ]) {
    expect(errorOf(on.eval(`return ${name}`))).toContain(`nonexistent global variable '${name}'`);
  }
});

describe('tables that all scripts share', () => {
  const attempts = [
    'x = 1',
    'redis = nil',
    'KEYS = {}',
    '_G.x = 1',
    '_G._G = {}',
    'rawset(_G, "x", 1)',
    'setmetatable(_G, {})',
    'setmetatable(_G, nil)',
    'getmetatable(_G).__index = {}',
    'rawset(getmetatable(_G), "__index", 1)',
    'string.x = 1',
    'rawset(string, "rep", 1)',
    'getmetatable("").__index = {}',
    'getmetatable("").__index.upper = 1',
    'rawset(getmetatable(""), "__index", {})',
    'rawset(getmetatable("").__index, "upper", 1)',
    'setmetatable("", {})',
    'table.insert(redis, 1)',
    'table.insert(_G, 1, 1)',
    'for _, name in ipairs({"bit", "cjson", "cmsgpack", "coroutine", "math", "os", "redis", "struct", "table"}) do rawset(_G[name], "x", 1) end',
    'redis.call = nil',
    'cjson.encode = nil',
    'setmetatable(redis, {})',
  ];
  for (const attempt of attempts) {
    it(`are read-only: ${attempt}`, () => {
      expect(errorOf(on.eval(attempt))).toMatch(/readonly table|bad argument #1 to 'setmetatable'/);
    });
  }

  it('stay so through every way to their insides', () => {
    // Whatever is reachable from the globals is a function, a value, or a table that refuses.
    const found = on.eval(`
      local seen, open = {}, {}
      local function walk(value, path)
        if type(value) ~= "table" or seen[value] or value == KEYS or value == ARGV then return end
        seen[value] = true
        if pcall(rawset, value, "planted", 1) or pcall(function() value.planted = 1 end)
          or pcall(table.insert, value, 1) or pcall(setmetatable, value, {}) then
          open[#open + 1] = path
        end
        for k, v in pairs(value) do walk(v, path .. "." .. tostring(k)) end
        local f, s = pairs(value)
        walk(s, path .. "(pairs)")
        walk(getmetatable(value), path .. "(meta)")
      end
      walk(_G, "_G")
      walk(getmetatable(""), "string meta")
      return open`);
    expect(found).toEqual([]);
    expect(
      on.eval(
        'return {tostring(rawget(redis, "planted")), tostring(rawget(_G, "planted")), #redis, #string}',
      ),
    ).toEqual(['nil', 'nil', 0, 0]);
  });

  it('read as any table does', () => {
    expect(on.eval('return rawget(redis, "REPL_ALL")')).toBe(3);
    expect(on.eval('return type(next(redis))')).toBe('string');
    expect(on.eval('local n = 0 for k, v in pairs(bit) do n = n + 1 end return n')).toBe(12);
    expect(on.eval('return tostring(getmetatable(redis)) .. type(getmetatable(_G).__index)')).toBe(
      'nilfunction',
    );
    expect(on.eval('return redis.nothing')).toBe(null);
    expect(on.eval('return ("ab"):rep(2)')).toBe('abab');
  });
});

it('runs no bytecode', () => {
  const refused = "unexpected symbol near 'char(27)'";
  expect(errorOf(on.eval('\x1bLua'))).toContain(refused);
  expect(on.eval('local f, e = loadstring(string.dump(function() return 1 end)) return e')).toContain(
    refused,
  );
  expect(
    on.eval(`local code, done = string.dump(function() return 1 end), false
      local f, e = load(function() if done then return nil end done = true return code end)
      return e`),
  ).toContain(refused);
  expect(
    on.eval(`local code, at = string.dump(function() return 1 end), 0
      local f, e = load(function() at = at + 1 return code:sub(at, at) end)
      return e`),
  ).toContain(refused);
  expect(errorOf(on.client.run('FUNCTION', 'LOAD', '#!lua name=x\n\x1bLua'))).toContain('Error compiling');
});

it('leaves nothing for the next script', () => {
  on.client.run('EVAL', 'KEYS.planted = 1 ARGV.planted = 1 return 1', 0);
  expect(on.eval('return tostring(KEYS.planted) .. tostring(ARGV.planted)')).toBe('nilnil');
  on.eval('collectgarbage("stop") collectgarbage("setpause", 1000000)');
  on.eval('for i = 1, 300000 do local t = {} end');
  expect(on.engine.scripts.memory('eval')).toBeLessThan(10_000_000);
});

it('reaches the globals of the script from loaded chunks and coroutines', () => {
  expect(on.eval('return loadstring("return redis.call(\'PING\').ok")()')).toBe('PONG');
  expect(on.eval('return coroutine.wrap(function() return #redis.sha1hex("") end)()')).toBe(40);
  expect(errorOf(on.eval('return loadstring("x = 1")()'))).toContain(readOnly);
  expect(errorOf(on.eval('coroutine.wrap(function() x = 1 end)()'))).toContain(readOnly);
});

it('gives random numbers that a seed decides', () => {
  expect(
    on.eval(`math.randomseed(10)
      return {tostring(math.random()), math.random(10), math.random(5, 10), math.random(1e9)}`),
  ).toEqual(['0.87885112309775', 8, 7, 525673259]);
  expect(errorOf(on.eval('return math.random(0)'))).toContain('interval is empty');
  const numbers = new Set(Array.from({ length: 20 }, () => on.eval('return tostring(math.random())')));
  expect(numbers.size).toBe(20);
});
