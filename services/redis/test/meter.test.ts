import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../engine/latency-histogram.ts';
import { testClients } from './support/test-engine.ts';
import type { Answer } from './support/value-client.ts';

/** An engine whose precise clock goes on by `step` milliseconds with each reading. */
function measuredEngine(step: { ms: number }) {
  let precise = 0;
  const { engine, connect } = testClients({ precise: () => (precise += step.ms) });
  const client = connect();
  const execute = (line: string): Answer => {
    engine.execute(client.client, line.split(' '));
    return client.received()[0]!;
  };
  return {
    engine,
    /** One turn with these commands; the last answer. */
    turn(...lines: string[]): Answer {
      engine.beginTurn();
      const answers = lines.map(execute);
      engine.endTurn();
      return answers.at(-1)!;
    },
    info(field: string): string | undefined {
      engine.beginTurn();
      const text = String(execute('INFO everything'));
      engine.endTurn();
      return text
        .split('\r\n')
        .find((line) => line.startsWith(`${field}:`))
        ?.slice(field.length + 1);
    },
  };
}

describe('commands are counted', () => {
  it('with the time they took, a run of the same in one turn as a whole', () => {
    const test = measuredEngine({ ms: 2 });
    test.turn('SET a 1', 'SET b 1', 'SET c 1');
    test.turn('GET a', 'SET a 1', 'PING');
    // The first SET of an engine is measured alone, then two together, then one: 2 ms for each reading of the clock.
    expect(test.info('cmdstat_set')).toMatch(/^calls=4,usec=6000,usec_per_call=1500.00,/);
    expect(test.info('cmdstat_get')).toMatch(/^calls=1,usec=2000,/);
    expect(test.info('total_commands_processed')).toBe('8');
  });

  it('as rejected when they are refused before, as failed when they end in an error', () => {
    const test = measuredEngine({ ms: 0.001 });
    test.turn('GET', 'NOSUCH x', 'CONFIG SET hz x', 'CONFIG NOSUCH');
    expect(test.info('cmdstat_get')).toMatch(/^calls=0,.*,rejected_calls=1,failed_calls=0$/);
    expect(test.info('cmdstat_config|set')).toMatch(/^calls=1,.*,rejected_calls=0,failed_calls=1$/);
    expect(test.info('errorstat_ERR')).toBe('count=4');
    expect(test.info('total_error_replies')).toBe('4');
  });

  it('within a transaction, each and the whole', () => {
    const test = measuredEngine({ ms: 1 });
    test.turn('SET s 1', 'MULTI', 'GET s', 'EXPIRE s x', 'EXEC');
    expect(test.info('cmdstat_exec')).toMatch(/^calls=1,usec=[2-9]000,.*failed_calls=0$/);
    expect(test.info('cmdstat_expire')).toMatch(/^calls=1,.*failed_calls=1$/);
    expect(test.info('errorstat_ERR')).toBe('count=1');
  });

  it('from zero again after CONFIG RESETSTAT, which is the first', () => {
    const test = measuredEngine({ ms: 1 });
    test.turn('SET a 1', 'NOSUCH', 'CONFIG RESETSTAT');
    expect(test.info('cmdstat_set')).toBeUndefined();
    expect(test.info('cmdstat_config|resetstat')).toMatch(/^calls=1,/);
    expect(test.info('errorstat_ERR')).toBeUndefined();
    expect(test.info('total_error_replies')).toBe('0');
  });

  it('by at most 128 codes of errors', () => {
    const { engine } = measuredEngine({ ms: 1 });
    for (let i = 0; i < 200; i++) engine.meter.countError(`CODE${i} text`);
    expect(engine.meter.errors.size).toBe(129);
    expect(engine.meter.errors.get('ERRORSTATS_OVERFLOW')).toBe(72);
  });
});

