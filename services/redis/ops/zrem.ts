/** ZREM and the removal of ranges. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, oneKey } from '../engine/command.ts';
import { removeMember } from '../engine/types/zset-changes.ts';
import {
  memberInterval,
  noEntries,
  type RankInterval,
  rankInterval,
  scoreInterval,
} from '../engine/types/zset-range.ts';
import type { ZsetValue } from '../engine/types/zset-value.ts';
import { readInteger, readMemberRange, readScoreRange } from './zset-arguments.ts';

/** Removes the entries of the interval; the event has the name of the command. */
function removeRange(call: Call, key: string, event: string, find: (zset: ZsetValue) => RankInterval): void {
  const { db } = call;
  const zset = db.writeCollection(key, 'zset') as ZsetValue | undefined;
  const { from, to } = zset === undefined ? noEntries : find(zset);
  if (zset === undefined || from === to) {
    call.reply.integer(0);
    return;
  }
  const members: string[] = [];
  const cursor = zset.at(from);
  for (let i = from; i < to; i++) {
    members.push(cursor.member);
    cursor.forward();
  }
  for (const member of members) removeMember(db, key, zset, member);
  db.notify('z', event, key);
  if (db.deleteIfEmpty(key, zset)) db.notify('g', 'del', key);
  call.reply.integer(members.length);
}

const removing = {
  arity: 4,
  flags: ['write'],
  categories: ['sortedset'],
  keys: oneKey('RW', 'delete'),
  group: 'sorted-set',
  complexity: 'O(M*log(N)) for M removed members of a sorted set of N',
} as const;

export const zremCommands: CommandRow[] = [
  {
    ...removing,
    name: 'zrem',
    arity: -3,
    flags: ['write', 'fast'],
    since: '1.2.0',
    summary: 'Removes members from a sorted set.',
    syntax: 'key member [member ...]',
    run(call, args) {
      const { db } = call;
      const key = args[1]!;
      const zset = db.writeCollection(key, 'zset') as ZsetValue | undefined;
      let removed = 0;
      if (zset !== undefined) {
        for (let i = 2; i < args.length; i++) if (removeMember(db, key, zset, args[i]!)) removed++;
        if (removed > 0) {
          db.notify('z', 'zrem', key);
          if (db.deleteIfEmpty(key, zset)) db.notify('g', 'del', key);
        }
      }
      call.reply.integer(removed);
    },
  },
  {
    ...removing,
    name: 'zremrangebyrank',
    since: '2.0.0',
    summary: 'Removes the members in a range of places.',
    syntax: 'key start stop',
    run(call, args) {
      const start = readInteger(args[2]!);
      const stop = readInteger(args[3]!);
      removeRange(call, args[1]!, 'zremrangebyrank', (zset) => rankInterval(zset.size, start, stop));
    },
  },
  {
    ...removing,
    name: 'zremrangebyscore',
    since: '1.2.0',
    summary: 'Removes the members with scores in a range.',
    syntax: 'key min max',
    run(call, args) {
      const range = readScoreRange(args[2]!, args[3]!);
      removeRange(call, args[1]!, 'zremrangebyscore', (zset) => scoreInterval(zset, range));
    },
  },
  {
    ...removing,
    name: 'zremrangebylex',
    since: '2.8.9',
    summary: 'Removes the members in a range of members, when all scores are the same.',
    syntax: 'key min max',
    run(call, args) {
      const range = readMemberRange(args[2]!, args[3]!);
      removeRange(call, args[1]!, 'zremrangebylex', (zset) => memberInterval(zset, range));
    },
  },
];
