/** Handlers that return a promise, call back, or end by their context. */
import { finished } from 'node:stream/promises';

/**
 * @param {Function} handler @param {unknown} event
 * @param {(ends: { done: (error: unknown, result?: unknown) => void }) => Record<string, unknown>} contextFor
 * @returns {Promise<string>} JSON
 */
export function runHandler(handler, event, contextFor) {
  return new Promise((resolve, reject) => {
    let isOver = false;
    /** What a callback said, while the event loop is not empty. */
    let said;
    const settle = (error, result) => {
      if (isOver) return;
      isOver = true;
      process.removeListener('beforeExit', onEmpty);
      if (error !== undefined && error !== null) return reject(error);
      try {
        resolve(JSON.stringify(result === undefined ? null : result) ?? 'null');
      } catch {
        reject(new Error('Unable to stringify response body'));
      }
    };
    const onEmpty = () => (said ? settle(said.error, said.result) : settle(null, null));
    process.on('beforeExit', onEmpty);
    const context = contextFor({ done: settle });
    const callback = (error, result) => {
      if (said || isOver) return;
      said = { error, result };
      if (context.callbackWaitsForEmptyEventLoop === false || (error !== undefined && error !== null))
        settle(error, result);
    };
    try {
      const returned = handler(event, context, callback);
      if (typeof returned?.then === 'function') {
        returned.then(
          (result) => settle(null, result),
          (error) => settle(error ?? 'handled'),
        );
      } else if (handler.length < 3 && returned !== undefined) settle(null, returned);
    } catch (error) {
      settle(error ?? 'handled');
    }
  });
}

/** @param {Function} handler @param {import('./streaming.mjs').ResponseStream} response */
export async function runStreaming(handler, event, response, context) {
  let failed;
  response.on('error', (error) => {
    failed = error;
  });
  await handler(event, response, context);
  if (failed) throw failed;
  if (!response.writableEnded) response.end();
  if (!response.writableFinished) await finished(response, { readable: false });
}
