/** Which packages of the gateway's node_modules functions find: the AWS SDK, and what it needs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Functions get these; what they need comes along. */
const offered = (name: string) =>
  /^@aws-sdk\/(?:client-|lib-|s3-request-presigner|credential-providers|rds-signer)/.test(name);

/** @param folder a node_modules @returns names of packages in it, sorted */
export function sdkPackages(folder: string): readonly string[] {
  if (!existsSync(join(folder, '@aws-sdk'))) return [];
  const found = new Set<string>();
  const open = readdirSync(join(folder, '@aws-sdk'))
    .map((name) => `@aws-sdk/${name}`)
    .filter(offered);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    const manifest = join(folder, name, 'package.json');
    // Packages that stand inside of their only user come with it.
    if (!existsSync(manifest)) continue;
    found.add(name);
    const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    open.push(...Object.keys(dependencies));
  }
  return [...found].sort();
}

/** Whole scopes where all of it is the SDK's: fewer mounts. */
export function sdkFolders(packages: readonly string[]): readonly string[] {
  return [...new Set(packages.map((name) => name.replace(/^(@aws-sdk|@aws-crypto|@smithy)\/.*/, '$1')))];
}
