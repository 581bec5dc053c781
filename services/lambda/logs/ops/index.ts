/** Every operation of CloudWatch Logs that is built. */
import type { LogOperation } from '../operation.ts';
import { groupOperations } from './groups.ts';
import { putLogEvents } from './put.ts';
import { readOperations } from './read.ts';
import { streamOperations } from './streams.ts';
import { tagOperations } from './tags.ts';

export const logOperations: readonly LogOperation[] = [
  ...groupOperations,
  ...streamOperations,
  putLogEvents,
  ...readOperations,
  ...tagOperations,
];
