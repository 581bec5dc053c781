/** FUNCTION and FCALL: libraries are part of the state. */
import { beforeEach, describe, expect, it } from 'vitest';
import { applyEffects } from '../engine/effects/effect-kind.ts';
import type { Engine } from '../engine/engine.ts';
import { errorOf, type ScriptSetting, scriptSetting } from './script-kit.ts';
import { TestClient } from './support/value-client.ts';

let on: ScriptSetting;
beforeEach(() => {
  on = scriptSetting();
});

const library = (name: string, ...functions: string[]) =>
  `#!lua name=${name}\n${functions.map((f) => `redis.register_function('${f}', function(keys, args) return {'${name}', keys[1], args[1]} end)`).join('\n')}`;

function load(code: string, ...options: string[]) {
  return on.client.run('FUNCTION', 'LOAD', ...options, code);
}

describe('FUNCTION LOAD', () => {
  it('makes functions that are called in any case', () => {
    expect(load(library('lib', 'one', 'two'))).toBe('lib');
    expect(on.client.run('FCALL', 'ONE', 1, 'k', 'a')).toEqual(['lib', 'k', 'a']);
    expect(errorOf(on.client.run('FCALL', 'three', 0))).toBe('ERR Function not found');
    expect(errorOf(on.client.run('FCALL', 'one', 'x'))).toBe('ERR Bad number of keys provided');
  });

  it('replaces a whole library, or changes nothing', () => {
    load(library('lib', 'one', 'two'));
    expect(errorOf(load(library('lib', 'three')))).toBe("ERR Library 'lib' already exists");
    expect(errorOf(load('#!lua name=lib\nredis.register_function("one", 5)', 'REPLACE'))).toContain(
      'must be a function',
    );
    expect(on.client.run('FCALL', 'two', 0)).toEqual(['lib']);
    load(library('lib', 'three'), 'REPLACE');
    expect(errorOf(on.client.run('FCALL', 'two', 0))).toBe('ERR Function not found');
    expect(errorOf(load(library('other', 'THREE')))).toBe('ERR Function THREE already exists');
  });

  it('lets the code of a library only register', () => {
    for (const name of ['call', 'setresp', 'sha1hex']) {
      expect(errorOf(load(`#!lua name=x\nreturn redis.${name}(1)`))).toContain(
        `nonexistent global variable '${name}'`,
      );
    }
    for (const name of ['string', 'pcall', 'getmetatable', '_G', 'KEYS']) {
      expect(errorOf(load(`#!lua name=x\nreturn ${name}`))).toContain(
        `nonexistent global variable '${name}'`,
      );
    }
    expect(errorOf(load('#!lua name=x\nx = 1'))).toContain('readonly table');
    expect(errorOf(load('#!lua name=x\nredis.x = 1'))).toContain('readonly table');
    on.clockStepMs = 10;
    expect(errorOf(load('#!lua name=x\nwhile true do end'))).toBe(
      'ERR Error registering functions: ERR FUNCTION LOAD timeout',
    );
  });

  it('keeps registration and commands apart, however their tables are held', () => {
    load(`#!lua name=x
      local held = redis
      redis.register_function('command', function() return held.call('PING') end)
      redis.register_function('register', function() return held.register_function('y', function() end) end)
      redis.register_function('plant', function() held.planted = 1 end)`);
    expect(errorOf(on.client.run('FCALL', 'command', 0))).toContain("variable 'call'");
    expect(errorOf(on.client.run('FCALL', 'register', 0))).toContain('can only be called on FUNCTION LOAD');
    expect(errorOf(on.client.run('FCALL', 'plant', 0))).toContain('readonly table');
  });

  it('reads the first line', () => {
    const refused = (head: string) => errorOf(load(`${head}\nreturn 1`));
    expect(refused('--')).toBe('ERR Missing library metadata');
    expect(refused('#!lua')).toBe('ERR Library name was not given');
    expect(refused('#!js name=x')).toBe("ERR Engine 'js' not found");
    expect(refused('#!lua name=x-y')).toContain('Library names can only contain');
    expect(refused('#!lua name=x what')).toBe('ERR Invalid metadata value given: what');
    expect(refused('#!lua name="x')).toBe('ERR Invalid library metadata');
    expect(refused('#!lua name=x')).toBe('ERR No functions registered');
  });

  it('takes flags, which bind the function', () => {
    load(`#!lua name=x
      redis.register_function{function_name='reads', description='text', flags={'no-writes'},
        callback=function(keys) return redis.call('SET', keys[1], 'v') end}
      redis.register_function('writes', function() return 1 end)`);
    expect(errorOf(on.client.run('FCALL', 'reads', 1, 'k'))).toContain('not allowed from read-only scripts');
    expect(errorOf(on.client.run('FCALL_RO', 'writes', 0))).toContain('write flag using *_ro command');
    expect(on.client.run('FUNCTION', 'LIST')).toEqual([
      [
        'library_name',
        'x',
        'engine',
        'LUA',
        'functions',
        [
          ['name', 'reads', 'description', 'text', 'flags', ['no-writes']],
          ['name', 'writes', 'description', null, 'flags', []],
        ],
      ],
    ]);
  });
});

