/** EVAL and its kin: what scripts are given, what they may run, and what their values become. */
import { beforeEach, describe, expect, it } from 'vitest';
import { errorOf, type ScriptSetting, scriptSetting } from './script-kit.ts';
import { TestClient } from './support/value-client.ts';

let on: ScriptSetting;
beforeEach(() => {
  on = scriptSetting();
});

describe('EVAL', () => {
  it('gives keys and arguments, of any bytes', () => {
    const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
    expect(on.client.run('EVAL', 'return {KEYS[1], ARGV[1], #KEYS, #ARGV}', 1, bytes, 'a', 'b')).toEqual([
      bytes,
      'a',
      1,
      2,
    ]);
    expect(on.client.run('EVAL', 'return #ARGV[1]', 0, bytes.repeat(1000))).toBe(256_000);
  });

  it('refuses numbers of keys that cannot be', () => {
    expect(errorOf(on.client.run('EVAL', 'return 1', 2, 'a'))).toBe(
      "ERR Number of keys can't be greater than number of args",
    );
    expect(errorOf(on.client.run('EVAL', 'return 1', -1))).toBe("ERR Number of keys can't be negative");
    expect(errorOf(on.client.run('EVAL', 'return 1', 'x'))).toBe(
      'ERR value is not an integer or out of range',
    );
  });

  it('writes nothing where replicas are asked for that do not exist', () => {
    on.client.run('SET', 'k', '1');
    on.client.run('CONFIG', 'SET', 'min-replicas-to-write', '1');
    const refused = errorOf(on.client.run('EVAL', "return redis.call('set', 'k', '2')", 0));
    expect(refused).toMatch(/^NOREPLICAS Not enough good replicas to write/);
    expect(on.client.run('EVAL', "return redis.call('get', 'k')", 0)).toBe('1');
  });

  it('finds a script again by its SHA-1 in any case, until SCRIPT FLUSH', () => {
    const sha = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db';
    expect(errorOf(on.client.run('EVALSHA', sha, 0))).toBe('NOSCRIPT No matching script. Please use EVAL.');
    expect(on.client.run('SCRIPT', 'LOAD', 'return 1')).toBe(sha);
    expect(on.client.run('EVALSHA', sha.toUpperCase(), 0)).toBe(1);
    expect(on.client.run('SCRIPT', 'EXISTS', sha, 'x')).toEqual([1, 0]);
    on.client.run('SCRIPT', 'FLUSH');
    expect(errorOf(on.client.run('EVALSHA', sha, 0))).toContain('NOSCRIPT');
  });

  it('turns values into answers', () => {
    expect(on.eval('return {1, 2.9, -2.9, "x", true, false, {ok="fine"}, {3, nil, 4}, "after"}')).toEqual([
      1,
      2,
      -2,
      'x',
      1,
      null,
      'fine',
      [3],
      'after',
    ]);
    expect(on.eval('return 2^63')).toBe(-(2n ** 63n));
    expect(on.eval('return {double=3.5}')).toBe(3.5);
    expect(on.eval('return {map={a={1}}}')).toEqual(['a', [1]]);
    expect(errorOf(on.eval("return {err='MY text'}"))).toBe('MY text');
    expect(on.eval('local t = {} t[1] = t return t')).toEqual(
      expect.arrayContaining([expect.arrayContaining([expect.anything()])]),
    );
  });

  it('gives answers of commands as RESP2 values, or RESP3 ones after redis.setresp(3)', () => {
    on.client.run('HSET', 'h', 'f', 'v');
    on.client.run('SADD', 's', 'm');
    on.client.run('ZADD', 'z', '1.5', 'a');
    expect(on.eval('local h = redis.call("HGETALL", "h") return {#h, h[1], h[2]}')).toEqual([2, 'f', 'v']);
    expect(on.eval('return type(redis.call("ZSCORE", "z", "a"))')).toBe('string');
    expect(on.eval('return redis.call("GET", "none") == false and 1 or 0')).toBe(1);
    expect(
      on.eval(`redis.setresp(3)
        local h, s = redis.call("HGETALL", "h"), redis.call("SMEMBERS", "s")
        local z = redis.call("ZSCORE", "z", "a")
        return {h.map.f, tostring(s.set.m), tostring(z.double), tostring(redis.call("GET", "none"))}`),
    ).toEqual(['v', 'true', '1.5', 'nil']);
    // The next script begins with RESP2 again.
    expect(on.eval('return type(redis.call("HGETALL", "h").map)')).toBe('nil');
  });

  it('writes numbers in commands without losing digits', () => {
    expect(on.eval('return {redis.call("ECHO", 9007199254740991), redis.call("ECHO", 0.1)}')).toEqual([
      '9007199254740991',
      '0.1',
    ]);
  });

  it('has a database of its own: SELECT lasts for the script', () => {
    on.client.run('SET', 'k', 'zero');
    on.eval('redis.call("SELECT", 5) redis.call("SET", "k", "five")');
    expect(on.client.run('GET', 'k')).toBe('zero');
    expect(on.eval('redis.call("SELECT", 5) return redis.call("GET", "k")')).toBe('five');
  });

  it('runs in MULTI', () => {
    on.client.run('MULTI');
    on.client.run('EVAL', 'return redis.call("INCR", KEYS[1])', 1, 'n');
    on.client.run('EVAL', 'return redis.call("nosuch")', 0);
    on.client.run('INCR', 'n');
    const [first, second, third] = on.client.run('EXEC') as [number, Error, number];
    expect([first, third]).toEqual([1, 2]);
    expect(second.message).toContain('ERR Unknown Redis command called from script');
  });

  it('says where an error happened', () => {
    on.client.run('SET', 's', 'text');
    const sha = 'on @user_script:2.';
    expect(errorOf(on.eval('local a = 1\nreturn foo'))).toContain(sha);
    expect(errorOf(on.eval('\nreturn redis.call("INCR", "s")'))).toMatch(
      /^ERR value is not an integer or out of range script: [0-9a-f]{40}, on @user_script:2\.$/,
    );
    expect(errorOf(on.eval('return return'))).toMatch(/^ERR Error compiling script \(new function\): user_/);
  });

  it('keeps what a script wrote before it failed', () => {
    errorOf(on.eval('redis.call("SET", "k", "v") error("x")'));
    expect(on.client.run('GET', 'k')).toBe('v');
  });

  it('gives redis.pcall the error as a table, and pcall its text', () => {
    expect(on.eval('return redis.pcall("nosuch").err')).toBe('ERR Unknown Redis command called from script');
    expect(on.eval('local ok, e = pcall(redis.call, "nosuch") return {tostring(ok), e}')).toEqual([
      'false',
      'ERR Unknown Redis command called from script',
    ]);
  });

  it('lets a script see one time only', () => {
    on.clockStepMs = 10;
    expect(
      on.eval(`redis.call("SET", "k", "v", "PX", 1)
        for i = 1, 200000 do end
        return redis.call("EXISTS", "k")`),
    ).toBe(1);
  });

  it('hands on what a script did as one batch', () => {
    const journaled = scriptSetting(true);
    journaled.eval('for i = 1, 100 do redis.call("SET", "k" .. i, i) end');
    const batch = journaled.engine.effects.take();
    expect(batch).toBeDefined();
    expect(journaled.engine.effects.take()).toBeUndefined();
  });

  it('logs through the engine', () => {
    on.eval('redis.log(redis.LOG_WARNING, "a", 5, {}, "b")');
    expect(on.logged).toEqual(['3 a 5 b']);
  });
});

