import { describe, expect, it } from 'vitest';
import { applyEffects } from '../engine/effects/effect-kind.ts';
import { stateOf } from './support/engine-harness.ts';
import { testClients } from './support/test-engine.ts';
import type { TestClient } from './support/value-client.ts';

const two = (): { a: TestClient; b: TestClient; clock: { ms: number } } => {
  const { connect, clock } = testClients();
  return { a: connect(), b: connect(), clock };
};

/** Watches, lets something happen, and tells whether EXEC ran. */
function runs(a: TestClient, happens: () => void, ...keys: string[]): boolean {
  a.run('WATCH', ...keys);
  happens();
  a.run('MULTI');
  a.run('PING');
  return a.run('EXEC') !== null;
}

describe('MULTI and EXEC', () => {
  it('queue commands and run them together', () => {
    const { a } = two();
    expect(a.run('MULTI')).toBe('OK');
    expect(a.run('SET', 'k', 'v')).toBe('QUEUED');
    expect(a.run('GET', 'k')).toBe('QUEUED');
    expect(a.run('SELECT', 3)).toBe('QUEUED');
    expect(a.run('EXISTS', 'k')).toBe('QUEUED');
    expect(a.run('EXEC')).toEqual(['OK', 'v', 'OK', 0]);
    expect(a.run('CLIENT', 'INFO')).toMatch(/ db=3 .* cmd=client\|info /);
    a.run('MULTI');
    expect(a.run('EXEC')).toEqual([]);
  });

  it('go on after a command that fails', () => {
    const { a } = two();
    a.run('MULTI');
    a.run('SET', 'k', 'v');
    a.run('SELECT', 99);
    a.run('EXISTS', 'k');
    expect(a.run('EXEC')).toEqual(['OK', new Error('ERR DB index is out of range'), 1]);
  });

  it('do nothing after a command that could not be queued', () => {
    const { a } = two();
    for (const wrong of [['NOPE'], ['GET'], ['CLIENT', 'NOPE'], ['CLIENT', 'KILL']]) {
      a.run('MULTI');
      a.run('SET', 'k', 'v');
      expect(a.refusal(...wrong)).toMatch(/^ERR /);
      expect(a.refusal('EXEC')).toBe('EXECABORT Transaction discarded because of previous errors.');
      expect(a.run('EXISTS', 'k')).toBe(0);
    }
  });

  it('are not nested, and MULTI and WATCH within do not spoil the transaction', () => {
    const { a } = two();
    a.run('MULTI');
    expect(a.refusal('MULTI')).toBe('ERR MULTI calls can not be nested');
    expect(a.refusal('WATCH', 'k')).toBe('ERR WATCH inside MULTI is not allowed');
    expect(a.run('UNWATCH')).toBe('QUEUED');
    expect(a.run('EXEC')).toEqual(['OK']);
    expect(a.refusal('EXEC')).toBe('ERR EXEC without MULTI');
    expect(a.refusal('DISCARD')).toBe('ERR DISCARD without MULTI');
  });

  it('of a wrong length end the transaction', () => {
    const { a } = two();
    a.run('MULTI');
    expect(a.refusal('EXEC', 'x')).toBe(
      "EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command",
    );
    expect(a.refusal('EXEC')).toBe('ERR EXEC without MULTI');
  });

  it('DISCARD forgets what was queued and watched', () => {
    const { a, b } = two();
    a.run('WATCH', 'k');
    b.run('SET', 'k', '1');
    a.run('MULTI');
    a.run('SET', 'k', '2');
    expect(a.run('DISCARD')).toBe('OK');
    b.run('SET', 'k', '3');
    a.run('MULTI');
    a.run('GET', 'k');
    expect(a.run('EXEC')).toEqual(['3']);
  });

  it('are one batch of effects that makes the same state', () => {
    const { engine, connect } = testClients({ journaling: true });
    const a = connect();
    a.run('MULTI');
    for (let i = 0; i < 50; i++) a.run('SET', `k${i % 7}`, `v${i}`);
    a.run('DEL', 'k3', 'k4');
    a.run('SELECT', 2);
    a.run('SET', 'other', 'x');
    a.run('PEXPIRE', 'other', 100);
    a.run('EXEC');
    const first = engine.effects.take()!;
    expect(engine.effects.take()).toBeUndefined();
    expect(a.client.exposed).toBe(first.batch);
    const again = testClients({ journaling: true });
    again.engine.effects.recording = false;
    applyEffects(again.engine, again.engine.effectKinds, first.effects);
    expect(stateOf(again.engine)).toEqual(stateOf(engine));
  });
});