describe('slow commands', () => {
  it('are kept with shortened words, the newest first', () => {
    const test = measuredEngine({ ms: 20 });
    const long = 'x'.repeat(200);
    test.turn(`DEL ${long} ${Array.from({ length: 40 }, (_, i) => i).join(' ')}`);
    test.turn('GET a');
    const [last, first] = test.turn('SLOWLOG GET 2') as Answer[][];
    expect(last!.slice(0, 5)).toEqual([1, 1_700_000_000, 20_000, ['GET', 'a'], '127.0.0.1:50000']);
    expect(first![3]).toEqual([
      'DEL',
      `${'x'.repeat(128)}... (72 more bytes)`,
      ...Array.from({ length: 29 }, (_, i) => String(i)),
      '... (11 more arguments)',
    ]);
  });

  it('are as many as slowlog-max-len, and none when the limit is negative', () => {
    const test = measuredEngine({ ms: 20 });
    test.turn('CONFIG SET slowlog-max-len 2');
    for (let i = 0; i < 5; i++) test.turn('GET a');
    expect(test.turn('SLOWLOG LEN')).toBe(2);
    test.turn('CONFIG SET slowlog-log-slower-than -1');
    test.turn('SLOWLOG RESET');
    test.turn('GET a');
    expect(test.turn('SLOWLOG LEN')).toBe(0);
  });

  it('are all of a turn when every command is wanted', () => {
    const test = measuredEngine({ ms: 0.001 });
    test.turn('CONFIG SET slowlog-log-slower-than 0');
    test.turn('SLOWLOG RESET');
    test.turn('GET a', 'GET b', 'GET c');
    const entries = test.turn('SLOWLOG GET 3') as Answer[][];
    expect(entries.map((entry) => entry[3])).toEqual([
      ['GET', 'c'],
      ['GET', 'b'],
      ['GET', 'a'],
    ]);
  });

  it('do not show passwords', () => {
    const test = measuredEngine({ ms: 20 });
    test.turn('CONFIG SET masterauth secret hz 10');
    test.turn('ACL SETUSER someone >secret');
    const entries = test.turn('SLOWLOG GET 2') as Answer[][];
    expect(entries.map((entry) => entry[3])).toEqual([
      ['ACL', 'SETUSER', '(redacted)', '(redacted)'],
      ['CONFIG', 'SET', 'masterauth', '(redacted)', 'hz', '10'],
    ]);
  });
});

describe('spikes', () => {
  it('are kept by event from the threshold on', () => {
    const step = { ms: 5 };
    const test = measuredEngine(step);
    test.turn('CONFIG SET latency-monitor-threshold 10');
    test.turn('KEYS *');
    step.ms = 30;
    test.turn('KEYS *');
    test.turn('GET a');
    expect(test.turn('LATENCY LATEST')).toEqual([
      ['command', 1_700_000_000, 30, 30],
      ['fast-command', 1_700_000_000, 30, 30],
    ]);
    expect(test.turn('LATENCY HISTORY command')).toEqual([[1_700_000_000, 30]]);
    expect(String(test.turn('LATENCY GRAPH command'))).toMatch(/^command - high 30 ms, low 30 ms/);
    expect(String(test.turn('LATENCY DOCTOR'))).toContain('1. command: 1 spikes, 30 ms on average');
    expect(test.turn('LATENCY RESET fast-command nothing')).toBe(1);
  });
});

describe('a histogram', () => {
  const samples = fc.array(fc.double({ min: 0.0003, max: 999, noNaN: true }), {
    minLength: 1,
    maxLength: 300,
  });

  it('tells percentiles to one percent', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 100 }), (times, percent) => {
        const histogram = new LatencyHistogram();
        for (const ms of times) histogram.record(ms, 1);
        const sorted = [...times].sort((a, b) => a - b);
        const rank = Math.max(1, Math.round((percent / 100) * times.length));
        const exact = sorted[rank - 1]! * 1000;
        const told = histogram.percentile(percent);
        expect(told).toBeGreaterThanOrEqual(exact - 0.002);
        expect(told).toBeLessThanOrEqual(exact * 1.01 + 0.002);
      }),
    );
  });

  it('tells cumulative counts that end with all calls', () => {
    fc.assert(
      fc.property(samples, (times) => {
        const histogram = new LatencyHistogram();
        for (const ms of times) histogram.record(ms, 1);
        const steps = histogram.cumulative();
        expect(steps.at(-1)![1]).toBe(times.length);
        for (const [microseconds, calls] of steps) {
          const within = times.filter((ms) => ms * 1000 <= microseconds + 1).length;
          expect(calls).toBeLessThanOrEqual(within);
        }
      }),
    );
  });

  it('counts what takes longer than a second as one second', () => {
    const histogram = new LatencyHistogram();
    histogram.record(50_000, 1);
    expect(histogram.percentile(100)).toBeGreaterThanOrEqual(1_000_000);
    expect(histogram.cumulative().at(-1)![1]).toBe(1);
  });
});
