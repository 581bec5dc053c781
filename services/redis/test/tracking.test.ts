import { describe, expect, it } from 'vitest';
import { testClients } from './support/test-engine.ts';
import { endOfTurn, pairs, type TestClient } from './support/value-client.ts';

interface Tracked {
  /** Tracks, in RESP3. */
  readonly reader: TestClient;
  readonly writer: TestClient;
  readonly clock: { ms: number };
  readonly engine: ReturnType<typeof testClients>['engine'];
  readonly connect: () => TestClient;
}

function tracked(...options: string[]): Tracked {
  const { engine, clock, connect } = testClients();
  const reader = connect();
  const writer = connect();
  reader.run('HELLO', 3);
  expect(reader.run('CLIENT', 'TRACKING', 'ON', ...options)).toBe('OK');
  return { reader, writer, clock, engine, connect };
}

const invalidated = (...keys: string[]) => ['invalidate', keys];

describe('keys a client has read', () => {
  it('are told once when they change', () => {
    const { reader, writer } = tracked();
    reader.run('GET', 'a');
    reader.run('EXISTS', 'b', 'c');
    writer.run('SET', 'other', '1');
    expect(reader.received()).toEqual([]);
    writer.run('SET', 'a', '1');
    writer.run('SET', 'a', '2');
    writer.run('SET', 'c', '1');
    expect(reader.received()).toEqual([invalidated('a'), invalidated('c')]);
  });

  it('are told however they change', () => {
    const { reader, writer, clock } = tracked();
    for (const change of [
      ['SET', 'a', '1'],
      ['PEXPIRE', 'a', '1000'],
      ['RENAME', 'a', 'b'],
      ['COPY', 'b', 'a'],
      ['DEL', 'a'],
    ]) {
      reader.run('GET', 'a');
      writer.run(...change);
      expect([change, reader.received()]).toEqual([change, [invalidated('a')]]);
    }
    writer.run('SET', 'a', '1');
    writer.run('PEXPIRE', 'a', 5);
    reader.run('GET', 'a');
    clock.ms += 5;
    writer.run('GET', 'a');
    expect(reader.received()).toEqual([invalidated('a')]);
  });

  it('that the client changes itself are told after the answer, unless NOLOOP', () => {
    const { reader } = tracked();
    reader.run('GET', 'a');
    expect(reader.all('SET', 'a', '1')).toEqual(['OK', invalidated('a')]);
    reader.run('GET', 'a');
    reader.run('MULTI');
    reader.run('SET', 'a', '2');
    reader.run('PING');
    expect(reader.all('EXEC')).toEqual([['OK', 'PONG'], invalidated('a')]);
    reader.run('CLIENT', 'TRACKING', 'ON', 'NOLOOP');
    reader.run('GET', 'a');
    expect(reader.all('SET', 'a', '1')).toEqual(['OK']);
  });

  it('that expire are told with NOLOOP too', () => {
    const { reader, clock } = tracked('NOLOOP');
    reader.run('SET', 'a', '1');
    reader.run('PEXPIRE', 'a', 5);
    reader.run('GET', 'a');
    clock.ms += 5;
    expect(reader.all('GET', 'a')).toEqual([null, invalidated('a')]);
  });

  it('are all forgotten when a database is flushed', () => {
    const { reader, writer } = tracked();
    for (const command of ['FLUSHALL', 'FLUSHDB']) {
      reader.run('GET', 'a');
      writer.run(command);
      writer.run('SET', 'a', '1');
      expect(reader.received()).toEqual([['invalidate', null]]);
    }
    expect(reader.all('FLUSHALL')).toEqual(['OK', ['invalidate', null]]);
  });

  it('are remembered up to tracking-table-max-keys', () => {
    const { reader, writer, engine } = tracked();
    for (let i = 0; i < 20; i++) reader.run('GET', `k${i}`);
    expect(writer.run('INFO', 'stats')).toMatch(/tracking_total_keys:20\r\ntracking_total_items:20\r\n/);
    writer.run('CONFIG', 'SET', 'tracking-table-max-keys', 3);
    expect(reader.received()).toHaveLength(17);
    expect(engine.tracking.keyCount).toBe(3);
    expect(reader.all('GET', 'one more')).toHaveLength(2);
  });

  it('are not told after tracking is off, and cost nothing then', () => {
    const { reader, writer, engine } = tracked();
    reader.run('GET', 'a');
    reader.run('CLIENT', 'TRACKING', 'OFF');
    writer.run('SET', 'a', '1');
    expect(reader.received()).toEqual([]);
    expect([engine.watchesKeys, engine.tracksReads, engine.tracking.itemCount]).toEqual([false, false, 0]);
  });

  it('are told although no answers are wanted', () => {
    const { reader, writer } = tracked();
    reader.run('GET', 'a');
    reader.all('CLIENT', 'REPLY', 'OFF');
    writer.run('SET', 'a', '1');
    expect(reader.received()).toEqual([invalidated('a')]);
  });
});