describe('rights of scripts', () => {
  it('refuses commands that are not for scripts', () => {
    for (const command of ['MULTI', 'SUBSCRIBE", "c', 'EVAL", "return 1", 0, "x', 'CONFIG", "GET", "x']) {
      expect(errorOf(on.eval(`return redis.call("${command}")`))).toContain(
        'This Redis command is not allowed from script',
      );
    }
  });

  it('lets EVAL_RO and no-writes only read', () => {
    const refused = 'ERR Write commands are not allowed from read-only scripts.';
    expect(errorOf(on.client.run('EVAL_RO', 'redis.call("SET", "k", "v")', 0))).toContain(refused);
    expect(errorOf(on.eval('#!lua flags=no-writes\nredis.call("SET", "k", "v")'))).toContain(refused);
    expect(on.client.run('EVAL_RO', '#!lua flags=no-writes\nreturn redis.call("GET", "k")', 0)).toBe(null);
    expect(errorOf(on.client.run('EVAL_RO', '#!lua\nreturn 1', 0))).toBe(
      'ERR Can not execute a script with write flag using *_ro command.',
    );
  });

  it('reads the first line', () => {
    expect(errorOf(on.eval('#!lua flags=what\nreturn 1'))).toBe(
      'ERR Unexpected flag in script shebang: what',
    );
    expect(errorOf(on.eval('#!lua name=x\nreturn 1'))).toBe('ERR Unknown lua shebang option: name=x');
    expect(errorOf(on.eval('#!js\nreturn 1'))).toBe('ERR Unexpected engine in script shebang: #!js');
    expect(errorOf(on.eval('#!lua'))).toBe('ERR Invalid script shebang');
  });

  it('refuses memory when there is none, unless the script may', () => {
    on.client.run('SET', 'k', 'v');
    on.client.run('CONFIG', 'SET', 'maxmemory', 1);
    expect(errorOf(on.eval('return redis.call("SET", "k", "w")'))).toContain('OOM command not allowed');
    expect(on.eval('return redis.call("GET", "k")')).toBe('v');
    expect(errorOf(on.eval('#!lua\nreturn 1'))).toContain('OOM');
    expect(on.eval('#!lua flags=allow-oom\nreturn redis.call("SET", "k", "w")')).toBe('OK');
    // What has begun to write may finish.
    expect(on.eval('redis.call("DEL", "k") return redis.call("SET", "k", "x")')).toBe('OK');
  });

  it('runs commands with the rights of the user', () => {
    on.client.run('ACL', 'SETUSER', 'bob', 'on', '>p', '+eval', '+get', '+set', '~mine*');
    on.client.run('AUTH', 'bob', 'p');
    expect(on.eval('return redis.call("SET", "mine", "v")')).toBe('OK');
    expect(errorOf(on.eval('return redis.call("SET", "other", "v")'))).toContain('ACL failure in script');
    expect(errorOf(on.eval('return redis.call("DEL", "mine")'))).toContain('ACL failure in script');
    expect(
      on.eval(`return {redis.acl_check_cmd("GET", "mine"), redis.acl_check_cmd("GET", "other"),
        redis.acl_check_cmd("DEL", "mine")}`),
    ).toEqual([1, null, null]);
  });
});

