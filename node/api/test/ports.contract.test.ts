import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedNode, openMemoryNode } from '../../embedded/index.ts';
import { openDiskNode } from '../../embedded/test/disk-node.ts';
import { ManualClock, settle } from '../../embedded/test/manual-clock.ts';
import { until } from '../../embedded/test/support.ts';
import { connectNode, serveNode } from '../../remote/index.ts';
import type { NodePorts } from '../index.ts';
import { describePorts, type PortsUnderTest } from './ports-contract.ts';

async function inMemory(): Promise<PortsUnderTest> {
  const clock = new ManualClock();
  const { node, writerKey } = await openMemoryNode({ clock });
  return {
    ports: node,
    writerKey: writerKey.publicKey,
    advance: (milliseconds) => advanced(clock, milliseconds, node),
    close: () => node.close(),
  };
}

async function onDisk(): Promise<PortsUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'hypergate-node-'));
  const clock = new ManualClock();
  const { node, modules } = await openDiskNode(folder, {}, { clock });
  return {
    ports: node,
    writerKey: modules.writerKey.publicKey,
    advance: (milliseconds) => advanced(clock, milliseconds, node),
    async close() {
      await node.close();
      await rm(folder, { recursive: true });
    },
  };
}

/**
 * Before and after the clock moves, what is under way arrives: transactions reach the disk, and on a socket questions and
 * answers have passed it.
 */
async function advanced(
  clock: ManualClock,
  milliseconds: number,
  node: EmbeddedNode,
  ports?: NodePorts,
): Promise<void> {
  const arrive = async (): Promise<void> => {
    for (let round = 0; round < 4; round++) {
      await settle(4);
      await until(() => node.status().waitingTransactions === 0);
      await ports?.position();
    }
  };
  await arrive();
  clock.advance(milliseconds);
  await arrive();
}

async function acrossSocket(
  listen: (folder: string) => Parameters<typeof serveNode>[1]['listen'],
): Promise<PortsUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'hypergate-socket-'));
  const clock = new ManualClock();
  const { node, writerKey } = await openMemoryNode({ clock });
  const key = randomBytes(32);
  const modules = { clock, random: { bytes: (length: number) => randomBytes(length) } };
  const server = await serveNode(node, { listen: listen(folder), key }, modules);
  const ports = await connectNode({ address: server.address, key }, modules);
  return {
    ports,
    writerKey: writerKey.publicKey,
    advance: (milliseconds) => advanced(clock, milliseconds, node, ports),
    async close() {
      await ports.close();
      await server.close();
      await node.close();
      await rm(folder, { recursive: true });
    },
  };
}

describePorts('an embedded node in memory', inMemory);
describePorts('an embedded node on the real disk', onDisk);
describePorts('a node behind a Unix socket', () =>
  acrossSocket((folder) => ({ path: join(folder, 'node') })),
);
describePorts('a node behind loopback', () => acrossSocket(() => ({ host: '127.0.0.1', port: 0 })));
