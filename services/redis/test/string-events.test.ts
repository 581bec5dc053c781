/** The keyspace events of commands on strings, bitmaps, HyperLogLogs and sets: as redis-server 7.0.15 tells them. */
import { expect, test } from 'vitest';
import { loneEngine } from './support/engine-harness.ts';

/** A command and the events it tells, one line each. */
const script = `
SET a 1 | set a
SET a 2 EX 100 | set a, expire a
SET a 3 XX GET KEEPTTL | set a
SET a 4 NX |
SET b 1 PXAT 1 | set b, expire b
SET b 2 | expired b, set b
GETEX a EX 100 | expire a
GETEX a PERSIST | persist a
GETEX a PERSIST |
GETEX a EXAT 1 | del a
PSETEX a 1000 v | set a, expire a
SETNX a v |
MSET a 1 b 2 | set a, set b
MSETNX a 1 z 2 |
APPEND a x | append a
SETRANGE a 0 zz | setrange a
INCRBY n 5 | incrby n
DECR n | incrby n
INCRBYFLOAT n 1.5 | incrbyfloat n
GETDEL n | del n
GETDEL n |
SETBIT bits 0 1 | setbit bits
SETBIT bits 0 1 |
SETBIT bits 100 0 | setbit bits
BITFIELD bits SET u8 0 128 |
BITFIELD bits SET u8 0 1 | setbit bits
BITFIELD bits INCRBY u8 0 0 |
BITFIELD bits OVERFLOW FAIL INCRBY u8 0 1000 |
BITOP AND to bits bits | set to
BITOP AND to none | del to
BITOP AND to none |
PFADD h a b | pfadd h
PFADD h a b |
PFCOUNT h |
PFMERGE h h | pfadd h
PFDEBUG TODENSE h |
SADD s a b c | sadd s
SADD s a |
SREM s zz |
SMOVE s t b | srem s, sadd t
SMOVE s s a |
SINTERSTORE d s s | sinterstore d
SINTERSTORE d s none | del d
SINTERSTORE d s none |
SUNIONSTORE d s t | sunionstore d
SDIFFSTORE d s t | sdiffstore d
SPOP s | spop s
SPOP s 5 | spop s, del s
SREM t b | srem t, del t`;

test('each command tells its events', () => {
  const lone = loneEngine(false);
  const told: string[] = [];
  lone.engine.notifies = true;
  lone.engine.notify = (_db, kind, event, key) => {
    if (kind !== 'm' && kind !== 'n') told.push(`${event} ${key}`);
  };
  const lines = script.trim().split('\n');
  const seen = lines.map((line) => {
    const command = line.slice(0, line.indexOf('|')).trim();
    told.length = 0;
    lone.run(...command.split(' '));
    return `${command} | ${told.join(', ')}`.trim();
  });
  expect(seen).toEqual(lines);
});