describe('OPTIN and OPTOUT', () => {
  it('remember keys only of the command after CLIENT CACHING', () => {
    const { reader, writer } = tracked('OPTIN');
    reader.run('GET', 'a');
    reader.run('CLIENT', 'CACHING', 'YES');
    reader.run('CLIENT', 'ID');
    reader.run('GET', 'b');
    reader.run('GET', 'c');
    for (const key of ['a', 'b', 'c']) writer.run('SET', key, '1');
    expect(reader.received()).toEqual([invalidated('b')]);
  });

  it('remember keys of a whole transaction', () => {
    const { reader, writer } = tracked('OPTIN');
    reader.run('CLIENT', 'CACHING', 'YES');
    reader.run('MULTI');
    reader.run('GET', 'a');
    reader.run('GET', 'b');
    reader.run('EXEC');
    reader.run('GET', 'c');
    for (const key of ['a', 'b', 'c']) writer.run('SET', key, '1');
    expect(reader.received()).toEqual([invalidated('a'), invalidated('b')]);
  });

  it('leave out the command after CLIENT CACHING no', () => {
    const { reader, writer } = tracked('OPTOUT');
    reader.run('GET', 'a');
    reader.run('CLIENT', 'CACHING', 'NO');
    reader.run('GET', 'b');
    writer.run('SET', 'a', '1');
    writer.run('SET', 'b', '1');
    expect(reader.received()).toEqual([invalidated('a')]);
  });
});

describe('broadcast mode', () => {
  it('tells of every changed key, together at the end of the turn', async () => {
    const { reader, writer } = tracked('BCAST');
    writer.run('SET', 'a', '1');
    writer.run('SET', 'b', '1');
    writer.run('SET', 'a', '2');
    expect(reader.received()).toEqual([]);
    await endOfTurn();
    expect(reader.received()).toEqual([invalidated('a', 'b')]);
    expect(reader.all('SET', 'a', '3')).toEqual(['OK']);
    await endOfTurn();
    expect(reader.received()).toEqual([invalidated('a')]);
  });

  it('tells of keys with one of the prefixes', async () => {
    const { reader, writer } = tracked('BCAST', 'PREFIX', 'a:', 'PREFIX', 'b:');
    for (const key of ['a:1', 'b:1', 'c:1', 'a:2']) writer.run('SET', key, '1');
    await endOfTurn();
    expect(reader.received()).toEqual([invalidated('a:1', 'a:2'), invalidated('b:1')]);
    reader.run('CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', 'c:');
    writer.run('SET', 'c:1', '1');
    await endOfTurn();
    expect(reader.received()).toEqual([invalidated('c:1')]);
    expect(pairs(reader.run('CLIENT', 'TRACKINGINFO')).prefixes).toEqual(['a:', 'b:', 'c:']);
  });

  it('leaves out own changes with NOLOOP, unless someone else changed the key after', async () => {
    const { reader, writer } = tracked('BCAST', 'NOLOOP');
    reader.run('SET', 'a', '1');
    reader.run('SET', 'b', '1');
    writer.run('SET', 'b', '2');
    await endOfTurn();
    expect(reader.received()).toEqual([invalidated('b')]);
  });

  it('has prefixes that do not overlap', () => {
    const { reader } = tracked('BCAST', 'PREFIX', 'foo', 'PREFIX', 'bar');
    const on = (...prefixes: string[]) =>
      reader.refusal('CLIENT', 'TRACKING', 'ON', 'BCAST', ...prefixes.flatMap((p) => ['PREFIX', p]));
    expect(on('fo')).toBe(
      "ERR Prefix 'fo' overlaps with an existing prefix 'foo'. Prefixes for a single client must not overlap.",
    );
    expect(on('x', 'xy')).toBe(
      "ERR Prefix 'x' overlaps with another provided prefix 'xy'. Prefixes for a single client must not overlap.",
    );
  });
});