describe('libraries', () => {
  it('are listed by pattern, with their code if wanted', () => {
    load(library('abc', 'one'));
    load(library('xyz', 'two'));
    const names = (...words: string[]) =>
      (on.client.run('FUNCTION', 'LIST', ...words) as string[][]).map((entry) => entry[1]);
    expect(names()).toEqual(['abc', 'xyz']);
    expect(names('LIBRARYNAME', 'A*')).toEqual(['abc']);
    expect((on.client.run('FUNCTION', 'LIST', 'WITHCODE') as string[][])[0]!.at(-1)).toBe(
      library('abc', 'one'),
    );
    expect(on.client.run('FUNCTION', 'STATS')).toEqual([
      'running_script',
      null,
      'engines',
      ['LUA', ['libraries_count', 2, 'functions_count', 2]],
    ]);
  });

  it('are dumped and restored, all or none', () => {
    load(library('abc', 'one'));
    load(library('xyz', 'two'));
    const dump = on.client.run('FUNCTION', 'DUMP') as string;
    on.client.run('FUNCTION', 'FLUSH');
    load(library('other', 'two'));
    expect(errorOf(on.client.run('FUNCTION', 'RESTORE', dump))).toBe('ERR Function two already exists');
    expect(on.client.run('FCALL', 'two', 0)).toEqual(['other']);
    expect(errorOf(on.client.run('FCALL', 'one', 0))).toBe('ERR Function not found');
    expect(on.client.run('FUNCTION', 'RESTORE', dump, 'FLUSH')).toBe('OK');
    expect(on.client.run('FCALL', 'two', 0)).toEqual(['xyz']);
    expect(errorOf(on.client.run('FUNCTION', 'RESTORE', dump))).toBe('ERR Library abc already exists');
    expect(on.client.run('FUNCTION', 'RESTORE', dump, 'REPLACE')).toBe('OK');
    expect(errorOf(on.client.run('FUNCTION', 'RESTORE', `${dump}x`))).toContain('checksum are wrong');
  });

  it('survive a machine that broke, and what they keep does not', () => {
    load(`#!lua name=x
      local calls = 0
      redis.register_function('count', function() calls = calls + 1 return calls end)
      redis.register_function('break', function()
        return string.find(string.rep('a', 3e5), string.rep('a?', 3e5) .. 'b')
      end)`);
    on.client.run('FCALL', 'count', 0);
    expect(on.client.run('FCALL', 'count', 0)).toBe(2);
    expect(errorOf(on.client.run('FCALL', 'break', 0))).toContain('overflow');
    expect(on.client.run('FCALL', 'count', 0)).toBe(1);
  });

  it('are killed by FUNCTION KILL alone', () => {
    load("#!lua name=x\nredis.register_function('endless', function() while true do end end)");
    on.client.run('CONFIG', 'SET', 'busy-reply-threshold', 50);
    on.clockStepMs = 5;
    const seen: string[] = [];
    const other = scriptClient();
    on.whileBusy = () => {
      if (seen.length > 0) return;
      seen.push(errorOf(other.run('SCRIPT', 'KILL')));
      seen.push(JSON.stringify(other.run('FUNCTION', 'STATS')).replace(/duration_ms",\d+/, 'duration_ms"'));
      other.run('FUNCTION', 'KILL');
    };
    expect(errorOf(on.client.run('FCALL', 'endless', 0))).toContain('Script killed by user');
    expect(seen).toEqual([
      'BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.',
      '["running_script",["name","endless","command",["FCALL","endless","0"],"duration_ms"],"engines",["LUA",["libraries_count",1,"functions_count",1]]]',
    ]);
  });
});

describe('effects of libraries', () => {
  /** An engine that is told the effects only. */
  function rebuilt(...batches: Buffer[]): Engine {
    const { engine } = scriptSetting(true);
    engine.effects.recording = false;
    engine.replaying = true;
    for (const effects of batches) applyEffects(engine, engine.effectKinds, effects);
    return engine;
  }
  const codes = (engine: Engine) => [...engine.scripts.libraries.all()].map(({ code }) => code).sort();

  it('lead to the same libraries', () => {
    on = scriptSetting(true);
    const batches: Buffer[] = [];
    const commands: string[][] = [
      ['LOAD', library('a', 'one')],
      ['LOAD', library('b', 'two')],
      ['LOAD', 'REPLACE', library('a', 'three')],
      ['LOAD', 'REPLACE', library('a', 'two')],
      ['DELETE', 'b'],
      ['LOAD', library('c', 'one')],
      ['RESTORE', scriptDump(), 'REPLACE'],
      ['FLUSH'],
      ['LOAD', library('d', 'one')],
      ['RESTORE', scriptDump(), 'FLUSH'],
    ];
    for (const words of commands) {
      on.client.run('FUNCTION', ...words);
      const batch = on.engine.effects.take();
      if (batch !== undefined) batches.push(batch.effects);
      expect(codes(rebuilt(...batches))).toEqual(codes(on.engine));
    }
    expect(batches.length).toBe(commands.length - 1);
  });

  it('of a checkpoint lead to them too, whatever is applied after', () => {
    on = scriptSetting(true);
    load(library('a', 'one'));
    const first = on.engine.effects.take()!.effects;
    on.client.run('FUNCTION', 'DELETE', 'a');
    load(library('b', 'one'));
    const second = on.engine.effects.take()!.effects;
    const checkpoint = on.engine.effects.capture(() => on.engine.recordState());
    // The checkpoint shows what both batches did: applying them again ends in the same state.
    expect(codes(rebuilt(checkpoint, first, second))).toEqual([library('b', 'one')]);
  });

  it('are shown to the journal: the answer waits for them', () => {
    on = scriptSetting(true);
    load(library('a', 'one'));
    expect(on.engine.effects.bytes).toBeGreaterThan(0);
  });
});

function scriptClient() {
  return new TestClient(on.engine);
}

function scriptDump(): string {
  const other = scriptSetting();
  other.client.run('FUNCTION', 'LOAD', library('dumped', 'dumpedfunction'));
  return other.client.run('FUNCTION', 'DUMP') as string;
}
