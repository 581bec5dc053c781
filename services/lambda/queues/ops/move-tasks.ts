/** Tasks that move messages out of dead-letter queues: there are none here. */
import { queueError } from '../errors.ts';
import type { QueueOperation } from './row.ts';

const refused = (name: string): QueueOperation => ({
  name,
  resources: () => [],
  operate: async () => {
    throw queueError(
      'UnsupportedOperation',
      `${name} is not available: receive messages and send them where they belong.`,
    );
  },
});

export const moveTaskOperations: readonly QueueOperation[] = [
  refused('StartMessageMoveTask'),
  refused('CancelMessageMoveTask'),
  refused('ListMessageMoveTasks'),
];
