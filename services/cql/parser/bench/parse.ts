/** What statements of the usual kinds take to parse, in time of the processor. Run it with `node services/cql/parser/bench/parse.ts`. */
import { parse, StatementCache } from '../index.ts';

const statements: Readonly<Record<string, string>> = {
  'INSERT of 7 values':
    "INSERT INTO ks.users (id, name, email, age, created, tags, prefs) VALUES (550e8400-e29b-41d4-a716-446655440000, 'Ada', 'ada@example.org', 36, 1700000000000, {'x', 'y'}, {'theme': 'dark'}) USING TTL 86400",
  'INSERT of 7 markers':
    'INSERT INTO ks.users (id, name, email, age, created, tags, prefs) VALUES (?, ?, ?, ?, ?, ?, ?)',
  'SELECT with 3 restrictions':
    'SELECT id, name, email FROM ks.users WHERE id = ? AND created >= ? AND created < ? LIMIT 100',
  'UPDATE of 3 columns':
    "UPDATE ks.users SET name = 'Ada', age = 37, visits = visits + 1 WHERE id = ? IF EXISTS",
  'CREATE TABLE of 6 columns':
    "CREATE TABLE ks.users (id uuid, created timestamp, name text, age int, tags set<text>, prefs map<text, frozen<list<int>>>, PRIMARY KEY ((id), created)) WITH CLUSTERING ORDER BY (created DESC) AND comment = 'x'",
};

const rounds = 7;
const perRound = 20_000;

function microseconds(run: () => void): { median: number; best: number } {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage();
    for (let count = 0; count < perRound; count++) run();
    times.push(process.cpuUsage(start).user / perRound);
  }
  times.sort((a, b) => a - b);
  return { median: times[rounds >> 1]!, best: times[0]! };
}

function report(name: string, run: () => void): void {
  const { median, best } = microseconds(run);
  console.log(`${name.padEnd(30)} ${median.toFixed(2)} us median, ${best.toFixed(2)} us best of ${rounds}`);
}

for (const [name, text] of Object.entries(statements)) report(name, () => void parse(text));
const cache = new StatementCache(1 << 20);
report('any, from the cache', () => void cache.parse(statements['SELECT with 3 restrictions']!));
