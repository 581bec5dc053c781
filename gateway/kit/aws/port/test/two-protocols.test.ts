/** A service with a definition for each of two protocols: what a request speaks decides which one answers. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AwsServiceDefinition } from '../../definition.ts';
import { ServiceRegistry } from '../registry.ts';
import { type Fixture, jsonDefinition, openFixture, send, signHead } from './fixture.ts';

const queryDefinition: AwsServiceDefinition = {
  ...jsonDefinition,
  protocol: 'query',
  queryVersion: '2014-11-01',
  schemas: { ...jsonDefinition.schemas, xmlNamespace: 'http://kms.example/' },
};

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture({ definitions: [withoutTarget(queryDefinition)] });
});
afterAll(() => fixture.close());

function withoutTarget({ targetPrefix: _, ...definition }: AwsServiceDefinition): AwsServiceDefinition {
  return definition;
}

function ask(path: string, body: string, sent: Record<string, string>) {
  const payloadHash = createHash('sha256').update(body).digest('hex');
  const { headers } = signHead({ method: 'POST', path, service: 'kms', headers: sent, payloadHash });
  return send(fixture.tcpPort, { method: 'POST', target: path, headers, body });
}

const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
const json = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.Echo' };

test('a form is answered as a form, also on a path of its own', async () => {
  for (const path of ['/', '/000000000000/q']) {
    const answer = await ask(path, 'Action=Echo&Text=hi', form);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<EchoResult><Text>hi</Text></EchoResult>');
  }
  const refused = await ask('/', 'Action=Nothing', form);
  expect(refused.text).toContain('<Code>InvalidAction</Code>');
});

test('JSON is answered as JSON, whatever its type says', async () => {
  for (const headers of [json, { ...json, ...form }]) {
    const answer = await ask('/', '{"Text":"hi"}', headers);
    expect([answer.status, answer.text]).toEqual([200, '{"Text":"hi"}']);
  }
});

test('two definitions of one protocol are a mistake', () => {
  for (const one of [jsonDefinition, queryDefinition])
    expect(() => new ServiceRegistry([one, withoutTarget(one)])).toThrow('kms is declared twice');
});
