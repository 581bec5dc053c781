/** `npm run build:verifier [-- FOLDER]`: writes verifier.js, `gateway/verifier/dist` unless told otherwise, and prints its size. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { underSupportedNode } from '@hypergate/server/ensure-node.mjs';

await underSupportedNode(import.meta.url, async () => {
  const { bundleVerifier } = await import('./bundle.ts');
  // npm runs scripts in the project's folder and tells where it was called.
  const folder = process.env.INIT_CWD ?? process.cwd();
  const given = process.argv[2];
  const out = given === undefined ? fileURLToPath(new URL('dist', import.meta.url)) : resolve(folder, given);
  const { code, bytes, gzipBytes, integrity } = await bundleVerifier();
  await mkdir(out, { recursive: true });
  const file = join(out, 'verifier.js');
  await writeFile(file, code);
  process.stdout.write(
    `${relative(folder, file)}: ${bytes} bytes, ${gzipBytes} with gzip\nintegrity: ${integrity}\n`,
  );
});
