/** `hypergate mpc …` as its users call it: each party a process of its own, and a gateway that keeps what they signed. */
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@hypergate/node/sim/ports';
import { beforeEach, describe, expect, test } from 'vitest';
import { createProgram } from '../cli/main.ts';
import { run, start } from './gateway-process.ts';
import { temporaryFolder } from './temporary.ts';

const source = `
import type { u32 } from 'hypergate:mpc';
export default function main(alice: { bid: u32 }, bob: { bid: u32 }) {
  return { all: { aliceWins: alice.bid >= bob.bid }, bob: { sum: alice.bid + bob.bid } };
}
`;

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder, 'auction.mpc.ts'), source);
});

const mpc = (...args: readonly string[]) => run(['mpc', ...args], { cwd: folder });

/** Keys of alice and bob, and the file of their session. */
async function meet(changes: Readonly<Record<string, unknown>> = {}, name = 'session.json'): Promise<void> {
  const [alice, bob] = await Promise.all(
    ['alice', 'bob'].map(async (party) => (await mpc('identity', `${party}.key`)).out.trim()),
  );
  const address = `127.0.0.1:${await freePort()}`;
  const parties = [
    { name: 'alice', key: alice, address },
    { name: 'bob', key: bob },
  ];
  const file = { name: 'auction-1', level: 'semi-honest', parties, ...changes };
  await writeFile(join(folder, name), JSON.stringify(file));
}

const party = (name: string, ...args: readonly string[]) =>
  mpc(
    'run',
    'auction.mpc.ts',
    '--session',
    'session.json',
    '--as',
    name,
    '--identity',
    `${name}.key`,
    ...args,
  );

test('identity makes a key once, which only its owner reads, and prints the public one', async () => {
  const first = await mpc('identity', 'alice.key');
  expect(first).toMatchObject({ code: 0, error: '' });
  expect(first.out).toMatch(/^10[0-9a-f]{64}\n$/);
  expect(await mpc('identity', 'alice.key')).toEqual(first);
  expect((await stat(join(folder, 'alice.key'))).mode & 0o777).toBe(0o600);
  await chmod(join(folder, 'alice.key'), 0o640);
  expect(await mpc('identity', 'alice.key')).toMatchObject({ code: 2, out: '' });
});

test('compile says what the circuit is, and its encoding is the same program', async () => {
  const { code, out, error } = await mpc('compile', 'auction.mpc.ts', '--out', 'auction.circuit');
  expect([code, error]).toEqual([0, '']);
  expect(out).toMatch(
    /^commitment 01[0-9a-f]{64}\n\d+ AND of \d+ gates in \d+ layers\nalice gives bid: u32\n/,
  );
  expect(out).toContain('bob learns sum: u32');
  const again = await mpc('compile', 'auction.circuit', '--json');
  expect(out).toContain(JSON.parse(again.out).commitment);
});

test('a circuit goes out and in as Bristol', async () => {
  await mpc('compile', 'auction.mpc.ts', '--bristol', 'auction.txt');
  expect(await readFile(join(folder, 'auction.txt'), 'utf8')).toMatch(/^\d+ \d+\n2 32 32\n2 1 32\n/);
  const ports = ['--input', 'ann.a', '--input', 'ben.b', '--output', 'wins=ann', '--output', 'sum=ann,ben'];
  const imported = await mpc('import', 'auction.txt', 'again.circuit', ...ports);
  expect(imported).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^commitment 01[0-9a-f]{64}\n$/),
    error: '',
  });
  const { out } = await mpc('test', 'again.circuit', '--input', 'ann.a=3', '--input', 'ben.b=4');
  expect(JSON.parse(out)).toEqual({ ann: { wins: 0, sum: 7 }, ben: { sum: 7 } });
  await writeFile(join(folder, 'bad.txt'), '1 3\n2 1 1\n1 1\n\n2 1 0 9 2 AND\n');
  const bad = await mpc(
    'import',
    'bad.txt',
    'bad.circuit',
    '--input',
    'a.x',
    '--input',
    'b.y',
    '--output',
    'z=a',
  );
  expect(bad).toMatchObject({ code: 2, error: expect.stringMatching(/^hypergate: bad\.txt: .*line 5/) });
});

test('test runs a program on known inputs', async () => {
  const { code, out } = await mpc('test', 'auction.mpc.ts', '--input', 'alice.bid=7', '--input', 'bob.bid=5');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({ alice: { aliceWins: true }, bob: { aliceWins: true, sum: 12 } });
});

