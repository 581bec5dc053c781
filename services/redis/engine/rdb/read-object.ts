/** Reads the value in a payload, in any form that redis-server 5.0 to 7.2 writes and older ones that it still reads. */
import { FormatError } from '@hypergate/kit/bytes';
import { parseFloatStrict } from '../numbers.ts';
import type { Value } from '../value.ts';
import type { RdbTarget } from './collections.ts';
import { readIntset, readListpack, readZiplist, readZipmap } from './packed.ts';
import type { RdbReader } from './rdb-reader.ts';
import { rdbTypes } from './rdb-types.ts';
import { readStreamObject } from './stream-reader.ts';

/** @throws FormatError */
export function readObject(type: number, from: RdbReader, target: RdbTarget): Value {
  switch (type) {
    case rdbTypes.string:
      return from.text();
    case rdbTypes.list:
      return target.makeList(some(texts(from, 1)));
    case rdbTypes.listZiplist:
      return target.makeList(some(readZiplist(from.blob())));
    case rdbTypes.listQuicklist:
      return target.makeList(some(readQuicklist(from)));
    case rdbTypes.listQuicklist2:
      return target.makeList(some(readQuicklist2(from)));
    case rdbTypes.set:
      return target.makeSet(distinct(texts(from, 1)));
    case rdbTypes.setIntset:
      return target.makeSet(distinct(readIntset(from.blob())));
    case rdbTypes.setListpack:
      return target.makeSet(distinct(readListpack(from.blob())));
    case rdbTypes.hash:
      return target.makeHash(fieldPairs(texts(from, 2)));
    case rdbTypes.hashZipmap:
      return target.makeHash(fieldPairs(readZipmap(from.blob())));
    case rdbTypes.hashZiplist:
      return target.makeHash(fieldPairs(readZiplist(from.blob())));
    case rdbTypes.hashListpack:
      return target.makeHash(fieldPairs(readListpack(from.blob())));
    case rdbTypes.zset:
    case rdbTypes.zsetText:
      return target.makeZset(readZset(from, type === rdbTypes.zset));
    case rdbTypes.zsetZiplist:
      return target.makeZset(scorePairs(readZiplist(from.blob())));
    case rdbTypes.zsetListpack:
      return target.makeZset(scorePairs(readListpack(from.blob())));
    case rdbTypes.stream1:
    case rdbTypes.stream2:
    case rdbTypes.stream3:
      return readStreamObject(type, from);
    default:
      throw new FormatError(`a value of the unknown type ${type}`);
  }
}

/** @param each strings for each that is counted */
function texts(from: RdbReader, each: number): string[] {
  const count = from.count() * each;
  const found: string[] = [];
  for (let i = 0; i < count; i++) found.push(from.text());
  return found;
}

function readQuicklist(from: RdbReader): string[] {
  let found: string[] = [];
  for (let left = from.count(); left > 0; left--) found = joined(found, readZiplist(from.blob()));
  return found;
}

/** A node of a quicklist2 is one element by itself. */
const plainNode = 1;
const packedNode = 2;

function readQuicklist2(from: RdbReader): string[] {
  let found: string[] = [];
  for (let left = from.count(); left > 0; left--) {
    const form = from.number();
    if (form === plainNode) found.push(from.text());
    else if (form === packedNode) found = joined(found, readListpack(from.blob()));
    else throw new FormatError('a node of a list has an unknown form');
  }
  return found;
}

function joined(first: string[], second: readonly string[]): string[] {
  if (first.length === 0) return [...second];
  for (const text of second) first.push(text);
  return first;
}

function readZset(from: RdbReader, binary: boolean): [string, number][] {
  const pairs: [string, number][] = [];
  for (let left = from.count(); left > 0; left--) {
    const member = from.text();
    pairs.push([member, checkedScore(binary ? from.f64() : readTextScore(from))]);
  }
  distinct(pairs.map(([member]) => member));
  return pairs;
}

/** Lengths of a score's text that stand for a score. */
const minusInfinity = 255;
const plusInfinity = 254;
const notANumber = 253;

function readTextScore(from: RdbReader): number {
  const length = from.u8();
  if (length === minusInfinity) return Number.NEGATIVE_INFINITY;
  if (length === plusInfinity) return Number.POSITIVE_INFINITY;
  if (length === notANumber) return Number.NaN;
  return textScore(from.raw(length).latin1Slice());
}

function textScore(text: string): number {
  const score = parseFloatStrict(text);
  if (score === undefined) throw new FormatError('a score is no number');
  return score;
}

function checkedScore(score: number): number {
  if (Number.isNaN(score)) throw new FormatError('a score is no number');
  return score;
}

function fieldPairs(words: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i < words.length; i += 2) pairs.push([words[i]!, pairOf(words, i)]);
  distinct(pairs.map(([field]) => field));
  return pairs;
}

function scorePairs(words: readonly string[]): [string, number][] {
  const pairs: [string, number][] = [];
  for (let i = 0; i < words.length; i += 2) pairs.push([words[i]!, textScore(pairOf(words, i))]);
  distinct(pairs.map(([member]) => member));
  return pairs;
}

function pairOf(words: readonly string[], at: number): string {
  const second = words[at + 1];
  if (second === undefined) throw new FormatError('one of a pair is missing');
  return second;
}

function some<T>(items: readonly T[]): readonly T[] {
  if (items.length === 0) throw new FormatError('a collection is empty');
  return items;
}

function distinct(items: readonly string[]): readonly string[] {
  if (new Set(some(items)).size !== items.length) throw new FormatError('a member is there twice');
  return items;
}
