/**
 * Keeps compiled code, and TypeScript whose types were taken out, between starts. Without it every start and every thread
 * loads the compiler that takes them out: 17 MB in the first thread and 10 to 17 MB in each other, and a third of the
 * processor time of a start. Measured.
 *
 * The files stand inside the installation: whoever can write there can change the program anyhow. Where nobody can write,
 * all goes on without. A folder that the user named (NODE_COMPILE_CACHE), or the wish for none, is left as it is.
 */
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const ownFolder = fileURLToPath(new URL('../../node_modules/.cache/hypergate', import.meta.url));

export function keepCompiledCode(folder = ownFolder) {
  if (process.env.NODE_COMPILE_CACHE !== undefined) return;
  const { status } = module.enableCompileCache(folder);
  // Threads look for it here; nothing else hands it on to them.
  if (status === module.constants.compileCacheStatus.ENABLED) process.env.NODE_COMPILE_CACHE = folder;
}
