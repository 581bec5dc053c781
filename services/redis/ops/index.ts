/** All commands. */
import type { CommandRow } from '../engine/command.ts';
import { configCommands } from './config.ts';
import { connectionCommands } from './connection.ts';
import { getCommands } from './get.ts';
import { keyCommands } from './keys.ts';

export const commands: readonly CommandRow[] = [
  ...configCommands,
  ...connectionCommands,
  ...getCommands,
  ...keyCommands,
];
