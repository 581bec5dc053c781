/** All operations. */
import { holdOperations } from './hold.ts';
import { moveTaskOperations } from './move-tasks.ts';
import { permissionOperations } from './permissions.ts';
import { queueOperations } from './queues.ts';
import { receiveMessage } from './receive.ts';
import type { QueueOperation } from './row.ts';
import { sendOperations } from './send.ts';
import { tagOperations } from './tags.ts';

export const allOperations: readonly QueueOperation[] = [
  ...queueOperations,
  ...sendOperations,
  receiveMessage,
  ...holdOperations,
  ...tagOperations,
  ...permissionOperations,
  ...moveTaskOperations,
];
