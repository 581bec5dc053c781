/** Finds the handler as Lambda does: `index.handler`, `dir/file.fn`, `file.object.method`; CommonJS and ES modules. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runtimeError } from './errors.mjs';

/** @param {string} root @param {string} name @returns {Promise<Function>} */
export async function loadHandler(root, name) {
  if (name.includes('..')) {
    throw runtimeError(
      'MalformedHandlerName',
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const slash = name.lastIndexOf('/');
  const folder = name.slice(0, slash + 1);
  const match = /^([^.]+)\.(.+)$/.exec(name.slice(slash + 1));
  if (!match) throw runtimeError('MalformedHandlerName', 'Bad handler');
  const [, file, path] = match;
  const exported = await loadModule(root, folder, file);
  let handler = exported;
  for (const part of path.split('.')) handler = handler?.[part];
  // What a CommonJS module exports is the default of its namespace.
  if (handler === undefined && exported?.default !== undefined) {
    handler = exported.default;
    for (const part of path.split('.')) handler = handler?.[part];
  }
  if (handler === undefined || handler === null) {
    throw runtimeError('HandlerNotFound', `${name} is undefined or not exported`);
  }
  if (typeof handler !== 'function') throw runtimeError('HandlerNotFound', `${name} is not a function`);
  return handler;
}

async function loadModule(root, folder, file) {
  const require = createRequire(`${root}/`);
  const base = resolve(root, folder, file);
  try {
    if (
      existsSync(base) &&
      !existsSync(`${base}.js`) &&
      !existsSync(`${base}.mjs`) &&
      !existsSync(`${base}.cjs`)
    ) {
      return require(base);
    }
    for (const extension of ['.js', '.mjs', '.cjs']) {
      if (!existsSync(base + extension)) continue;
      if (extension === '.cjs') return require(base + extension);
      return await import(pathToFileURL(base + extension).href);
    }
    return require(foundModule(require, root, folder, file));
  } catch (error) {
    if (error?.name?.startsWith?.('Runtime.')) throw error;
    if (error instanceof SyntaxError) throw runtimeError('UserCodeSyntaxError', String(error), error);
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw runtimeError('ImportModuleError', String(error), error);
    }
    throw error;
  }
}

function foundModule(require, root, folder, file) {
  const name = folder + file;
  try {
    return require.resolve(`./${name}`);
  } catch (first) {
    if (first?.code !== 'MODULE_NOT_FOUND') throw first;
  }
  try {
    return require.resolve(name, { paths: [root] });
  } catch (error) {
    if (error?.code !== 'MODULE_NOT_FOUND') throw error;
    throw runtimeError(
      'ImportModuleError',
      `Error: Cannot find module '${name}'\nRequire stack:\n- /var/runtime/index.mjs`,
      error,
    );
  }
}
