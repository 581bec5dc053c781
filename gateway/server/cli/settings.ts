import { callerFolder } from '../boot/caller-folder.ts';
import { type LoadedSettings, loadSettings } from '../config/load.ts';
import type { Flags } from './main.ts';

/** Settings of a command and the folder that its relative paths start from. @throws ConfigError */
export function commandSettings(flags: Flags): {
  readonly settings: LoadedSettings;
  readonly folder: string;
} {
  const folder = callerFolder(process.env, process.cwd());
  return { settings: loadSettings({ flags, env: process.env, folder }), folder };
}
