/** All commands. */
import type { CommandRow } from '../engine/command.ts';
import { configCommands } from './config.ts';
import { connectionCommands } from './connection.ts';
import { copyCommands } from './copy.ts';
import { debugCommands } from './debug.ts';
import { expireCommands } from './expire.ts';
import { flushCommands } from './flush.ts';
import { getCommands } from './get.ts';
import { keyCommands } from './keys.ts';
import { objectCommands } from './object.ts';
import { renameCommands } from './rename.ts';
import { scanCommands } from './scan.ts';
import { sortCommands } from './sort.ts';
import { ttlCommands } from './ttl.ts';

export const commands: readonly CommandRow[] = [
  ...configCommands,
  ...connectionCommands,
  ...copyCommands,
  ...debugCommands,
  ...expireCommands,
  ...flushCommands,
  ...getCommands,
  ...keyCommands,
  ...objectCommands,
  ...renameCommands,
  ...scanCommands,
  ...sortCommands,
  ...ttlCommands,
];
