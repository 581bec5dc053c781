/** Commands on sets. */
import type { CommandRow } from '../engine/command.ts';
import { saddCommands } from './sadd.ts';
import { sinterCommands } from './sinter.ts';
import { smembersCommands } from './smembers.ts';
import { spopCommands } from './spop.ts';
import { sscanCommands } from './sscan.ts';

export const setTypeCommands: readonly CommandRow[] = [
  ...saddCommands,
  ...sinterCommands,
  ...smembersCommands,
  ...spopCommands,
  ...sscanCommands,
];
