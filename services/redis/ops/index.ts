/** All commands. */
import type { CommandRow } from '../engine/command.ts';
import { connectionCommands } from './connection.ts';
import { dumpCommands } from './dump.ts';
import { getCommands } from './get.ts';
import { keyCommands } from './keys.ts';
import { xackCommands } from './xack.ts';
import { xaddCommands } from './xadd.ts';
import { xclaimCommands } from './xclaim.ts';
import { xdelCommands } from './xdel.ts';
import { xgroupCommands } from './xgroup.ts';
import { xinfoCommands } from './xinfo.ts';
import { xpendingCommands } from './xpending.ts';
import { xrangeCommands } from './xrange.ts';
import { xreadCommands } from './xread.ts';
import { xsetidCommands } from './xsetid.ts';
import { xtrimCommands } from './xtrim.ts';

export const commands: readonly CommandRow[] = [
  ...connectionCommands,
  ...dumpCommands,
  ...getCommands,
  ...keyCommands,
  ...xackCommands,
  ...xaddCommands,
  ...xclaimCommands,
  ...xdelCommands,
  ...xgroupCommands,
  ...xinfoCommands,
  ...xpendingCommands,
  ...xrangeCommands,
  ...xreadCommands,
  ...xsetidCommands,
  ...xtrimCommands,
];
