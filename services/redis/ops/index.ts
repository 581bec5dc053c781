/** All commands. */
import type { CommandRow } from '../engine/command.ts';
import { connectionCommands } from './connection.ts';
import { getCommands } from './get.ts';
import { keyCommands } from './keys.ts';

export const commands: readonly CommandRow[] = [...connectionCommands, ...getCommands, ...keyCommands];
