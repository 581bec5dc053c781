/** Events of other services reach functions and queues whose policies let them. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  account,
  functionArn,
  type Gateway,
  openWorld,
  queueArn,
  region,
  type World,
} from '../events/test/support/world.ts';
import { createTargets } from '../targets.ts';

let world: World;
let gateway: Gateway;
let targets: ReturnType<typeof createTargets>;
const from = {
  sourceArn: 'arn:aws:s3:::photos',
  sourceAccount: account,
  principal: 's3.amazonaws.com',
};
const event = { ...from, id: 'one', body: Buffer.from('{"Records":[]}') };
const statement = (resource: string, more: Record<string, unknown> = {}) => ({
  Sid: 's',
  Effect: 'Allow',
  Principal: { Service: 's3.amazonaws.com' },
  Action: resource.includes(':sqs:') ? 'sqs:SendMessage' : 'lambda:InvokeFunction',
  Resource: resource,
  ...more,
});
const policy = (...statements: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });
const setPolicy = (text: string) =>
  world.queues.store.change({ account, region, name: 'q' }, (row) => ({ ...row, policy: text }));
const permit = (more: Record<string, unknown> = {}) =>
  world.putFunction(
    'hello',
    {},
    {
      policies: {
        '': { revisionId: 'r', statements: [statement(functionArn('hello'), more) as never] },
      },
    },
  );

beforeEach(async () => {
  world = await openWorld();
  await world.putFunction('hello');
  await world.putQueue('q');
  gateway = world.boot();
  await gateway.events.serving;
  const { base, functions, queues } = world;
  targets = createTargets({ base, functions, queues, events: gateway.events });
});
afterEach(() => world.close());

test('without a policy that names the service nothing is allowed, in the same account too', async () => {
  for (const arn of [functionArn('hello'), queueArn('q')]) {
    expect(await targets.check(arn, from)).toBe('forbidden');
    expect(await targets.deliver(arn, event)).toBe('gone');
  }
  await permit({ Principal: { Service: 'sns.amazonaws.com' } });
  expect(await targets.check(functionArn('hello'), from)).toBe('forbidden');
});

test('what is not there is absent, and FIFO queues and topics are no targets', async () => {
  const sqs = `arn:aws:sqs:${region}:${account}`;
  for (const arn of [
    functionArn('none'),
    `${sqs}:none`,
    `${sqs}:q.fifo`,
    'arn:aws:sns:eu-central-1:1:t',
    'x',
  ])
    expect(await targets.check(arn, from)).toBe('absent');
});

test('conditions on the source are asked', async () => {
  const conditions = {
    ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::photos' },
    StringEquals: { 'AWS:SourceAccount': account },
  };
  await permit({ Condition: conditions });
  const arn = functionArn('hello');
  expect(await targets.check(arn, from)).toBe('ok');
  expect(await targets.check(arn, { ...from, sourceArn: 'arn:aws:s3:::other' })).toBe('forbidden');
  expect(await targets.check(arn, { ...from, sourceAccount: '999999999999' })).toBe('forbidden');
});

test('a Deny refuses, whether it names the service, everybody, or all but others', async () => {
  const arn = queueArn('q');
  const allow = statement(arn);
  for (const denied of [
    { Principal: { Service: ['s3.amazonaws.com'] } },
    { Principal: '*' },
    { Principal: undefined, NotPrincipal: { Service: 'sns.amazonaws.com' } },
  ]) {
    await setPolicy(policy(allow, statement(arn, { Effect: 'Deny', ...denied })));
    expect(await targets.check(arn, from)).toBe('forbidden');
  }
  const spared = { Effect: 'Deny', Principal: undefined, NotPrincipal: { Service: 's3.amazonaws.com' } };
  await setPolicy(policy(allow, statement(arn, spared)));
  expect(await targets.check(arn, from)).toBe('ok');
});

test('a policy that cannot be read allows nothing', async () => {
  for (const text of ['{', policy({ ...statement(queueArn('q')), Condition: { Nonsense: { a: 'b' } } })]) {
    await setPolicy(text);
    expect(await targets.check(queueArn('q'), from)).toBe('forbidden');
  }
});

test('an event is delivered once within an hour, however often it is sent', async () => {
  await permit();
  await setPolicy(policy(statement(queueArn('q'))));
  for (let count = 0; count < 3; count += 1)
    for (const arn of [functionArn('hello'), queueArn('q')])
      expect(await targets.deliver(arn, event)).toBe('delivered');
  await targets.deliver(functionArn('hello'), { ...event, sourceArn: 'arn:aws:s3:::other' });
  await world.quiet();
  expect(gateway.invoker.calls.map(({ payload }) => Buffer.from(payload).toString())).toEqual([
    '{"Records":[]}',
    '{"Records":[]}',
  ]);
  expect((await world.messages('q')).map(({ body }) => body)).toEqual(['{"Records":[]}']);
});

test('what would be refused every time is gone; what may go later is thrown', async () => {
  await setPolicy(policy(statement(queueArn('q'))));
  expect(await targets.deliver(queueArn('q'), { ...event, body: Buffer.alloc(1_100_000, 'x') })).toBe('gone');
  await permit();
  await gateway.events.stop(AbortSignal.abort());
  await expect(targets.deliver(functionArn('hello'), event)).rejects.toMatchObject({
    code: 'ServiceException',
  });
});
