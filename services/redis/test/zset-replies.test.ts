/** Answers of sorted sets in both versions of the protocol. */
import { beforeEach, expect, test } from 'vitest';
import { connect, type EngineClient, openEngine } from './support/engine-harness.ts';

let client: EngineClient;
beforeEach(() => {
  client = connect(openEngine(false));
  client.run('zadd', 'key', '1', 'a', '2.5', 'b');
});

/** The answer of the same command in RESP2 and RESP3, on one line each. */
function answers(...words: string[]): [string, string] {
  const lines: string[] = [];
  for (const version of [2, 3] as const) {
    client.output.resp = version;
    lines.push(
      client
        .run(...words)
        .trimEnd()
        .replaceAll('\r\n', ' '),
    );
  }
  return lines as [string, string];
}

test.each([
  ['zscore key b', '$3 2.5', ',2.5'],
  ['zscore key none', '$-1', '_'],
  ['zmscore key a none', '*2 $1 1 $-1', '*2 ,1 _'],
  ['zrange key 0 -1', '*2 $1 a $1 b', '*2 $1 a $1 b'],
  ['zrange key 0 -1 withscores', '*4 $1 a $1 1 $1 b $3 2.5', '*2 *2 $1 a ,1 *2 $1 b ,2.5'],
  ['zrevrangebyscore key +inf 2 withscores', '*2 $1 b $3 2.5', '*1 *2 $1 b ,2.5'],
  ['zunion 1 key withscores', '*4 $1 a $1 1 $1 b $3 2.5', '*2 *2 $1 a ,1 *2 $1 b ,2.5'],
  ['zrandmember key 9 withscores', '*4 $1 a $1 1 $1 b $3 2.5', '*2 *2 $1 a ,1 *2 $1 b ,2.5'],
  ['zrandmember none', '$-1', '_'],
  ['zrandmember none 1', '*0', '*0'],
  ['zrank key b', ':1', ':1'],
  ['zrank key b withscore', '*2 :1 $3 2.5', '*2 :1 ,2.5'],
  ['zrevrank key b WITHSCORE', '*2 :0 $3 2.5', '*2 :0 ,2.5'],
  ['zrank key none withscore', '*-1', '_'],
  ['zrank key none', '$-1', '_'],
  ['zincrby key 0 b', '$3 2.5', ',2.5'],
  ['zadd key nx incr 1 a', '$-1', '_'],
  ['zscan key 0', '*2 $1 0 *4 $1 a $1 1 $1 b $3 2.5', '*2 $1 0 *4 $1 a $1 1 $1 b $3 2.5'],
  ['zmpop 1 none min', '*-1', '_'],
  ['geopos none a', '*1 *-1', '*1 _'],
  ['geohash none a', '*1 $-1', '*1 _'],
])('%s', (command, resp2, resp3) => {
  expect(answers(...command.split(' '))).toEqual([resp2, resp3]);
});

test.each([
  ['zpopmin key', '*2 $1 a $1 1', '*2 $1 b ,2.5'],
  ['zpopmax key', '*2 $1 b $3 2.5', '*2 $1 a ,1'],
  ['zpopmin key 1', '*2 $1 a $1 1', '*1 *2 $1 b ,2.5'],
  ['zmpop 1 key min count 1', '*2 $3 key *1 *2 $1 a $1 1', '*2 $3 key *1 *2 $1 b ,2.5'],
  ['bzpopmin key 0', '*3 $3 key $1 a $1 1', '*3 $3 key $1 b ,2.5'],
])('%s, once in each', (command, resp2, resp3) => {
  expect(answers(...command.split(' '))).toEqual([resp2, resp3]);
});

test('positions have all their digits in RESP2 and are doubles in RESP3', () => {
  client.run('geoadd', 'geo', '13.361389', '38.115556', 'Palermo');
  expect(answers('geopos', 'geo', 'Palermo')).toEqual([
    '*1 *2 $20 13.36138933897018433 $20 38.11555639549629859',
    '*1 *2 ,13.361389338970184 ,38.1155563954963',
  ]);
  expect(
    answers('geosearch', 'geo', 'frommember', 'Palermo', 'byradius', '1', 'm', 'withdist', 'withhash'),
  ).toEqual(['*1 *3 $7 Palermo $6 0.0000 :3479099956230698', '*1 *3 $7 Palermo $6 0.0000 :3479099956230698']);
});

test.each([
  ['zrank key a b', 'syntax error'],
  ['zrank key a withscore b', "wrong number of arguments for 'zrank' command"],
  ['zadd key nx gt 1 a', 'GT, LT, and/or NX options at the same time are not compatible'],
  ['zadd key 1', "wrong number of arguments for 'zadd' command"],
  ['zadd key ch 1', 'syntax error'],
  ['zincrby key nan a', 'value is not a valid float'],
])('%s is refused', (command, message) => {
  expect(client.run(...command.split(' '))).toBe(`-ERR ${message}\r\n`);
});
