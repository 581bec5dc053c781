/** GEOADD: ZADD with the numbers of positions as scores. */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { syntaxError } from '../engine/errors.ts';
import { scoreOf } from '../model/geohash.ts';
import { readPosition } from './geo-arguments.ts';
import { addMembers } from './zadd.ts';

export const geoaddCommands: CommandRow[] = [
  {
    name: 'geoadd',
    arity: -5,
    flags: ['write', 'denyoom'],
    categories: ['geo'],
    keys: oneKey('RW', 'update'),
    group: 'geo',
    since: '3.2.0',
    complexity: 'O(log(N)) per member, N being the size of the sorted set',
    summary: 'Adds members with positions to a sorted set, or moves those it has.',
    syntax: 'key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]',
    run(call, args) {
      const options = { nx: false, xx: false, gt: false, lt: false, ch: false, incr: false };
      let first = 2;
      for (; first < args.length; first++) {
        const word = args[first]!.toLowerCase();
        if (word === 'nx') options.nx = true;
        else if (word === 'xx') options.xx = true;
        else if (word === 'ch') options.ch = true;
        else break;
      }
      if ((args.length - first) % 3 !== 0 || (options.nx && options.xx)) throw syntaxError;
      const scores: number[] = [];
      for (let i = first; i < args.length; i += 3) scores.push(scoreOf(readPosition(args, i)));
      if (scores.length === 0) throw syntaxError;
      addMembers(call, args, scores, first + 2, 3, options);
    },
  },
];
