/** Queues themselves: made, found, listed, changed, emptied, deleted. */
import type { Call } from '@hypergate/kit';
import {
  checkAttributeNames,
  countNames,
  defaults,
  invalidAttribute,
  readAttributes,
  shownAttributes,
  unknownAttribute,
} from '../attributes.ts';
import { queueError, queueMissing } from '../errors.ts';
import { queueLimits } from '../limits.ts';
import { arnOf, checkNewName, isName, type QueueName, urlOf } from '../names.ts';
import type { QueueService } from '../queues.ts';
import { checkTarget } from '../redrive.ts';
import { placeOf } from '../store.ts';
import type { QueueRow } from '../tables.ts';
import { readToken, tokenOf } from './page.ts';
import {
  type Members,
  mapOf,
  numberWithin,
  onQueue,
  type QueueCall,
  type QueueOperation,
  requiredText,
  textOf,
  textsOf,
} from './row.ts';
import { checkTags } from './tags.ts';

/** Clients send their calls for a queue to where they found it. */
function originOf(sent: Call<Members>): string {
  return `${sent.secure === true ? 'https' : 'http'}://${sent.header('host') ?? 'localhost'}`;
}

const createQueue: QueueOperation = {
  name: 'CreateQueue',
  resources: ({ input, scope }) => [
    { arn: arnOf({ ...scope, name: String(input.QueueName) }), ownerAccountId: scope.account },
  ],
  async operate(call) {
    const { queues, scope, input, sent } = call;
    const name = { ...scope, name: requiredText(input, 'QueueName') };
    const { FifoQueue: fifo = 'false', ...given } = mapOf(input, 'Attributes');
    if (!/^(true|false)$/i.test(fifo)) throw invalidAttribute('FifoQueue');
    const isFifo = fifo.toLowerCase() === 'true';
    checkNewName(name.name, isFifo);
    const tags = checkTags(mapOf(input, 'tags'));
    const nowMs = queues.base.clock.now();
    const row: QueueRow = {
      ...name,
      id: Buffer.from(queues.base.random.bytes(16)).toString('hex'),
      createdMs: nowMs,
      modifiedMs: nowMs,
      isFifo,
      tags,
      ...defaults,
      ...readAttributes(given, isFifo),
    };
    const existing = await queues.store.get(name);
    if (existing === undefined) {
      await checkRedrive(queues, row);
      if (await queues.store.create(row)) return { QueueUrl: urlOf(originOf(sent), name) };
    }
    checkSame(given, row, (await queues.store.require(name)).row);
    return { QueueUrl: urlOf(originOf(sent), name) };
  },
};

/** Making a queue again is finding it, unless it was to be another. */
function checkSame(given: Readonly<Record<string, string>>, wanted: QueueRow, row: QueueRow): void {
  const [asked, have] = [shownAttributes(wanted), shownAttributes(row)];
  for (const name of Object.keys(given)) {
    if (asked[name] === have[name]) continue;
    throw queueError(
      'QueueNameExists',
      `A queue already exists with the same name and a different value for attribute ${name}`,
    );
  }
}

async function checkRedrive(queues: QueueService, row: QueueRow): Promise<void> {
  if (row.redrive === undefined) return;
  checkTarget(row, (await queues.store.find(row.redrive.targetArn))?.row);
}

const getQueueUrl: QueueOperation = {
  name: 'GetQueueUrl',
  resources: async (call) => [await call.queues.access(namedQueue(call))],
  async operate(call) {
    const name = namedQueue(call);
    await call.queues.store.require(name);
    return { QueueUrl: urlOf(originOf(call.sent), name) };
  },
};

function namedQueue({ input, scope }: QueueCall): QueueName {
  const name = requiredText(input, 'QueueName');
  const account = textOf(input, 'QueueOwnerAWSAccountId') ?? scope.account;
  if (!isName(name) || !/^\d{12}$/.test(account)) throw queueMissing();
  return { account, region: scope.region, name };
}

