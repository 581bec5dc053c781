/**
 * A cache is believed, and functions run from it: one that somebody else made, or may change, would have them run what he put there. That its parents
 * are sound is up to whoever chose the place.
 */
import { lstatSync, mkdirSync } from 'node:fs';

const writableByOthers = 0o022;

/** Makes it where it is not there. @throws Error with a sentence that says what to do */
export function requireOwn(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const own = process.geteuid?.();
  if (own === undefined) return;
  const flaw = !found.isDirectory()
    ? 'is no folder'
    : found.uid !== own
      ? 'belongs to another user'
      : (found.mode & writableByOthers) !== 0
        ? 'can be written by other users'
        : undefined;
  if (flaw !== undefined)
    throw new Error(
      `The cache of functions ${folder} ${flaw}: remove it, or choose another place with HYPERGATE_LAMBDA_CACHE_DIR.`,
    );
}
