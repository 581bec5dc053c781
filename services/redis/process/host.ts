/** The process as INFO and MEMORY show it. */
import { release, totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Host } from '../engine/host.ts';

const architectures: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
const systems: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'Darwin', win32: 'Windows' };

export function processHost(): Host {
  const { platform, arch } = process;
  return {
    processId: process.pid,
    executable: process.argv[1] ?? process.execPath,
    operatingSystem: `${systems[platform] ?? platform} ${release()} ${architectures[arch] ?? arch}`,
    runtime: `Node.js ${process.versions.node}`,
    systemMemoryBytes: totalmem(),
    memory() {
      const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
      return { resident: rss, heapUsed, heapTotal, external, heapLimit: getHeapStatistics().heap_size_limit };
    },
    cpu() {
      const { user, system } = process.cpuUsage();
      return { userSeconds: user / 1e6, systemSeconds: system / 1e6 };
    },
    collectGarbage() {
      // Only there when the process was started with --expose-gc.
      if (globalThis.gc === undefined) return false;
      globalThis.gc();
      return true;
    },
  };
}
