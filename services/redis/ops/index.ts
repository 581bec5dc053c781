/** All commands. */
import type { CommandRow } from '../engine/command.ts';
import { aclCommands } from './acl.ts';
import { authCommands } from './auth.ts';
import { clientCommands } from './client.ts';
import { clusterCommands } from './cluster.ts';
import { commandCommands } from './command.ts';
import { configCommands } from './config.ts';
import { connectionCommands } from './connection.ts';
import { copyCommands } from './copy.ts';
import { debugCommands } from './debug.ts';
import { expireCommands } from './expire.ts';
import { flushCommands } from './flush.ts';
import { getCommands } from './get.ts';
import { infoCommands } from './info.ts';
import { keyCommands } from './keys.ts';
import { latencyCommands } from './latency.ts';
import { lolwutCommands } from './lolwut.ts';
import { memoryCommands } from './memory.ts';
import { moduleCommands } from './module.ts';
import { monitorCommands } from './monitor.ts';
import { transactionCommands } from './multi.ts';
import { objectCommands } from './object.ts';
import { publishCommands } from './publish.ts';
import { renameCommands } from './rename.ts';
import { replicationCommands } from './replication.ts';
import { scanCommands } from './scan.ts';
import { serverCommands } from './server.ts';
import { shutdownCommands } from './shutdown.ts';
import { slowlogCommands } from './slowlog.ts';
import { sortCommands } from './sort.ts';
import { subscribeCommands } from './subscribe.ts';
import { ttlCommands } from './ttl.ts';
import { waitCommands } from './wait.ts';

export const commands: readonly CommandRow[] = [
  ...aclCommands,
  ...authCommands,
  ...clientCommands,
  ...clusterCommands,
  ...commandCommands,
  ...configCommands,
  ...connectionCommands,
  ...copyCommands,
  ...debugCommands,
  ...expireCommands,
  ...flushCommands,
  ...getCommands,
  ...infoCommands,
  ...keyCommands,
  ...latencyCommands,
  ...lolwutCommands,
  ...memoryCommands,
  ...moduleCommands,
  ...monitorCommands,
  ...objectCommands,
  ...publishCommands,
  ...renameCommands,
  ...replicationCommands,
  ...scanCommands,
  ...serverCommands,
  ...shutdownCommands,
  ...slowlogCommands,
  ...sortCommands,
  ...subscribeCommands,
  ...transactionCommands,
  ...ttlCommands,
  ...waitCommands,
];
