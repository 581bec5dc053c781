/** All commands. */
import type { CommandRow } from '../engine/command.ts';
import { aclCommands } from './acl.ts';
import { authCommands } from './auth.ts';
import { clientCommands } from './client.ts';
import { configCommands } from './config.ts';
import { connectionCommands } from './connection.ts';
import { getCommands } from './get.ts';
import { keyCommands } from './keys.ts';
import { monitorCommands } from './monitor.ts';
import { transactionCommands } from './multi.ts';
import { publishCommands } from './publish.ts';
import { subscribeCommands } from './subscribe.ts';

export const commands: readonly CommandRow[] = [
  ...aclCommands,
  ...authCommands,
  ...clientCommands,
  ...configCommands,
  ...connectionCommands,
  ...getCommands,
  ...keyCommands,
  ...monitorCommands,
  ...publishCommands,
  ...subscribeCommands,
  ...transactionCommands,
];
