/**
 * `import` of what NODE_PATH gives to `require`: layers, and the AWS SDK. ES modules know no NODE_PATH, so what is found nowhere else is looked for
 * as if a module of those folders had asked.
 */
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

/** @param {readonly string[]} folders whose node_modules are looked at, in order */
export function resolveElsewhere(folders) {
  const parents = folders.map((folder) => pathToFileURL(`${folder}/index.mjs`).href);
  registerHooks({
    resolve(specifier, context, next) {
      if (!/^(?:@|[a-zA-Z0-9_])/.test(specifier) || specifier.includes(':')) return next(specifier, context);
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
    },
  });
}
