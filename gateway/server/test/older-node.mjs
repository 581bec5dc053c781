/** Preloaded by a test: makes this Node look like an old one, unless it was started as the bundled runtime. */
if (process.env.HYPERGATE_BUNDLED_RUNTIME === undefined || process.env.TEST_BUNDLED_IS_OLD !== undefined) {
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.0' } });
}
