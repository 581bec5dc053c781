/** Commands on strings, bitmaps and HyperLogLogs. */
import type { CommandRow } from '../engine/command.ts';
import { appendCommands } from './append.ts';
import { bitCountCommands } from './bitcount.ts';
import { bitFieldCommands } from './bitfield.ts';
import { bitOpCommands } from './bitop.ts';
import { bitPosCommands } from './bitpos.ts';
import { getCommands } from './get.ts';
import { incrCommands } from './incr.ts';
import { incrByFloatCommands } from './incrbyfloat.ts';
import { lcsCommands } from './lcs.ts';
import { msetCommands } from './mset.ts';
import { pfaddCommands } from './pfadd.ts';
import { pfdebugCommands } from './pfdebug.ts';
import { setCommands } from './set.ts';
import { setBitCommands } from './setbit.ts';

export const stringCommands: readonly CommandRow[] = [
  ...appendCommands,
  ...bitCountCommands,
  ...bitFieldCommands,
  ...bitOpCommands,
  ...bitPosCommands,
  ...getCommands,
  ...incrCommands,
  ...incrByFloatCommands,
  ...lcsCommands,
  ...msetCommands,
  ...pfaddCommands,
  ...pfdebugCommands,
  ...setCommands,
  ...setBitCommands,
];
