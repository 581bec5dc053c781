/** Run as a process of its own: commits until it is killed, and says on its output what was answered, a line each. */
import { randomBytes } from 'node:crypto';
import { openDiskNode } from './disk-node.ts';
import { createDomain, domain, put } from './support.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('which folder?');
const { node, modules } = await openDiskNode(folder, { checkpointBytes: 500_000, flushBytes: 20_000 });

async function commit(operation: ReturnType<typeof put>): Promise<void> {
  const validFrom = (await node.position()) + 1;
  const window = { validFrom, validUntil: validFrom + 1000 };
  await node.commit({ id: randomBytes(16), ...window, expects: [], operations: [operation] });
}

await commit(createDomain(modules.writerKey.publicKey));
await Promise.all(
  Array.from({ length: 16 }, async (_, hand) => {
    for (;;) {
      const slot = randomBytes(24);
      const payload = randomBytes(16);
      const bytes = Buffer.alloc(100_000, payload);
      const chunks = hand < 2 ? [await node.stage(bytes)] : [];
      await commit(put(slot, payload, { chunks, domain }));
      process.stdout.write(`${slot.toString('hex')} ${payload.toString('hex')}\n`);
    }
  }),
);
