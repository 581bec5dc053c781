/** Scripts: redis-server and we give the same answers and the same errors. */
import { expect, test } from 'vitest';
import type { RedisCommand } from '../../lib/redis-pair.ts';
import { pairSuite } from './suite.ts';

const pair = pairSuite();

const run = (body: string, ...args: string[]): RedisCommand => ['EVAL', body, '0', ...args];
const fields =
  'local o = {} for k, v in pairs(t) do o[#o + 1] = k .. "=" .. tostring(v) end table.sort(o) return o';

test('errors of scripts', async () => {
  const bodies = [
    'return foo',
    'return _G[5]',
    'return _G[{}]',
    'return redis.call("nosuch")',
    'return redis.call("get")',
    'return redis.call()',
    'return redis.pcall()',
    'return redis.call("ping", {})',
    'return redis.call("ping", true)',
    'return redis.call("eval", "return 1", 0)',
    'return redis.call("config", "nosuch")',
    'return redis.call("config")',
    `local t = redis.pcall("nosuch") ${fields}`,
    'local ok, e = pcall(redis.call, "nosuch") return {tostring(ok), e}',
    'return redis.call("incr", "text")',
    'return redis.pcall("incr", "text")',
    'local t = redis.pcall("incr", "text") error(t)',
    'error("boo")',
    'error("boo", 0)',
    'error("boo", 2)',
    'error("")',
    'error(nil)',
    'error(5)',
    'error({err = "MY err"})',
    'error({err = "MY err", source = "s", line = 4})',
    'return {err = "foo bar"}',
    'return {err = 5}',
    'return {err = {}}',
    'return {err = "a\\r\\nb"}',
    'return {ok = 5}',
    'return redis.error_reply("My Err")',
    'return redis.error_reply("-My Err")',
    'return redis.error_reply("-")',
    'return redis.error_reply("")',
    'return redis.error_reply("A")',
    'return redis.error_reply()',
    'return redis.error_reply({})',
    'return redis.status_reply()',
    'return redis.status_reply("a\\r\\nb")',
    'return redis.sha1hex()',
    'return redis.sha1hex(5)',
    'return redis.sha1hex({})',
    'return redis.log()',
    'return redis.log(9, "x")',
    'return redis.log("x", "x")',
    'return redis.setresp()',
    'return redis.setresp(4)',
    'return redis.set_repl()',
    'return redis.set_repl(9)',
    'return redis.set_repl("x")',
    'return {redis.replicate_commands(), redis.breakpoint(), redis.debug("a")}',
    'return redis.acl_check_cmd()',
    'return redis.acl_check_cmd("nosuch")',
    'return redis.acl_check_cmd("config", "nosuch")',
    'return {redis.acl_check_cmd("config"), redis.acl_check_cmd("set", "a")}',
    'foo = 1',
    'redis.foo = 1',
    'string.foo = 1',
    'KEYS = 1',
    'rawset(redis, "x", 1)',
    'table.insert(redis, 1)',
    'setmetatable(_G, nil)',
    'getmetatable("").__index = 1',
    'return type(getmetatable(redis)) .. type(getmetatable(_G).__index)',
    'return {rawget(redis, "REPL_ALL"), rawget(_G, "foo"), #redis, redis.foo}',
    'return return',
    'return (',
    '',
    '\x1bLua',
    'local a, b = loadstring("\\27Lua") return b',
    'local a, b = loadstring("x=") return b',
    'local a, b = loadstring("x=", "@chunk") return b',
    'return loadstring("return foo")()',
    'return loadstring(5)()',
    'return load(5)',
    'math.randomseed(10) return {tostring(math.random()), math.random(10), math.random(5, 10), math.random(1e9)}',
    'math.randomseed(-5.7) return tostring(math.random())',
    'math.randomseed(2^40 + 3) return tostring(math.random())',
    'return math.random(0)',
    'return math.random(5, 1)',
    'return math.random(1, 2, 3)',
    'return {collectgarbage("count") > 1, collectgarbage(), gcinfo() > 1}',
    'return collectgarbage("what")',
    'local function f() return f() + 1 end return f()',
    'return string.rep("x", -1)',
    'return string.rep()',
    'return string.rep("ab", 3.7)',
    'return string.rep(5, "2")',
    'local x = nil; x.y = 1',
    'return ("x"):bad()',
    'return {} < {}',
    'return 1 .. {}',
    'return coroutine.wrap(function() return foo end)()',
    'return coroutine.wrap(function() return redis.call("incr", "text") end)()',
    'coroutine.yield(1)',
    'return {xpcall(function() redis.call("incr", "text") end, function(e) return type(e) .. ":" .. tostring(e.err) end)}',
    'return {pcall(function() error({err = "x"}) end)}',
    'return xpcall()',
    '\n\nlocal a = 1\nreturn foo.bar',
    '#!lua\nreturn foo',
    '#!lua name=x\nreturn 1',
    '#!lua flags=no-writes,xx\nreturn 1',
    '#!lua flags=\nreturn 1',
    '#!lua flags=no-writes flags=allow-oom\nreturn 1',
    '#!lua flags=no-writes\nreturn redis.call("set", "x", 1)',
    '#! lua\nreturn 1',
    '#!luax\nreturn 1',
    '#!lua return 1',
  ];
  await pair.agree([
    ['SET', 'text', 'abc'],
    ...bodies.map((body) => run(body)),
    ...bodies.map((body): RedisCommand => ['EVAL_RO', body, '0']),
    ...bodies.map((body): RedisCommand => ['SCRIPT', 'LOAD', body]),
    ['EVAL', 'return 1', 'x'],
    ['EVAL', 'return 1', '-1'],
    ['EVAL', 'return 1', '2', 'a'],
    ['EVALSHA', 'x', '0'],
    ['EVALSHA', 'ffd632c7d33e571e9f24556ebed26c3479a87130', '0'],
    ['SCRIPT', 'EXISTS'],
    ['SCRIPT', 'EXISTS', 'x', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db'],
    ['SCRIPT', 'FLUSH', 'x'],
    ['SCRIPT', 'FLUSH', 'async', 'sync'],
    ['SCRIPT', 'KILL'],
    ['SCRIPT', 'NOSUCH'],
  ]);
});

test('values of scripts', async () => {
  const values = [
    '3.99',
    '-3.99',
    '1e300',
    '0/0',
    '2^63',
    '-2^63',
    '2^53 + 1',
    'nil',
    'true',
    'false',
    'function() end',
    'cjson.null',
    '{1, 2, function() end, 3}',
    '{1, nil, 3}',
    '{map = {a = 1}}',
    '{set = {a = true}}',
    '{double = 3.5}',
    '{double = "3.5"}',
    '{double = 1e100}',
    '{big_number = "123"}',
    '{big_number = "1\\r\\n2"}',
    '{verbatim_string = {format = "txt", string = "abc"}}',
    '{verbatim_string = {string = "abc"}}',
    '{map = 5}',
    '{{{}}, {1, {2, {3}}}}',
    '_G',
    'redis',
    'setmetatable({}, {__index = function() return 1 end})',
  ];
  const commands: RedisCommand[] = [];
  for (const value of values) {
    for (const resp of [2, 3]) commands.push(run(`redis.setresp(${resp}) return ${value}`));
  }
  await pair.agree(commands);
});

test('libraries of functions', async () => {
  const load = (code: string): RedisCommand[] => [
    ['FUNCTION', 'LOAD', `#!lua name=lib\n${code}`],
    ['FCALL', 'f', '1', 'k', 'a'],
    ['FUNCTION', 'DELETE', 'lib'],
  ];
  const register = (last: string) => `redis.register_function('f', function(keys, args) ${last} end)`;
  const codes = [
    register('return {keys, args, #keys}'),
    register('return KEYS'),
    register('return redis.call("nosuch")'),
    register('return redis.pcall("nosuch")'),
    register('local a = nil return a.b'),
    register('return redis.register_function("g", function() end)'),
    'local r = redis r.register_function("f", function() return r.call("ping") end)',
    'redis.register_function()',
    'redis.register_function(5)',
    'redis.register_function("f", 5)',
    'redis.register_function("f", function() end, 3)',
    'redis.register_function("f-g", function() end)',
    'redis.register_function("", function() end)',
    'redis.register_function{function_name = "f"}',
    'redis.register_function{callback = 1}',
    'redis.register_function{1}',
    'redis.register_function{}',
    'redis.register_function{function_name = "f", callback = function() return 1 end, flags = {"x"}}',
    'redis.register_function{function_name = "f", callback = function() return 1 end, flags = 5}',
    'redis.register_function{function_name = "f", callback = function() return 1 end, description = {}}',
    'redis.register_function{function_name = "f", callback = function() return 1 end, flags = {"no-writes"}}',
    'redis.register_function{function_name = {}, callback = function() end}',
    'redis.call("x")',
    'redis.x = 1',
    'x = 1',
    'error("x")',
    'foo bar',
    'return 5',
    'local a = nil + 1',
    'redis.log()',
  ];
  const heads = [
    '#!lua name=lib what=x',
    '#!lua name=a name=b',
    '#!lua name=a-b',
    '#!foo name=lib',
    '#! name=lib',
    '#!LUA NAME=lib',
    '#!lua name="lib',
    "#!lua name='lib'",
    '#!lua name',
    '#!lua',
    'lua',
  ];
  const commands: RedisCommand[] = [
    ...codes.flatMap(load),
    ...heads.flatMap((head): RedisCommand[] => [
      ['FUNCTION', 'LOAD', `${head}\n${register('return 1')}`],
      ['FUNCTION', 'LIST'],
      ['FUNCTION', 'DELETE', 'lib'],
    ]),
    ['FUNCTION', 'LOAD', ''],
    ['FUNCTION', 'LOAD', 'what', 'x'],
    ['FCALL', 'f', '0'],
    ['FCALL', 'f', 'x'],
    ...load(register('return 1')).slice(0, 1),
    ...load(register('return 1')).slice(0, 1),
    ['FCALL', 'F', '-1'],
    ['FCALL', 'f', '5'],
    ['FCALL', 'f', 'x'],
    ['FCALL_RO', 'f', '0'],
    ['FUNCTION', 'LIST', 'WITHCODE', 'LIBRARYNAME', 'L*'],
    ['FUNCTION', 'LIST', 'LIBRARYNAME'],
    ['FUNCTION', 'LIST', 'what'],
    ['FUNCTION', 'STATS'],
    ['FUNCTION', 'KILL'],
    ['FUNCTION', 'FLUSH', 'what'],
    ['FUNCTION', 'RESTORE', 'x'],
    ['FUNCTION', 'RESTORE', 'x', 'what'],
    ['FUNCTION', 'DELETE', 'nosuch'],
  ];
  await pair.agree(commands);
});

test('each restores what the other dumped', async () => {
  const codes = ['one', 'two'].map(
    (name) =>
      `#!lua name=${name}\n-- ${'long enough to be compressed, long enough to be compressed '.repeat(5)}\nredis.register_function('f${name}', function() return '${name}' end)`,
  );
  for (const [from, to] of [
    [pair.ours, pair.theirs],
    [pair.theirs, pair.ours],
  ] as const) {
    for (const client of [from, to]) await client.call('FUNCTION', 'FLUSH');
    for (const code of codes) await from.call('FUNCTION', 'LOAD', code);
    const dump = (await from.callBuffer('FUNCTION', 'DUMP')) as Buffer;
    expect(await to.call('FUNCTION', 'RESTORE', dump)).toBe('OK');
    for (const name of ['one', 'two']) expect(await to.call('FCALL', `f${name}`, '0')).toBe(name);
  }
});
