/**
 * Ports for tests that must name one before anybody listens at it. One that was merely free a moment ago may be somebody else's a moment
 * later: the kernel gives such ports to outgoing connections and to whoever asks for any port. So these come from the range that it gives
 * to nobody unasked, and each is claimed, among all processes that ask here, for as long as the process that asked lives. What it
 * starts there can then end and start again and has its port for itself.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type ListenOptions, type Server } from 'node:net';

/** Above what services have as their default; below what Linux gives out unless told otherwise. */
const rangeFirst = 20_000;
const rangeLast = 32_767;

/** A TCP port of 127.0.0.1 at which nobody listens, for this process. */
export async function freePort(): Promise<number> {
  const { first, count } = range();
  const start = randomInt(count);
  for (let step = 0; step < count; step += 1) {
    const port = first + ((start + step) % count);
    if (!(await claimed(port))) continue;
    const server = await listening({ port, host: '127.0.0.1' });
    if (server === undefined) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error('no port of 127.0.0.1 is free');
}

/** Without the kernel's own; all of the range where it leaves nothing of it. */
function range(): { readonly first: number; readonly count: number } {
  const [lowest] = kernelRange();
  const last = lowest > rangeFirst + 1000 ? Math.min(lowest - 1, rangeLast) : rangeLast;
  return { first: rangeFirst, count: last - rangeFirst + 1 };
}

function kernelRange(): readonly [number, number] {
  if (process.platform !== 'linux') return [49_152, 65_535];
  const [lowest, highest] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    .trim()
    .split(/\s+/)
    .map(Number);
  return [lowest!, highest!];
}

/** A name in Linux's abstract namespace is taken by whoever binds it first, and free when its process ends, however it does. */
async function claimed(port: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const server = await listening({ path: `\0hypergate-test-port-${port}` });
  server?.unref();
  return server !== undefined;
}

/** Undefined where somebody else is. */
function listening(options: ListenOptions): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(options, () => resolve(server));
  });
}
