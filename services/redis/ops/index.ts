/** All commands. */
import type { CommandRow } from '../engine/command.ts';
import { connectionCommands } from './connection.ts';
import { evalCommands } from './eval.ts';
import { fcallCommands } from './fcall.ts';
import { functionCommands } from './function.ts';
import { getCommands } from './get.ts';
import { keyCommands } from './keys.ts';
import { scriptCommands } from './script.ts';

export const commands: readonly CommandRow[] = [
  ...connectionCommands,
  ...evalCommands,
  ...fcallCommands,
  ...functionCommands,
  ...getCommands,
  ...keyCommands,
  ...scriptCommands,
];
