/** Positions, distances and units in the words of the GEO commands. */
import { RedisError } from '../engine/errors.ts';
import { metresIn } from '../model/geo-distance.ts';
import { latitudeMax, longitudeMax, type Position } from '../model/geohash.ts';
import { readScore } from './zset-arguments.ts';

const badUnit = new RedisError('ERR unsupported unit provided. please use M, KM, FT, MI');

/** Longitude at `at`, latitude after it. @throws RedisError */
export function readPosition(args: readonly string[], at: number): Position {
  const longitude = readScore(args[at]!);
  const latitude = readScore(args[at + 1]!);
  if (Math.abs(longitude) > longitudeMax || Math.abs(latitude) > latitudeMax) {
    throw new RedisError(
      `ERR invalid longitude,latitude pair ${sixDigits(longitude)},${sixDigits(latitude)}`,
    );
  }
  return { longitude, latitude };
}

/** @returns metres in the unit @throws RedisError */
export function readUnit(text: string): number {
  const metres = metresIn(text);
  if (metres === undefined) throw badUnit;
  return metres;
}

/** As C prints a double with %f. */
function sixDigits(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Math.abs(value) < 1e21 ? value.toFixed(6) : `${BigInt(value)}.000000`;
}
