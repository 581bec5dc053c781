/**
 * Work with an end of its time, as `AbortSignal.timeout` and `AbortSignal.any` make it: these leave a timer and weak references behind,
 * for each of many calls a second.
 *
 * @param outer ends it too
 */
export async function within<Result>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ending = new AbortController();
  const cancel = (): void => ending.abort(outer?.reason);
  if (outer?.aborted === true) cancel();
  outer?.addEventListener('abort', cancel, { once: true });
  const late = (): void => ending.abort(new DOMException('it took too long', 'TimeoutError'));
  const timer = setTimeout(late, ms);
  try {
    return await work(ending.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', cancel);
  }
}
