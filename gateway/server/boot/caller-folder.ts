import { dirname } from 'node:path';

/**
 * Folder the user called from. npm runs a script in the package's folder and leaves the user's own in INIT_CWD; both
 * variables are inherited by everything below an npm script, so they count only while the working folder is still npm's.
 */
export function callerFolder(
  env: Readonly<Record<string, string | undefined>>,
  workingFolder: string,
): string {
  const { INIT_CWD: called, npm_package_json: manifest } = env;
  if (!called || !manifest) return workingFolder;
  return dirname(manifest) === workingFolder ? called : workingFolder;
}
