/** Chains of functions over destinations, queues and other services' events come to an end (developer guide, "recursive loop detection"). */
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  eventOf,
  functionArn,
  type Gateway,
  openWorld,
  queueArn,
  scope,
  turn,
  type World,
} from '../events/test/support/world.ts';
import { continueTrace, lineageName } from '../invoke/lineage.ts';
import { ManualTimers } from '../invoke/test/support/world.ts';
import { createSources, type Sources } from '../sources/index.ts';
import { mappingRow } from '../sources/test/support/mapping.ts';
import { putMapping } from '../store/mappings.ts';
import { createTargets } from '../targets.ts';

let world: World;
let gateway: Gateway;
let sources: Sources;

beforeEach(async () => {
  world = await openWorld();
  await world.putFunction('a');
  await world.putFunction('b');
  gateway = world.boot();
  await gateway.events.serving;
  // Whoever does not stop is stopped here.
  gateway.invoker.fate = () => (gateway.invoker.calls.length > 60 ? 'hang' : 'answer');
  const { base, functions, queues, clock } = world;
  const { invoker } = gateway;
  sources = createSources({ base, functions, queues, invoker, timers: new ManualTimers(clock) });
});
afterEach(async () => {
  await sources.stop(AbortSignal.abort());
  await world.close();
});

const runsOf = (name: string): number =>
  gateway.invoker.calls.filter(
    ({ target, requestId }) => target.function.name === name && gateway.invoker.runs.has(requestId),
  ).length;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await turn();
}

test('two functions that are the destination of one another run sixteen times each', async () => {
  await world.configure('a', { onSuccess: functionArn('b') });
  await world.configure('b', { onSuccess: functionArn('a') });
  await gateway.events.put(eventOf('a'));
  await world.quiet();
  expect([runsOf('a'), runsOf('b')]).toEqual([16, 16]);
  expect(await world.left()).toEqual([]);
});

test('what is stopped goes to a queue of failures, and to no function that might go on with it', async () => {
  await world.putQueue('dead');
  await world.putFunction('a', { deadLetterTargetArn: queueArn('dead') });
  await world.configure('a', { onSuccess: functionArn('a'), onFailure: functionArn('b') });
  await world.configure('b', { onSuccess: functionArn('a') });
  await gateway.events.put(eventOf('a'));
  await world.quiet();
  expect([runsOf('a'), runsOf('b')]).toEqual([16, 0]);
  expect(await world.messages('dead')).toHaveLength(1);
});

test('a function that writes to the queue that calls it runs sixteen times, and its message goes to the dead-letter queue', async () => {
  await world.putQueue('dead');
  await world.putQueue('q', { redrive: { targetArn: queueArn('dead'), maxReceiveCount: 1, text: '' } });
  // As the SDK inside of it does, it passes its trace on.
  gateway.invoker.answer = ({ target, traceId }) => {
    const traceHeader = continueTrace(traceId, lineageName(target.function.id), target);
    void world.queues.send(queueArn('q'), [{ body: 'again', senderId: 'a', traceHeader }]);
    return Buffer.from('{}');
  };
  const row = mappingRow({}, { functionName: 'a' });
  await world.base.tables.transact([putMapping(world.base, row, 'any')]);
  await sources.flush();
  await world.queues.send(queueArn('q'), [{ body: 'first', senderId: 'sender' }]);
  const dead: unknown[] = [];
  await until(async () => {
    world.clock.ms += 1000;
    await world.queues.look();
    dead.push(...(await world.messages('dead')));
    return dead.length > 0 || gateway.invoker.calls.length > 60;
  });
  expect(runsOf('a')).toBe(16);
});

test('messages of one batch that are no loop are not kept from the function', async () => {
  await world.putQueue('q');
  const traceHeader = `Root=1-2-3;Lineage=${lineageName('id-a')}:16`;
  await world.queues.send(queueArn('q'), [
    { body: 'loop', senderId: 'sender', traceHeader },
    { body: 'other', senderId: 'sender' },
  ]);
  const row = mappingRow({}, { functionName: 'a' });
  await world.base.tables.transact([putMapping(world.base, row, 'any')]);
  await sources.flush();
  await until(() => runsOf('a') > 0);
  expect(Buffer.from(gateway.invoker.calls[0]!.payload).toString()).not.toContain('"loop"');
});

test('events of other services carry on the chain that led to them', async () => {
  const statement = { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Resource: '*' };
  await world.putFunction(
    'a',
    {},
    {
      policies: {
        '': {
          revisionId: 'r',
          statements: [{ ...statement, Sid: 's', Action: 'lambda:InvokeFunction' } as never],
        },
      },
    },
  );
  await world.putQueue('q', {
    policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ ...statement, Action: 'sqs:SendMessage' }],
    }),
  });
  const { base, functions, queues } = world;
  const targets = createTargets({ base, functions, queues, events: gateway.events });
  const traceId = 'Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=0a1b2c3d:7';
  const event = {
    id: 'one',
    sourceArn: 'arn:aws:s3:::photos',
    sourceAccount: scope.account,
    principal: 's3.amazonaws.com',
    traceId,
    body: Buffer.from('{}'),
  };
  expect(await targets.deliver(functionArn('a'), event)).toBe('delivered');
  expect(await targets.deliver(queueArn('q'), event)).toBe('delivered');
  await world.quiet();
  expect(gateway.invoker.calls[0]?.traceId).toBe(traceId);
  const [message] = await queues.receive(queueArn('q'), { max: 1, waitMs: 0 });
  expect(message?.system.AWSTraceHeader).toBe(traceId);
});