describe('WATCH', () => {
  it('lets EXEC do nothing after any change of any of the keys', () => {
    const { a, b } = two();
    const changes: [string, ...string[]][] = [
      ['SET', 'x', '2'],
      ['SET', 'x', '2'],
      ['DEL', 'x'],
      ['SET', 'x', '1'],
      ['PEXPIRE', 'x', '100000'],
      ['PERSIST', 'x'],
      ['RENAME', 'x', 'y'],
      ['COPY', 'y', 'x'],
      ['MOVE', 'x', '1'],
      ['SET', 'x', '1'],
      ['FLUSHALL'],
    ];
    for (const change of changes) {
      expect([change, runs(a, () => b.run(...change), 'w1', 'x', 'w2')]).toEqual([change, false]);
    }
    expect(runs(a, () => b.run('SET', 'other', '1'), 'x')).toBe(true);
    expect(runs(a, () => b.run('GET', 'x'), 'x')).toBe(true);
    expect(runs(a, () => b.run('DEL', 'x'), 'x')).toBe(true);
    expect(runs(a, () => a.run('SET', 'x', '1'), 'x')).toBe(false);
  });

  it('is over after EXEC, UNWATCH, DISCARD and RESET', () => {
    const { a, b } = two();
    for (const end of ['EXEC', 'DISCARD', 'UNWATCH', 'RESET']) {
      a.run('WATCH', 'x');
      b.run('SET', 'x', '1');
      if (end === 'EXEC' || end === 'DISCARD') a.run('MULTI');
      a.run(end);
      expect([end, runs(a, () => b.run('SET', 'x', '2'), 'y')]).toEqual([end, true]);
    }
  });

  it('remembers the database', () => {
    const { a, b } = two();
    b.run('SELECT', 1);
    expect(runs(a, () => b.run('SET', 'x', '1'), 'x')).toBe(true);
    expect(
      runs(
        a,
        () => {
          b.run('SELECT', 0);
          b.run('SET', 'x', '1');
          a.run('SELECT', 1);
        },
        'x',
      ),
    ).toBe(false);
  });

  it('takes a key that expires afterwards as changed', () => {
    const { a, b, clock } = two();
    b.run('SET', 'x', '1');
    b.run('PEXPIRE', 'x', 100);
    const expires = () => {
      clock.ms += 100;
    };
    expect(runs(a, expires, 'x')).toBe(false);
    b.run('SET', 'x', '1');
    b.run('PEXPIRE', 'x', 100);
    const expiresAndIsMet = () => {
      clock.ms += 100;
      b.run('GET', 'x');
    };
    expect(runs(a, expiresAndIsMet, 'x')).toBe(false);
  });

  it('takes a key that had expired before as one that is not there', () => {
    const { a, b, clock } = two();
    for (const happens of [[], ['EXISTS', 'x'], ['FLUSHDB'], ['DEL', 'x']]) {
      b.run('SET', 'x', '1');
      b.run('PEXPIRE', 'x', 1);
      clock.ms += 2;
      expect([happens, runs(a, () => happens.length > 0 && b.run(...happens), 'x')]).toEqual([happens, true]);
    }
    b.run('SET', 'x', '1');
    b.run('PEXPIRE', 'x', 1);
    clock.ms += 2;
    expect(runs(a, () => b.run('SET', 'x', '2'), 'x')).toBe(false);
  });

  it('sees SWAPDB where the key is there before or after', () => {
    const swap = (prepare: (b: TestClient, expire: () => void) => void): boolean => {
      const { a, b, clock } = two();
      prepare(b, () => {
        clock.ms += 2;
      });
      b.run('SELECT', 0);
      return runs(a, () => b.run('SWAPDB', 0, 1), 'x');
    };
    const set = (b: TestClient, db: number, expires: boolean) => {
      b.run('SELECT', db);
      b.run('SET', 'x', db);
      if (expires) b.run('PEXPIRE', 'x', 1);
    };
    expect(swap((b) => set(b, 0, false))).toBe(false);
    expect(swap((b) => set(b, 1, false))).toBe(false);
    expect(swap(() => undefined)).toBe(true);
    expect(
      swap((b, expire) => {
        set(b, 0, true);
        expire();
      }),
    ).toBe(true);
    expect(
      swap((b, expire) => {
        set(b, 1, true);
        expire();
      }),
    ).toBe(true);
    expect(
      swap((b, expire) => {
        set(b, 0, true);
        set(b, 1, true);
        expire();
      }),
    ).toBe(true);
    expect(
      swap((b, expire) => {
        set(b, 0, true);
        expire();
        set(b, 1, false);
      }),
    ).toBe(false);
  });

  it('costs nothing while nobody watches', () => {
    const { engine, connect } = testClients();
    const a = connect();
    expect(engine.watchesKeys).toBe(false);
    a.run('WATCH', 'x', 'x', 'y');
    expect(engine.watches.size).toBe(2);
    expect(engine.watchesKeys).toBe(true);
    engine.disconnect(a.client);
    expect(engine.watchesKeys).toBe(false);
  });
});
