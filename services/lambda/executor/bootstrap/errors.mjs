/** Errors as Lambda tells them: {errorType, errorMessage, trace}, and what it says of handlers that cannot be loaded. */

/** @param {string} name @param {string} message @param {unknown} [cause] */
export function runtimeError(name, message, cause) {
  const error = new Error(message);
  error.name = `Runtime.${name}`;
  const trace =
    cause instanceof Error && cause.stack
      ? cause.stack.split('\n').filter((line) => /^\s+at /.test(line))
      : undefined;
  error.stack = [`${error.name}: ${message}`, ...(trace ?? error.stack.split('\n').slice(1))].join('\n');
  return error;
}

/** Anything can be thrown, also from other contexts. */
function isError(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value instanceof Error || Object.prototype.toString.call(value) === '[object Error]')
  );
}

/** @param {unknown} error @returns {{ errorType: string, errorMessage: string, trace: string[] }} */
export function describeError(error) {
  try {
    if (isError(error)) {
      return {
        errorType: String(error.name ?? 'Error'),
        errorMessage: String(error.message ?? ''),
        trace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
      };
    }
    return {
      errorType: error === null ? 'null' : typeof error,
      errorMessage:
        typeof error === 'object' && error !== null && Object.getPrototypeOf(error) === null
          ? '[object Object]'
          : String(error),
      trace: [],
    };
  } catch {
    return {
      errorType: 'handled',
      errorMessage: 'callback called with an error that cannot be shown',
      trace: [],
    };
  }
}

/** For the log: with what an error carries beside its message. @param {unknown} error */
export function errorForLog(error) {
  const { errorType, errorMessage, trace } = describeError(error);
  const own = isError(error)
    ? Object.fromEntries(Object.entries(error).filter(([name]) => name !== 'name' && name !== 'message'))
    : {};
  try {
    return JSON.stringify({ errorType, errorMessage, ...own, stack: trace });
  } catch {
    return JSON.stringify({ errorType, errorMessage, stack: trace });
  }
}
