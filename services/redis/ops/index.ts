/** All commands. */
import type { CommandRow } from '../engine/command.ts';
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
import { objectCommands } from './object.ts';
import { renameCommands } from './rename.ts';
import { replicationCommands } from './replication.ts';
import { scanCommands } from './scan.ts';
import { serverCommands } from './server.ts';
import { shutdownCommands } from './shutdown.ts';
import { slowlogCommands } from './slowlog.ts';
import { sortCommands } from './sort.ts';
import { ttlCommands } from './ttl.ts';
import { waitCommands } from './wait.ts';

export const commands: readonly CommandRow[] = [
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
  ...replicationCommands,
  ...serverCommands,
  ...shutdownCommands,
  ...slowlogCommands,
  ...waitCommands,
  ...objectCommands,
  ...renameCommands,
  ...scanCommands,
  ...sortCommands,
  ...ttlCommands,
];
