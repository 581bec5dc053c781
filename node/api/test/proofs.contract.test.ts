/** What `prove` promises, in the process and across a socket. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedNode, openMemoryNode, systemClock } from '../../embedded/index.ts';
import { LocalEngine } from '../../embedded/prover/test/local-engine.ts';
import { commit, createDomain, distinct, domain, fails, put, remove } from '../../embedded/test/support.ts';
import { connectNode, serveNode } from '../../remote/index.ts';
import { SimDisk, seededRandom } from '../../sim/index.ts';
import { createVerifier, type Verifier } from '../../verifier/index.ts';
import type { NodePorts } from '../index.ts';

interface Opened {
  readonly node: EmbeddedNode;
  readonly ports: NodePorts;
  close(): Promise<void>;
}

let verifier: Verifier;
beforeAll(async () => {
  verifier = await createVerifier();
});

async function inProcess(): Promise<Opened> {
  const engine = new LocalEngine(new SimDisk(seededRandom(3)));
  const { node, writerKey } = await openMemoryNode({
    clock: systemClock,
    proving: { open: () => engine, intervalMs: 20, nowMs: () => Date.now() },
  });
  await commit(node, [createDomain(writerKey.publicKey)]);
  return { node, ports: node, close: () => node.close() };
}

async function acrossSocket(): Promise<Opened> {
  const { node, close } = await inProcess();
  const folder = await mkdtemp(join(tmpdir(), 'hypergate-proofs-'));
  const key = randomBytes(32);
  const modules = { clock: systemClock, random: { bytes: (length: number) => randomBytes(length) } };
  const server = await serveNode(node, { listen: { path: join(folder, 'node') }, key }, modules);
  const ports = await connectNode({ address: server.address, key }, modules);
  return {
    node,
    ports,
    async close() {
      await ports.close();
      await server.close();
      await close();
      await rm(folder, { recursive: true });
    },
  };
}

describe.each([
  ['in the process', inProcess],
  ['across a socket', acrossSocket],
])('proofs %s', (_name, open) => {
  it('show what slots hold at one frame, in the order asked', async () => {
    const { node, ports, close } = await open();
    const [there, gone, never] = [distinct(24), distinct(24), distinct(24)];
    await commit(ports, [put(there, 'one'), put(gone, 'two')]);
    await commit(ports, [remove(gone)]);
    const items = [never, there, gone].map((slot) => ({ domain, slot, kind: 'vertex' as const }));
    const proof = await ports.prove({ items, delay: true });
    const trustRoot = node.proofStatus()?.trustRoot as Uint8Array;
    const verified = verifier.verify(proof, trustRoot);
    expect(verified.items.map(({ state }) => state)).toEqual(['absent', 'present', 'absent']);
    expect(verified.items.map(({ slot }) => Buffer.from(slot))).toEqual([never, there, gone]);
    expect(verified.frame.position).toBe(await ports.position());
    await close();
  });

  it('tell a vertex from a hyperedge', async () => {
    const { node, ports, close } = await open();
    const slot = distinct(24);
    const member = Buffer.concat([domain, distinct(32)]);
    await commit(ports, [
      {
        kind: 'add-hyperedge',
        domain,
        slot,
        incarnation: distinct(8),
        payload: Buffer.from('x'),
        members: [member],
      },
    ]);
    const items = (['vertex', 'hyperedge'] as const).map((kind) => ({ domain, slot, kind }));
    const { items: found } = verifier.verify(
      await ports.prove({ items }),
      node.proofStatus()?.trustRoot as Uint8Array,
    );
    expect(found.map(({ kind, state }) => [kind, state])).toEqual([
      ['vertex', 'absent'],
      ['hyperedge', 'present'],
    ]);
    await close();
  });

  it('are refused for what nothing can be said of, and given up when asked', async () => {
    const { ports, close } = await open();
    const item = { domain, slot: distinct(24), kind: 'vertex' as const };
    await fails(ports.prove({ items: [] }), 'malformed');
    await fails(ports.prove({ items: [item, item] }), 'malformed');
    await fails(ports.prove({ items: [{ ...item, domain: distinct(32) }] }), 'malformed');
    const abort = new AbortController();
    abort.abort();
    await fails(ports.prove({ items: [item] }, abort.signal), 'aborted');
    await close();
  });
});