describe('long scripts', () => {
  beforeEach(() => {
    on.client.run('CONFIG', 'SET', 'busy-reply-threshold', 50);
    on.clockStepMs = 5;
  });

  it('answers BUSY to others and can be killed, in spite of pcall, coroutines and handlers', () => {
    const other = new TestClient(on.engine);
    const endless = [
      'while true do end',
      'while true do pcall(function() while true do end end) end',
      'while true do pcall(pcall, function() redis.call("PING") end) end',
      'while true do xpcall(error, function(e) while true do end end) end',
      'xpcall(function() while true do end end, function(e) while true do end end)',
      'while true do coroutine.wrap(function() while true do pcall(error) end end)() end',
      'while true do coroutine.resume(coroutine.create(function() while true do end end)) end',
      'local t = setmetatable({}, {__index = function(t, k) while true do end end}) return t.x',
      'table.sort({1, 2, 3}, function() while true do end end)',
      'string.gsub("x", "x", function() while true do end end)',
      'repeat until not pcall(function() for i = 1, 1e9 do end end) while true do end',
    ];
    for (const body of endless) {
      const seen: string[] = [];
      on.whileBusy = () => {
        if (seen.length === 0) seen.push(errorOf(other.run('PING')));
        if (seen.length === 1) seen.push(errorOf(other.run('FUNCTION', 'KILL')));
        if (seen.length === 2) seen.push(String(other.run('SCRIPT', 'KILL')));
      };
      const answer = errorOf(on.eval(body));
      const busy = 'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.';
      expect(seen, body).toEqual([busy, busy, 'OK']);
      expect(answer, body).toContain('Script killed by user with SCRIPT KILL');
      expect(other.run('PING')).toBe('PONG');
    }
    expect(on.busyEnds).toBe(endless.length);
    expect(on.eval('return 1')).toBe(1);
  });

  it('kills none that wrote', () => {
    let answer = '';
    on.whileBusy = () => {
      answer = errorOf(new TestClient(on.engine).run('SCRIPT', 'KILL'));
    };
    expect(on.eval('redis.call("SET", "k", "v") for i = 1, 1000000 do end return "done"')).toBe('done');
    expect(answer).toContain('UNKILLABLE');
  });

  it('serves who waits for a key when the script has ended', () => {
    const waiting = new TestClient(on.engine);
    waiting.all('BLPOP', 'l', 0);
    const other = new TestClient(on.engine);
    on.whileBusy = () => void other.run('HELLO', 2);
    expect(
      on.eval(
        'redis.call("LPUSH", "l", "a") for i = 1, 1000000 do end redis.call("LPUSH", "l", "b") return 1',
      ),
    ).toBe(1);
    expect(waiting.received()).toEqual([['l', 'b']]);
  });

  it('has nothing to kill otherwise', () => {
    expect(errorOf(on.client.run('SCRIPT', 'KILL'))).toBe('NOTBUSY No scripts in execution right now.');
  });
});

