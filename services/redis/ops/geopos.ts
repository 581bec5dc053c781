/** Positions of members and what lies between them: GEOPOS, GEOHASH, GEODIST. */
import { type CommandRow, oneKey } from '../engine/command.ts';
import { syntaxError } from '../engine/errors.ts';
import type { ZsetValue } from '../engine/types/zset-value.ts';
import { coordinateText, distance, distanceText } from '../model/geo-distance.ts';
import { geohashText, type Position, positionOf } from '../model/geohash.ts';
import type { ReplySink } from '../model/reply.ts';
import { readUnit } from './geo-arguments.ts';

/** RESP3 has doubles; RESP2 shows all digits there are. */
export function writePosition(reply: ReplySink, { longitude, latitude }: Position): void {
  reply.array(2);
  if (reply.resp === 3) {
    reply.double(longitude);
    reply.double(latitude);
  } else {
    reply.bulk(coordinateText(longitude));
    reply.bulk(coordinateText(latitude));
  }
}

const reading = {
  flags: ['readonly'],
  categories: ['geo'],
  keys: oneKey('RO', 'access'),
  group: 'geo',
  since: '3.2.0',
} as const;

export const geoposCommands: CommandRow[] = [
  {
    ...reading,
    name: 'geopos',
    arity: -2,
    complexity: 'O(N) for N members',
    summary: 'Gives the longitude and latitude of members.',
    syntax: 'key [member [member ...]]',
    run(call, args) {
      const { reply } = call;
      const zset = call.db.readCollection(args[1]!, 'zset') as ZsetValue | undefined;
      reply.array(args.length - 2);
      for (let i = 2; i < args.length; i++) {
        const score = zset?.score(args[i]!);
        if (score === undefined) reply.nullArray();
        else writePosition(reply, positionOf(score));
      }
    },
  },
  {
    ...reading,
    name: 'geohash',
    arity: -2,
    complexity: 'O(N) for N members',
    summary: 'Gives the positions of members as geohash texts of 11 characters.',
    syntax: 'key [member [member ...]]',
    run(call, args) {
      const { reply } = call;
      const zset = call.db.readCollection(args[1]!, 'zset') as ZsetValue | undefined;
      reply.array(args.length - 2);
      for (let i = 2; i < args.length; i++) {
        const score = zset?.score(args[i]!);
        if (score === undefined) reply.null();
        else reply.bulk(geohashText(positionOf(score)));
      }
    },
  },
  {
    ...reading,
    name: 'geodist',
    arity: -4,
    complexity: 'O(1)',
    summary: 'Gives the distance between two members.',
    syntax: 'key member1 member2 [M | KM | FT | MI]',
    run(call, args) {
      const { reply } = call;
      if (args.length > 5) throw syntaxError;
      const metres = args.length === 5 ? readUnit(args[4]!) : 1;
      const zset = call.db.readCollection(args[1]!, 'zset') as ZsetValue | undefined;
      const from = zset?.score(args[2]!);
      const to = zset?.score(args[3]!);
      if (from === undefined || to === undefined) reply.null();
      else reply.bulk(distanceText(distance(positionOf(from), positionOf(to)) / metres));
    },
  },
];
