/** All commands. */
import type { CommandRow } from '../engine/command.ts';
import { aclCommands } from './acl.ts';
import { appendCommands } from './append.ts';
import { authCommands } from './auth.ts';
import { bitCountCommands } from './bitcount.ts';
import { bitFieldCommands } from './bitfield.ts';
import { bitOpCommands } from './bitop.ts';
import { bitPosCommands } from './bitpos.ts';
import { bzpopCommands } from './bzpop.ts';
import { clientCommands } from './client.ts';
import { clusterCommands } from './cluster.ts';
import { commandCommands } from './command.ts';
import { configCommands } from './config.ts';
import { connectionCommands } from './connection.ts';
import { copyCommands } from './copy.ts';
import { debugCommands } from './debug.ts';
import { dumpCommands } from './dump.ts';
import { evalCommands } from './eval.ts';
import { expireCommands } from './expire.ts';
import { fcallCommands } from './fcall.ts';
import { flushCommands } from './flush.ts';
import { functionCommands } from './function.ts';
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
import { infoCommands } from './info.ts';
import { keyCommands } from './keys.ts';
import { latencyCommands } from './latency.ts';
import { lcsCommands } from './lcs.ts';
import { lindexCommands } from './lindex.ts';
import { lmoveCommands } from './lmove.ts';
import { lolwutCommands } from './lolwut.ts';
import { lpopCommands } from './lpop.ts';
import { lposCommands } from './lpos.ts';
import { lpushCommands } from './lpush.ts';
import { lrangeCommands } from './lrange.ts';
import { lremCommands } from './lrem.ts';
import { memoryCommands } from './memory.ts';
import { moduleCommands } from './module.ts';
import { monitorCommands } from './monitor.ts';
import { msetCommands } from './mset.ts';
import { transactionCommands } from './multi.ts';
import { objectCommands } from './object.ts';
import { pfaddCommands } from './pfadd.ts';
import { pfdebugCommands } from './pfdebug.ts';
import { publishCommands } from './publish.ts';
import { renameCommands } from './rename.ts';
import { replicationCommands } from './replication.ts';
import { saddCommands } from './sadd.ts';
import { scanCommands } from './scan.ts';
import { scriptCommands } from './script.ts';
import { serverCommands } from './server.ts';
import { setCommands } from './set.ts';
import { setBitCommands } from './setbit.ts';
import { shutdownCommands } from './shutdown.ts';
import { sinterCommands } from './sinter.ts';
import { slowlogCommands } from './slowlog.ts';
import { smembersCommands } from './smembers.ts';
import { sortCommands } from './sort.ts';
import { spopCommands } from './spop.ts';
import { sscanCommands } from './sscan.ts';
import { subscribeCommands } from './subscribe.ts';
import { ttlCommands } from './ttl.ts';
import { waitCommands } from './wait.ts';
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
  ...aclCommands,
  ...appendCommands,
  ...authCommands,
  ...bitCountCommands,
  ...bitFieldCommands,
  ...bitOpCommands,
  ...bitPosCommands,
  ...bzpopCommands,
  ...clientCommands,
  ...clusterCommands,
  ...commandCommands,
  ...configCommands,
  ...connectionCommands,
  ...copyCommands,
  ...debugCommands,
  ...dumpCommands,
  ...evalCommands,
  ...expireCommands,
  ...fcallCommands,
  ...flushCommands,
  ...functionCommands,
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
  ...infoCommands,
  ...keyCommands,
  ...latencyCommands,
  ...lcsCommands,
  ...lindexCommands,
  ...lmoveCommands,
  ...lolwutCommands,
  ...lpopCommands,
  ...lposCommands,
  ...lpushCommands,
  ...lrangeCommands,
  ...lremCommands,
  ...memoryCommands,
  ...moduleCommands,
  ...monitorCommands,
  ...msetCommands,
  ...transactionCommands,
  ...objectCommands,
  ...pfaddCommands,
  ...pfdebugCommands,
  ...publishCommands,
  ...renameCommands,
  ...replicationCommands,
  ...saddCommands,
  ...scanCommands,
  ...scriptCommands,
  ...serverCommands,
  ...setCommands,
  ...setBitCommands,
  ...shutdownCommands,
  ...sinterCommands,
  ...slowlogCommands,
  ...smembersCommands,
  ...sortCommands,
  ...spopCommands,
  ...sscanCommands,
  ...subscribeCommands,
  ...ttlCommands,
  ...waitCommands,
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