describe('redirection', () => {
  it('sends messages of a channel to a RESP2 client, and pushes to one of RESP3', () => {
    const { engine, connect } = testClients();
    const [reader, writer, target] = [connect(), connect(), connect()];
    reader.run('CLIENT', 'TRACKING', 'ON', 'REDIRECT', target.client.id);
    expect(reader.run('CLIENT', 'GETREDIR')).toBe(target.client.id);
    const change = () => {
      reader.run('GET', 'a');
      writer.run('SET', 'a', '1');
      return target.received();
    };
    expect(change()).toEqual([]);
    target.all('SUBSCRIBE', '__redis__:invalidate');
    expect(change()).toEqual([['message', '__redis__:invalidate', ['a']]]);
    reader.run('GET', 'a');
    writer.run('FLUSHALL');
    expect(target.received()).toEqual([['message', '__redis__:invalidate', null]]);
    target.all('UNSUBSCRIBE');
    target.all('HELLO', 3);
    expect(change()).toEqual([['invalidate', ['a']]]);
    engine.disconnect(target.client);
    reader.run('HELLO', 3);
    reader.run('GET', 'a');
    writer.run('SET', 'a', '1');
    expect(reader.received()).toEqual([['tracking-redir-broken', target.client.id]]);
    expect(pairs(reader.run('CLIENT', 'TRACKINGINFO'))).toEqual({
      flags: ['on', 'broken_redirect'],
      redirect: target.client.id,
      prefixes: [],
    });
    expect(reader.run('CLIENT', 'INFO')).toMatch(new RegExp(` flags=tR .* redir=${target.client.id} `));
  });

  it('in RESP2 without it, nothing can be told', () => {
    const { connect } = testClients();
    const [reader, writer] = [connect(), connect()];
    reader.run('CLIENT', 'TRACKING', 'ON');
    reader.run('GET', 'a');
    writer.run('SET', 'a', '1');
    expect(reader.received()).toEqual([]);
  });
});

describe('CLIENT TRACKINGINFO', () => {
  it.each([
    [[], ['on']],
    [['NOLOOP'], ['on', 'noloop']],
    [['OPTIN'], ['on', 'optin']],
    [['OPTOUT'], ['on', 'optout']],
    [['BCAST'], ['on', 'bcast']],
  ])('of %s shows the flags %s', (options, flags) => {
    const { reader } = tracked(...options);
    expect(pairs(reader.run('CLIENT', 'TRACKINGINFO'))).toEqual({
      flags,
      redirect: 0,
      prefixes: options[0] === 'BCAST' ? [''] : [],
    });
  });

  it('shows CLIENT CACHING, and that tracking is off', () => {
    const { reader } = tracked('OPTIN');
    reader.run('CLIENT', 'CACHING', 'YES');
    expect(pairs(reader.run('CLIENT', 'TRACKINGINFO')).flags).toEqual(['on', 'optin', 'caching-yes']);
    reader.run('CLIENT', 'TRACKING', 'OFF');
    expect(pairs(reader.run('CLIENT', 'TRACKINGINFO'))).toEqual({
      flags: ['off'],
      redirect: -1,
      prefixes: [],
    });
    expect(reader.run('CLIENT', 'GETREDIR')).toBe(-1);
  });
});
