/** All commands. */
import type { CommandRow } from '../engine/command.ts';
import { appendCommands } from './append.ts';
import { bitCountCommands } from './bitcount.ts';
import { bitFieldCommands } from './bitfield.ts';
import { bitOpCommands } from './bitop.ts';
import { bitPosCommands } from './bitpos.ts';
import { bzpopCommands } from './bzpop.ts';
import { configCommands } from './config.ts';
import { connectionCommands } from './connection.ts';
import { copyCommands } from './copy.ts';
import { debugCommands } from './debug.ts';
import { dumpCommands } from './dump.ts';
import { expireCommands } from './expire.ts';
import { flushCommands } from './flush.ts';
import { geoaddCommands } from './geoadd.ts';
import { geoposCommands } from './geopos.ts';
import { geosearchCommands } from './geosearch.ts';
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
import { incrCommands } from './incr.ts';
import { incrByFloatCommands } from './incrbyfloat.ts';
import { keyCommands } from './keys.ts';
import { lcsCommands } from './lcs.ts';
import { lindexCommands } from './lindex.ts';
import { lmoveCommands } from './lmove.ts';
import { lpopCommands } from './lpop.ts';
import { lposCommands } from './lpos.ts';
import { lpushCommands } from './lpush.ts';
import { lrangeCommands } from './lrange.ts';
import { lremCommands } from './lrem.ts';
import { msetCommands } from './mset.ts';
import { objectCommands } from './object.ts';
import { pfaddCommands } from './pfadd.ts';
import { pfdebugCommands } from './pfdebug.ts';
import { renameCommands } from './rename.ts';
import { saddCommands } from './sadd.ts';
import { scanCommands } from './scan.ts';
import { setCommands } from './set.ts';
import { setBitCommands } from './setbit.ts';
import { sinterCommands } from './sinter.ts';
import { smembersCommands } from './smembers.ts';
import { sortCommands } from './sort.ts';
import { spopCommands } from './spop.ts';
import { sscanCommands } from './sscan.ts';
import { ttlCommands } from './ttl.ts';
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
import { zaddCommands } from './zadd.ts';
import { zcountCommands } from './zcount.ts';
import { zpopCommands } from './zpop.ts';
import { zrandmemberCommands } from './zrandmember.ts';
import { zrangeCommands } from './zrange.ts';
import { zremCommands } from './zrem.ts';
import { zscanCommands } from './zscan.ts';
import { zscoreCommands } from './zscore.ts';
import { zunionCommands } from './zunion.ts';

export const commands: readonly CommandRow[] = [
  ...appendCommands,
  ...bitCountCommands,
  ...bitFieldCommands,
  ...bitOpCommands,
  ...bitPosCommands,
  ...bzpopCommands,
  ...configCommands,
  ...connectionCommands,
  ...copyCommands,
  ...debugCommands,
  ...dumpCommands,
  ...expireCommands,
  ...flushCommands,
  ...geoaddCommands,
  ...geoposCommands,
  ...geosearchCommands,
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
  ...incrCommands,
  ...incrByFloatCommands,
  ...keyCommands,
  ...lcsCommands,
  ...lindexCommands,
  ...lmoveCommands,
  ...lpopCommands,
  ...lposCommands,
  ...lpushCommands,
  ...lrangeCommands,
  ...lremCommands,
  ...msetCommands,
  ...objectCommands,
  ...pfaddCommands,
  ...pfdebugCommands,
  ...renameCommands,
  ...saddCommands,
  ...scanCommands,
  ...setCommands,
  ...setBitCommands,
  ...sinterCommands,
  ...smembersCommands,
  ...sortCommands,
  ...spopCommands,
  ...sscanCommands,
  ...ttlCommands,
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
  ...zaddCommands,
  ...zcountCommands,
  ...zpopCommands,
  ...zrandmemberCommands,
  ...zrangeCommands,
  ...zremCommands,
  ...zscanCommands,
  ...zscoreCommands,
  ...zunionCommands,
];
