/**
 * `import` of what NODE_PATH gives to `require`: layers, and the AWS SDK. ES modules know no NODE_PATH, so what is found nowhere else is looked for
 * as if a module of those folders had asked. Deno knows none at all, and finds packages beside a module only where a project says so.
 */
import { createRequire, isBuiltin, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const isOfPackage = (specifier) => /^(?:@|[a-zA-Z0-9_])/.test(specifier) && !specifier.includes(':');

/** @param {readonly string[]} folders whose node_modules are looked at, in order */
export function resolveElsewhere(folders) {
  const parents = folders.map((folder) => pathToFileURL(`${folder}/index.mjs`).href);
  registerHooks({ resolve: process.versions.deno ? inDeno(parents) : inNode(parents) });
}

const inNode = (parents) => (specifier, context, next) => {
  if (!isOfPackage(specifier)) return next(specifier, context);
  try {
    return next(specifier, context);
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND' && error?.code !== 'MODULE_NOT_FOUND') throw error;
    for (const parentURL of parents) {
      try {
        return next(specifier, { ...context, parentURL });
      } catch {
        // Not there either; the first error is what is told.
      }
    }
    throw error;
  }
};

/** Its `next` does not tell that there is nothing, so `require` is asked: packages for both are taken as CommonJS. */
function inDeno(parents) {
  let isAsking = false;
  return (specifier, context, next) => {
    if (isAsking || !isOfPackage(specifier) || isBuiltin(specifier)) return next(specifier, context);
    isAsking = true;
    try {
      for (const parent of [context.parentURL, ...parents]) {
        try {
          return { url: pathToFileURL(createRequire(parent).resolve(specifier)).href, shortCircuit: true };
        } catch {
          // In the next one, then.
        }
      }
    } finally {
      isAsking = false;
    }
    return next(specifier, context);
  };
}
