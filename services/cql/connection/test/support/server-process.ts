/** A server in a process of its own, which says how much memory it has when it is asked. */
import { openServer } from '../../../test/support/open-server.ts';

const server = await openServer();
process.send!({ port: server.port });
process.on('message', () => {
  // Given by --expose-gc.
  (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send!({
    rss,
    heapUsed,
    external,
    connections: server.server.connectionCount,
    unexpected: server.unexpected.length,
  });
});
process.on('disconnect', () => process.exit());