const listQueues: QueueOperation = {
  name: 'ListQueues',
  resources: ({ scope }) => [{ arn: arnOf({ ...scope, name: '*' }), ownerAccountId: scope.account }],
  async operate({ queues, scope, input, sent }) {
    const asked = numberWithin(input, 'MaxResults', 1, queueLimits.listMax);
    const limit = asked ?? queueLimits.listMax;
    const prefix = textOf(input, 'QueueNamePrefix') ?? '';
    const names = await queues.store.list(scope, prefix, readToken(input), limit + 1);
    const page = names.slice(0, limit);
    const origin = originOf(sent);
    return {
      ...(page.length === 0 ? {} : { QueueUrls: page.map((name) => urlOf(origin, { ...scope, name })) }),
      // Who asks for no pages gets none.
      ...(asked === undefined || names.length <= limit ? {} : { NextToken: tokenOf(page.at(-1)!) }),
    };
  },
};

const getQueueAttributes = onQueue('GetQueueAttributes', async ({ queues, input }, name) => {
  const asked = textsOf(input, 'AttributeNames');
  checkAttributeNames(asked);
  const { row } = await queues.store.require(name);
  const isAsked = (one: string) => asked.includes('All') || asked.includes(one);
  const attributes: Record<string, string> = shownAttributes(row);
  if (countNames.some(isAsked)) {
    const { visible, inFlight, delayed } = await queues.counts(name);
    attributes.ApproximateNumberOfMessages = String(visible);
    attributes.ApproximateNumberOfMessagesNotVisible = String(inFlight);
    attributes.ApproximateNumberOfMessagesDelayed = String(delayed);
  }
  const shown = Object.entries(attributes).filter(([one]) => isAsked(one));
  return shown.length === 0 ? {} : { Attributes: Object.fromEntries(shown) };
});

const setQueueAttributes = onQueue('SetQueueAttributes', async ({ queues, input }, name) => {
  const { FifoQueue: fifo, ...given } = mapOf(input, 'Attributes');
  await queues.store.change(name, async (row) => {
    // It can be said again, and never changed.
    if (fifo !== undefined && (!row.isFifo || fifo.toLowerCase() !== 'true'))
      throw unknownAttribute('FifoQueue');
    const { redrive, redriveAllow, policy, ...patch } = readAttributes(given, row.isFifo);
    const changed = { ...row, ...patch, modifiedMs: queues.base.clock.now() };
    // Empty texts take them away.
    if ('RedrivePolicy' in given) changed.redrive = redrive;
    if ('RedriveAllowPolicy' in given) changed.redriveAllow = redriveAllow;
    if ('Policy' in given) changed.policy = policy;
    if (redrive !== undefined) await checkRedrive(queues, changed as QueueRow);
    return changed as QueueRow;
  });
  return {};
});

const listDeadLetterSourceQueues = onQueue(
  'ListDeadLetterSourceQueues',
  async ({ queues, input, sent }, name) => {
    await queues.store.require(name);
    const asked = numberWithin(input, 'MaxResults', 1, queueLimits.listMax);
    const limit = asked ?? queueLimits.listMax;
    const found = await queues.store.sourcesOf(arnOf(name), readToken(input), limit + 1);
    const page = found.slice(0, limit);
    const origin = originOf(sent);
    return {
      queueUrls: page.map((one) => urlOf(origin, one)),
      ...(asked === undefined || found.length <= limit ? {} : { NextToken: tokenOf(placeOf(page.at(-1)!)) }),
    };
  },
);

export const queueOperations: readonly QueueOperation[] = [
  createQueue,
  getQueueUrl,
  listQueues,
  getQueueAttributes,
  setQueueAttributes,
  listDeadLetterSourceQueues,
  onQueue('DeleteQueue', async ({ queues }, name) => {
    await queues.delete(name);
    return {};
  }),
  onQueue('PurgeQueue', async ({ queues, sent }, name) => {
    await queues.purge(name, sent.signal);
    return {};
  }),
];