describe('run', () => {
  test.each(['semi-honest', 'malicious'])('gives each party its outputs: %s', async (level) => {
    await meet({ level });
    await writeFile(join(folder, 'bob.json'), '{"bid": 4000000000}');
    const [alice, bob] = await Promise.all([
      party('alice', '--input', 'bid=300000000', '--receipt', 'a.json'),
      party('bob', '--inputs', 'bob.json', '--receipt', 'b.json'),
    ]);
    expect([alice.code, bob.code]).toEqual([0, 0]);
    expect(JSON.parse(alice.out)).toEqual({ aliceWins: false });
    expect(JSON.parse(bob.out)).toEqual({ aliceWins: false, sum: (300000000 + 4000000000) % 2 ** 32 });
    expect(alice.error).toMatch(/^computation [0-9a-f]{64}\ntranscript [0-9a-f]{64}\n$/);
    expect(bob.error).toBe(alice.error);
    const receipt = await readFile(join(folder, 'a.json'), 'utf8');
    expect(await readFile(join(folder, 'b.json'), 'utf8')).toBe(receipt);
    expect(receipt).not.toMatch(/300000000|4000000000|5032704/);
    const verified = await mpc('verify', 'a.json', '--program', 'auction.mpc.ts');
    expect(JSON.parse(verified.out)).toMatchObject({ level, run: 0 });
    await writeFile(join(folder, 'a.json'), receipt.replace('"run": 0', '"run": 1'));
    expect(await mpc('verify', 'a.json')).toMatchObject({ code: 1, out: '' });
  });

  test('a receipt that cannot be written takes no output along', async () => {
    await meet();
    const [alice, bob] = await Promise.all([
      party('alice', '--input', 'bid=1', '--receipt', 'none/a.json'),
      party('bob', '--input', 'bid=2'),
    ]);
    expect([alice.code, bob.code]).toEqual([1, 0]);
    expect(JSON.parse(alice.out)).toEqual({ aliceWins: false });
    expect(alice.error).toMatch(/none\/a\.json cannot be written/);
  });

  test('with keys refuses the level that gives them away, before anyone is spoken to', async () => {
    await meet({ keys: true });
    const { code, out, error } = await party('bob', '--input', 'bid=1');
    expect([code, out]).toEqual([1, '']);
    expect(error).toMatch(/^hypergate: nothing was computed \(refused\): .*weaker/);
  });

  test('ends for both when the programs differ, or another key speaks for a party', async () => {
    await meet();
    await writeFile(join(folder, 'other.mpc.ts'), source.replace('>=', '>'));
    const other = mpc(
      ...['run', 'other.mpc.ts', '--session', 'session.json', '--as', 'bob', '--identity', 'bob.key'],
      ...['--input', 'bid=1'],
    );
    const ended = await Promise.all([party('alice', '--input', 'bid=1', '--wait', '20'), other]);
    for (const { code, out, error } of ended) {
      expect([code, out]).toEqual([1, '']);
      expect(error).toMatch(/nothing was computed \((?:disagreement|peer-aborted)\)/);
    }
    const stranger = await mpc(
      ...['run', 'auction.mpc.ts', '--session', 'session.json', '--as', 'bob', '--identity', 'alice.key'],
      ...['--input', 'bid=1'],
    );
    expect(stranger).toMatchObject({ code: 2, error: 'hypergate: the identity is not that of bob\n' });
  });

  test('a wrong call is one line and 2', async () => {
    await meet();
    await writeFile(join(folder, 'bad.json'), '{"name": "x"}');
    const strangers = (await readFile(join(folder, 'session.json'), 'utf8')).replace('"alice"', '"ann"');
    await writeFile(join(folder, 'strangers.json'), strangers);
    const bad = [
      'run',
      'auction.mpc.ts',
      '--as',
      'bob',
      '--identity',
      'bob.key',
      '--input',
      'bid=1',
      '--session',
    ];
    const cases: [readonly string[], RegExp][] = [
      [['bob.key', 'bad.json'], /too many arguments/],
      [['bad.json'], /bad\.json: level: /],
      [['strangers.json'], /alice of the program is no party of the session/],
      [['none.json'], /none\.json cannot be read/],
      [['session.json', '--input', 'bid=-1'], /bob\.bid: out of the range of u32/],
      [['session.json', '--input', 'wage=1'], /there is no input "wage"/],
      [['session.json', '--as', 'carol'], /carol|no party/],
    ];
    for (const [args, line] of cases) {
      const { code, out, error } = await mpc(...bad, ...args);
      expect([code === 0, out], args.join(' ')).toEqual([false, '']);
      expect(error.trimEnd(), args.join(' ')).toMatch(line);
      expect(error.trimEnd().split('\n'), args.join(' ')).toHaveLength(1);
    }
  });

  test('a source with an error names the place', async () => {
    await writeFile(
      join(folder, 'auction.mpc.ts'),
      source.replace('alice.bid >= bob.bid', 'alice.bid >= bob.bit'),
    );
    const { code, error } = await mpc('compile', 'auction.mpc.ts');
    expect(code).toBe(2);
    expect(error).toMatch(/^hypergate: auction\.mpc\.ts:4:\d+: .*bit/);
  });
});

