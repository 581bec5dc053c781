import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMemoryNode } from '../../embedded/index.ts';
import { ManualClock, settle } from '../../embedded/test/manual-clock.ts';
import { connectNode, serveNode } from '../../remote/index.ts';
import type { NodePorts } from '../index.ts';
import { describePorts, type PortsUnderTest } from './ports-contract.ts';

async function inMemory(): Promise<PortsUnderTest> {
  const clock = new ManualClock();
  const { node, writerKey } = await openMemoryNode({ clock });
  return {
    ports: node,
    writerKey: writerKey.publicKey,
    advance: (milliseconds) => advanced(clock, milliseconds),
    close: () => node.close(),
  };
}

/** Before and after the clock moves, what is under way arrives: on a socket, questions and answers have passed it. */
async function advanced(clock: ManualClock, milliseconds: number, ports?: NodePorts): Promise<void> {
  const arrive = async (): Promise<void> => {
    for (let round = 0; round < 4; round++) {
      await settle(4);
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
    advance: (milliseconds) => advanced(clock, milliseconds, ports),
    async close() {
      await ports.close();
      await server.close();
      await node.close();
      await rm(folder, { recursive: true });
    },
  };
}

describePorts('an embedded node in memory', inMemory);
describePorts('a node behind a Unix socket', () =>
  acrossSocket((folder) => ({ path: join(folder, 'node') })),
);
describePorts('a node behind loopback', () => acrossSocket(() => ({ host: '127.0.0.1', port: 0 })));
