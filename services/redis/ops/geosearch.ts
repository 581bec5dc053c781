/** GEOSEARCH and GEOSEARCHSTORE, and the older GEORADIUS and GEORADIUSBYMEMBER. */
import type { Call } from '../engine/call.ts';
import { type CommandRow, type KeySpec, keysAt, oneKey } from '../engine/command.ts';
import { Dict } from '../engine/dict.ts';
import { zsetToStore } from '../engine/types/zset-encoding.ts';
import { scoreInterval } from '../engine/types/zset-range.ts';
import type { ZsetValue } from '../engine/types/zset-value.ts';
import { coveringCells, distanceWithin, type GeoShape } from '../model/geo-area.ts';
import { distanceText } from '../model/geo-distance.ts';
import { cellScores, type Position, positionOf } from '../model/geohash.ts';
import { type GeoForm, type GeoRequest, readGeoRequest } from './geo-request.ts';
import { writePosition } from './geopos.ts';
import { storeResult } from './zset-reply.ts';

interface Point {
  readonly member: string;
  readonly score: number;
  readonly position: Position;
  readonly metres: number;
}

/** Members within the shape: cell by cell, and in the order of scores within a cell. @param most 0 for all */
function findPoints(zset: ZsetValue, shape: GeoShape, most: number): Point[] {
  const points: Point[] = [];
  for (const cell of coveringCells(shape)) {
    const { min, max } = cellScores(cell);
    const { from, to } = scoreInterval(zset, { min, minExclusive: false, max, maxExclusive: true });
    if (from === to) continue;
    const cursor = zset.at(from);
    for (let i = from; i < to; i++) {
      const { score } = cursor;
      const position = positionOf(score);
      const metres = distanceWithin(shape, position);
      if (metres !== undefined) {
        points.push({ member: cursor.member, score, position, metres });
        if (points.length === most) return points;
      }
      cursor.forward();
    }
  }
  return points;
}

function search(call: Call, args: readonly string[], form: GeoForm): void {
  const zset = call.db.readCollection(args[form.keyAt]!, 'zset') as ZsetValue | undefined;
  const request = readGeoRequest(args, form, zset);
  const { shape, count, order } = request;
  let points: Point[] = [];
  if (zset !== undefined && shape !== undefined) points = findPoints(zset, shape, request.any ? count : 0);
  if (order === 'asc') points.sort((a, b) => a.metres - b.metres);
  else if (order === 'desc') points.sort((a, b) => b.metres - a.metres);
  if (count > 0 && points.length > count) points.length = count;
  if (request.storeKey === undefined) answer(call, points, request);
  else store(call, request.storeKey, points, request, form);
}

function answer(call: Call, points: readonly Point[], request: GeoRequest): void {
  const { reply } = call;
  const { withDistance, withHash, withPosition } = request;
  const extras = Number(withDistance) + Number(withHash) + Number(withPosition);
  reply.array(points.length);
  for (const { member, score, position, metres } of points) {
    if (extras > 0) reply.array(extras + 1);
    reply.bulk(member);
    if (withDistance) reply.bulk(distanceText(metres / request.unitMetres));
    if (withHash) reply.integer(Math.trunc(score));
    if (withPosition) writePosition(reply, position);
  }
}

function store(call: Call, key: string, points: readonly Point[], request: GeoRequest, form: GeoForm): void {
  const scores = new Dict<number>();
  for (const { member, score, metres } of points) {
    scores.set(member, request.storeDistance ? metres / request.unitMetres : score);
  }
  const event = form.words === 'search' ? 'geosearchstore' : 'georadiusstore';
  storeResult(call, key, zsetToStore(scores, call.engine.config), event);
}

/** The key to search, and the one after the word STORE or STOREDIST, wherever in the options that is. */
function keyAndStore(optionsAt: number): KeySpec[] {
  const find = { lastKey: 0, step: 1, limit: 0 };
  return [
    keysAt(1, 0, 1, ['RO', 'access']),
    { flags: ['OW', 'update'], begin: { keyword: 'STORE', startFrom: optionsAt }, find },
    { flags: ['OW', 'update'], begin: { keyword: 'STOREDIST', startFrom: optionsAt }, find },
  ];
}

const searching = {
  flags: ['readonly'],
  categories: ['geo'],
  keys: oneKey('RO', 'access'),
  group: 'geo',
  complexity: 'O(N+log(M)) for N members in the cells around the area and M of the sorted set',
} as const;
const storingFlags = ['write', 'denyoom', 'movablekeys'] as const;

const from = '<FROMMEMBER member | FROMLONLAT longitude latitude>';
const unit = '<M | KM | FT | MI>';
const area = `<BYRADIUS radius ${unit} | BYBOX width height ${unit}>`;
const limit = '[COUNT count [ANY]]';
const extra = '[WITHCOORD] [WITHDIST] [WITHHASH]';
const storeIn = '[STORE key | STOREDIST key]';

export const geosearchCommands: CommandRow[] = [
  {
    ...searching,
    name: 'geosearch',
    arity: -7,
    since: '6.2.0',
    summary: 'Finds members in a circle or a rectangle.',
    syntax: `key ${from} ${area} [ASC | DESC] ${limit} ${extra}`,
    run: (call, args) => search(call, args, { words: 'search', keyAt: 1 }),
  },
  {
    ...searching,
    name: 'geosearchstore',
    arity: -8,
    flags: ['write', 'denyoom'],
    keys: [keysAt(1, 0, 1, ['OW', 'update']), keysAt(2, 0, 1, ['RO', 'access'])],
    since: '6.2.0',
    summary: 'Stores the members in a circle or a rectangle as another sorted set.',
    syntax: `destination source ${from} ${area} [ASC | DESC] ${limit} [STOREDIST]`,
    run: (call, args) => search(call, args, { words: 'search', keyAt: 2, storeFirst: true }),
  },
  {
    ...searching,
    name: 'georadius',
    arity: -6,
    flags: storingFlags,
    keys: keyAndStore(6),
    since: '3.2.0',
    summary: 'Finds members in a circle, or stores them.',
    syntax: `key longitude latitude radius ${unit} ${extra} ${limit} [ASC | DESC] ${storeIn}`,
    run: (call, args) => search(call, args, { words: 'radius', keyAt: 1, storeOptions: true }),
  },
  {
    ...searching,
    name: 'georadius_ro',
    arity: -6,
    since: '3.2.10',
    summary: 'Finds members in a circle.',
    syntax: `key longitude latitude radius ${unit} ${extra} ${limit} [ASC | DESC]`,
    run: (call, args) => search(call, args, { words: 'radius', keyAt: 1 }),
  },
  {
    ...searching,
    name: 'georadiusbymember',
    arity: -5,
    flags: storingFlags,
    keys: keyAndStore(5),
    since: '3.2.0',
    summary: 'Finds members in a circle around another, or stores them.',
    syntax: `key member radius ${unit} ${extra} ${limit} [ASC | DESC] ${storeIn}`,
    run: (call, args) => search(call, args, { words: 'member', keyAt: 1, storeOptions: true }),
  },
  {
    ...searching,
    name: 'georadiusbymember_ro',
    arity: -5,
    since: '3.2.10',
    summary: 'Finds members in a circle around another.',
    syntax: `key member radius ${unit} ${extra} ${limit} [ASC | DESC]`,
    run: (call, args) => search(call, args, { words: 'member', keyAt: 1 }),
  },
];
