/** Ends waiting, not work: what is under way has limits of its own. */
export async function within<Result>(
  ms: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | 'late'> {
  if (ms < 1) return 'late';
  const over = new AbortController();
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => {
    // First of all: what the signal ends fails, and is not the reason.
    late.resolve('late');
    over.abort();
  }, ms);
  try {
    return await Promise.race([work(over.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
