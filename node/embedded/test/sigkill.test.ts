import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openDiskNode, withFolder } from './disk-node.ts';
import { domain } from './support.ts';

const script = fileURLToPath(new URL('killed-writer.ts', import.meta.url));

/** Lines that the process got out before it was killed, right after the given number of them. */
async function killedAfter(lines: number, folder: string): Promise<string[]> {
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const seen: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    seen.push(line);
    if (seen.length === lines) child.kill('SIGKILL');
  }
  expect(seen.length).toBeGreaterThanOrEqual(lines);
  return seen;
}

it('finds everything that a killed process had answered, over and over on the same folder', async () => {
  await withFolder(async (folder) => {
    const answered = new Map<string, string>();
    for (const lines of [300, 1, 700, 150]) {
      for (const line of await killedAfter(lines, folder)) {
        const [slot, payload] = line.split(' ');
        // The last line may have been cut.
        if (payload?.length === 32) answered.set(slot as string, payload);
      }
      const { node } = await openDiskNode(folder);
      for (const [slot, payload] of answered) {
        const atom = node.readSync({ domain, slot: Buffer.from(slot, 'hex') });
        expect(Buffer.from(atom?.payload ?? []).toString('hex')).toBe(payload);
        for (const chunk of atom?.chunks ?? []) {
          const bytes = Buffer.from(await node.fetch(chunk, 0, chunk.length));
          expect(bytes.equals(Buffer.alloc(100_000, Buffer.from(payload, 'hex')))).toBe(true);
        }
      }
      expect((await node.domain(domain))?.usage.atoms).toBeGreaterThanOrEqual(answered.size);
      await node.close();
    }
  });
});
