/** All commands. */
import type { CommandRow } from '../engine/command.ts';
import { connectionCommands } from './connection.ts';
import { keyCommands } from './keys.ts';
import { setTypeCommands } from './set-commands.ts';
import { stringCommands } from './string-commands.ts';

export const commands: readonly CommandRow[] = [
  ...connectionCommands,
  ...keyCommands,
  ...setTypeCommands,
  ...stringCommands,
];
