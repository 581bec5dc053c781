/** `hypergate mpc fetch` and `join`: people who take part in a computation of a circuit that somebody's gateway has. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort } from '@hypergate/node/sim/ports';
import { expect, onTestFinished, test } from 'vitest';
import { run, start } from './gateway-process.ts';
import { temporaryFolder } from './temporary.ts';

const source = `
import type { u32 } from 'hypergate:mpc';
export default function main(alice: { bid: u32 }, bob: { bid: u32 }) {
  return { all: { aliceWins: alice.bid >= bob.bid } };
}
`;

test('parties who have only the commitment take part in it with its source from the gateway', async () => {
  const folder = await temporaryFolder();
  const mpc = (...args: readonly string[]) => run(['mpc', ...args], { cwd: folder });
  const data = ['--data-dir', join(folder, 'data')];
  const { adminEndpoint } = await start([...data, '--services', 'mpc']);
  const answer = await fetch(`${adminEndpoint}/circuits/compile`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ source }),
  });
  const { commitment } = ((await answer.json()) as { circuit: { commitment: string } }).circuit;
  expect(await mpc('fetch', commitment, 'auction.mpc.ts', ...data)).toMatchObject({ code: 0, error: '' });
  expect(await readFile(join(folder, 'auction.mpc.ts'), 'utf8')).toBe(source);
  const [alice, bob] = await Promise.all(['a.key', 'b.key'].map((file) => mpc('identity', file)));
  const parties = [
    { name: 'alice', key: alice!.out.trim(), address: `127.0.0.1:${await freePort()}` },
    { name: 'bob', key: bob!.out.trim() },
  ];
  await writeFile(join(folder, 's.json'), JSON.stringify({ name: 'one', level: 'semi-honest', parties }));
  const session = (as: string, bid: number) => [
    ...['--session', 's.json', '--as', as, '--identity', `${as[0]}.key`, '--input', `bid=${bid}`],
  ];
  const [joined, ran] = await Promise.all([
    mpc('join', commitment, ...session('alice', 4), ...data),
    mpc('run', 'auction.mpc.ts', ...session('bob', 3)),
  ]);
  expect([joined.code, ran.code, JSON.parse(joined.out), JSON.parse(ran.out)]).toEqual([
    ...[0, 0, { aliceWins: true }, { aliceWins: true }],
  ]);
  const unknown = await mpc('join', `01${'0'.repeat(64)}`, ...session('bob', 1), ...data);
  expect(unknown).toMatchObject({ code: 1, out: '', error: 'hypergate: there is no such circuit\n' });
  expect(await mpc('fetch', 'auction', 'x.mpc.ts', ...data)).toMatchObject({ code: 2, out: '' });
});

test('a gateway that has another source under a commitment is not believed', async () => {
  const folder = await temporaryFolder();
  const commitment = `01${'ab'.repeat(32)}`;
  const body = {
    ...{ commitment, parties: ['alice', 'bob'], ands: 1, gates: 1, layers: 1, createdMs: 5 },
    ...{ inputs: [], outputs: [], source },
  };
  const server = createServer((_, response) => void response.end(JSON.stringify(body)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  const data = ['--data-dir', join(folder, 'data'), '--admin-port', String(port)];
  const refused = await run(['mpc', 'fetch', commitment, 'auction.mpc.ts', ...data], { cwd: folder });
  expect(refused).toMatchObject({
    code: 1,
    error: 'hypergate: the source of the gateway gives another circuit\n',
  });
});
