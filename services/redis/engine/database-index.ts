/** Numbers of databases in arguments. */
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';
import { notInteger, RedisError } from './errors.ts';
import { parseInteger } from './numbers.ts';

const noSuchDatabase = new RedisError('ERR DB index is out of range');
const intMax = 2 ** 31 - 1;
const intMin = -(2 ** 31);
const notInt = new RedisError(`ERR value is out of range, value must between ${intMin} and ${intMax}`);

/** The database of a number in an argument. @throws RedisError */
export function parseDatabase(engine: Engine, text: string): Database {
  return databaseAt(engine, parseIndex(text));
}

/**
 * A number in an argument that may be a database's.
 * @param malformed thrown when it is no 32-bit integer; without it, the errors of Redis' own parser
 * @throws RedisError
 */
export function parseIndex(text: string, malformed?: RedisError): number {
  const index = parseInteger(text);
  if (index === undefined) throw malformed ?? notInteger;
  if (index > intMax || index < intMin) throw malformed ?? notInt;
  return Number(index);
}

/** @throws RedisError there is no such database */
export function databaseAt(engine: Engine, index: number): Database {
  const db = engine.databases[index];
  if (db === undefined) throw noSuchDatabase;
  return db;
}
