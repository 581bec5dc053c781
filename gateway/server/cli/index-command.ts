/** `hypergate index rebuild` and `index compare`, on the data directory of a stopped gateway, under its lock. */
import { maintainIndex } from '../index-maintenance.ts';
import type { Flags } from './main.ts';
import { commandSettings } from './settings.ts';

export async function runIndexCommand(action: 'rebuild' | 'compare', flags: Flags): Promise<void> {
  const result = await maintainIndex(action, commandSettings(flags), (line) =>
    process.stdout.write(`${line}\n`),
  );
  process.stdout.write(`${result.sentence}\n`);
  if (!result.good) process.exitCode = 1;
}