test('record has a gateway keep the circuit and the receipt, and they are proven', async () => {
  await meet();
  await Promise.all([
    party('alice', '--input', 'bid=3', '--receipt', 'a.json'),
    party('bob', '--input', 'bid=2', '--receipt', 'b.json'),
  ]);
  const data = ['--data-dir', join(folder, 'data')];
  await start([...data, '--services', 'mpc', '--frame-interval', '1s']);
  const early = await mpc('record', 'b.json', ...data);
  expect(early).toMatchObject({ code: 1, out: '', error: expect.stringContaining('is not recorded') });
  const first = await mpc('record', 'a.json', '--program', 'auction.mpc.ts', ...data);
  expect([first.code, first.error]).toEqual([0, '']);
  expect(first.out).toMatch(/^mpc:\/\/computations\/[0-9a-f]{64}\n$/);
  const second = await mpc('record', 'b.json', ...data);
  expect(second).toEqual({ code: 0, out: first.out, error: 'it was recorded before\n' });
  const root = (await run(['trust-root', ...data])).out.trim();
  expect(await run(['prove', first.out.trim(), '--out', join(folder, 'p.json'), ...data])).toMatchObject({
    code: 0,
  });
  const checked = await run(['verify', join(folder, 'p.json'), '--trust-root', root]);
  expect(checked.code).toBe(0);
  expect(checked.out).toMatch(/^alice and bob signed that they computed the circuit 01[0-9a-f]{64} together/);
});

test('a gateway is a party by its own key, and keeps what all signed', async () => {
  const data = ['--data-dir', join(folder, 'data')];
  await start([...data, '--services', 'mpc', '--frame-interval', '1s']);
  const key = await mpc('key', ...data);
  expect(key.out).toMatch(/^10[0-9a-f]{64}\n$/);
  const bob = (await mpc('identity', 'bob.key')).out.trim();
  const parties = [
    { name: 'alice', key: key.out.trim(), address: `127.0.0.1:${await freePort()}` },
    { name: 'bob', key: bob },
  ];
  await writeFile(
    join(folder, 'session.json'),
    JSON.stringify({ name: 'one', level: 'malicious', keys: true, parties }),
  );
  const gateway = (...args: readonly string[]) =>
    mpc('run', 'auction.mpc.ts', '--session', 'session.json', '--as', 'alice', '--gateway', ...args, ...data);
  const [alice, other] = await Promise.all([
    gateway('--input', 'bid=30', '--receipt', 'a.json'),
    party('bob', '--input', 'bid=29', '--receipt', 'b.json'),
  ]);
  expect([alice.code, other.code, alice.error]).toEqual([0, 0, other.error]);
  expect([JSON.parse(alice.out), JSON.parse(other.out)]).toEqual([
    { aliceWins: true },
    { aliceWins: true, sum: 59 },
  ]);
  expect(await readFile(join(folder, 'a.json'), 'utf8')).toBe(await readFile(join(folder, 'b.json'), 'utf8'));
  // Nothing is left to record.
  expect(await mpc('record', 'b.json', ...data)).toMatchObject({
    code: 0,
    error: 'it was recorded before\n',
  });
  const alone = await gateway('--input', 'bid=1', '--wait', '1');
  expect(alone).toMatchObject({
    code: 1,
    out: '',
    error: expect.stringContaining('nothing was computed (timeout)'),
  });
  expect(await gateway('--input', 'bid=-1')).toMatchObject({ code: 1, out: '' });
  expect(await gateway('--identity', 'bob.key')).toMatchObject({ code: 2, out: '' });
});

test('the commands are in the help', () => {
  const command = createProgram().commands.find((each) => each.name() === 'mpc')!;
  expect(command.commands.map((each) => each.name())).toEqual([
    'identity',
    'compile',
    'import',
    'test',
    'key',
    'run',
    'fetch',
    'join',
    'verify',
    'record',
  ]);
});
