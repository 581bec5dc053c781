import { afterEach, expect, test } from 'vitest';
import { emptySha256 } from '../../sigv4/index.ts';
import { type Fixture, openFixture, send, signHead } from './fixture.ts';

const fixtures: Fixture[] = [];
afterEach(async () => {
  for (const fixture of fixtures.splice(0)) await fixture.close();
});

async function open(responseHeaders?: () => Readonly<Record<string, string>>): Promise<Fixture> {
  const fixture = await openFixture({ port: { responseHeaders } });
  fixtures.push(fixture);
  return fixture;
}

function ask(fixture: Fixture, method: string, path: string) {
  const signed = signHead({ method, path, payloadHash: emptySha256 });
  return send(fixture.tcpPort, { method, target: path, headers: signed.headers });
}

test('every answer carries the headers of its own moment: success, error, HEAD, stream, refused signature', async () => {
  let number = 0;
  const fixture = await open(() => ({ 'x-hypergate-frame': String((number += 1)) }));
  const answers = [
    await ask(fixture, 'PUT', '/bucket/key'),
    await ask(fixture, 'GET', '/bucket/key'),
    await ask(fixture, 'HEAD', '/bucket/key'),
    await ask(fixture, 'GET', '/bucket/nothing'),
    await send(fixture.tcpPort, { method: 'HEAD', target: '/bucket/key' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 404, 403]);
  expect(answers.map(({ headers }) => headers['x-hypergate-frame'])).toEqual(['1', '2', '3', '4', '5']);
});

test('no headers are added when there are none', async () => {
  for (const fixture of [await open(), await open(() => ({}))]) {
    const answer = await ask(fixture, 'PUT', '/bucket/key');
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.headers)).not.toContain('x-hypergate-frame');
  }
});
