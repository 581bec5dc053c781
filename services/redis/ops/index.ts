/** All commands. */
import type { CommandRow } from '../engine/command.ts';
import { configCommands } from './config.ts';
import { connectionCommands } from './connection.ts';
import { dumpCommands } from './dump.ts';
import { getCommands } from './get.ts';
import { hdelCommands } from './hdel.ts';
import { hexpireCommands } from './hexpire.ts';
import { hgetCommands } from './hget.ts';
import { hgetallCommands } from './hgetall.ts';
import { hincrbyCommands } from './hincrby.ts';
import { hrandfieldCommands } from './hrandfield.ts';
import { hscanCommands } from './hscan.ts';
import { hsetCommands } from './hset.ts';
import { httlCommands } from './httl.ts';
import { keyCommands } from './keys.ts';
import { lindexCommands } from './lindex.ts';
import { lmoveCommands } from './lmove.ts';
import { lpopCommands } from './lpop.ts';
import { lposCommands } from './lpos.ts';
import { lpushCommands } from './lpush.ts';
import { lrangeCommands } from './lrange.ts';
import { lremCommands } from './lrem.ts';
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
  ...configCommands,
  ...connectionCommands,
  ...dumpCommands,
  ...getCommands,
  ...hdelCommands,
  ...hexpireCommands,
  ...hgetCommands,
  ...hgetallCommands,
  ...hincrbyCommands,
  ...hrandfieldCommands,
  ...hscanCommands,
  ...hsetCommands,
  ...httlCommands,
  ...keyCommands,
  ...lindexCommands,
  ...lmoveCommands,
  ...lpopCommands,
  ...lposCommands,
  ...lpushCommands,
  ...lrangeCommands,
  ...lremCommands,
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
