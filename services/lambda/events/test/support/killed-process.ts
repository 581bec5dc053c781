/** A process that accepts events and is killed, or that finds what another one left: `killed-process.ts FOLDER ACCEPTED RUNNING`. Speaks over IPC. */
import { targetOf } from '../../../invoke/test/support/world.ts';
import { createQueues } from '../../../queues/index.ts';
import { eventsTable } from '../../event-table.ts';
import { createEventQueue } from '../../index.ts';
import { openDisk } from './disk.ts';
import { ModelInvoker } from './model-invoker.ts';

export interface Said {
  /** Request ids, in the order in which the function got them. */
  readonly running?: readonly string[];
  readonly left?: number;
}

const [folder = '', count = '0', runningMax = '0'] = process.argv.slice(2);
const { base, node, close } = await openDisk(folder);
const target = targetOf();
const invoker = new ModelInvoker();
const running: string[] = [];
const expected = Number(runningMax);
const isAllRunning = Promise.withResolvers<void>();
invoker.fate = ({ requestId }) => {
  running.push(requestId);
  if (running.length === expected) isAllRunning.resolve();
  return 'hang';
};
const events = createEventQueue({
  base,
  node,
  invoker,
  queues: createQueues(base),
  functions: { resolve: async () => target, access: async () => ({ arn: target.invokedArn }) },
});
events.start();
const { account, region } = target.function;
for (let at = 0; at < Number(count); at += 1)
  await events.put({
    scope: { account, region },
    functionName: 'hello',
    qualifier: undefined,
    requestId: `request-${at}`,
    payload: Buffer.from('{}'),
    traceId: 'Root=1-5759e988-bd862e3fe1be46a994272793',
  });
await isAllRunning.promise;
const say = (said: Said) => process.send?.(said);
say({ running });
process.once('message', () => {
  invoker.release();
  events
    .stop(new AbortController().signal)
    .then(async () => {
      say({ left: (await base.domain.scan(eventsTable, Buffer.alloc(0), {})).length });
      await close();
      process.disconnect();
    })
    .catch((error: unknown) => {
      throw error;
    });
});