describe('limits of scripts', () => {
  it('ends what needs too much memory and goes on', () => {
    const greedy = [
      'local s = "x" while true do s = s .. s end',
      'return #string.rep("x", 2^31)',
      'local s, t = string.rep("x", 1e7), {} for i = 1, 20 do t[i] = s end return cjson.encode(t)',
      'local s, t = string.rep("x", 1e7), {} for i = 1, 20 do t[i] = s end return cmsgpack.pack(t)',
      'local s = string.rep("x", 6e7) return struct.pack("sss", s, s, s)',
      'local s, t = string.rep("x", 1e7), {} for i = 1, 1000 do t[i] = s end return redis.call("DEL", unpack(t))',
      'return cjson.encode(string.rep("\\1", 25000000))',
    ];
    for (const body of greedy) expect(errorOf(on.eval(body)), body).toMatch(/not enough memory|too large/);
    expect(on.eval('return 1')).toBe(1);
    expect(on.engine.scripts.memory('eval')).toBeLessThan(1_000_000);
  });

  it('ends recursion of every kind', () => {
    const deep = [
      'local function f() return f() + 1 end return f()',
      'local t = {} setmetatable(t, {__index = function(t, k) return t[k + 1] end}) return t[1]',
      'local function f(n) return string.gsub("x", "x", function() return f(n + 1) end) end return f(1)',
      'local function f() return coroutine.wrap(f)() end return f()',
      'return loadstring(string.rep("(", 1e5))()',
      'return string.find(string.rep("a", 3e5), string.rep("a?", 3e5) .. "b")',
      'return cjson.decode(string.rep("[", 1e5))',
      'return cmsgpack.unpack(string.rep("\\145", 1e5))',
    ];
    for (const body of deep) expect(errorOf(on.eval(body)), body).toMatch(/overflow|nested|attempt to call/);
    expect(on.eval('return 1')).toBe(1);
  });

  it('compiles scripts again after the machine was put away', () => {
    const sha = on.client.run('SCRIPT', 'LOAD', 'return ARGV[1]') as string;
    errorOf(on.eval('return string.find(string.rep("a", 3e5), string.rep("a?", 3e5) .. "b")'));
    expect(on.client.run('EVALSHA', sha, 0, 'still')).toBe('still');
  });
});
