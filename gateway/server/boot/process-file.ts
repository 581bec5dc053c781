/**
 * `process.json` tells `hypergate status` and the message of a refused start where the running gateway answers. It is a hint, never
 * a lock: after a crash it stays behind.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readBounded, writeWhole } from './files.ts';

const processFile = z.object({
  pid: z.int().positive(),
  startedAt: z.iso.datetime(),
  version: z.string().max(64),
  endpoint: z.string().max(512),
  adminEndpoint: z.string().max(512),
});

export type ProcessFile = z.infer<typeof processFile>;

const name = 'process.json';

export async function writeProcessFile(dataDir: string, content: ProcessFile): Promise<void> {
  await writeWhole(join(dataDir, name), `${JSON.stringify(content, null, 2)}\n`);
}

/** Undefined when there is none or it cannot be understood. */
export async function readProcessFile(dataDir: string): Promise<ProcessFile | undefined> {
  try {
    const text = await readBounded(join(dataDir, name), 4096);
    if (text === undefined) return undefined;
    const parsed = processFile.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    // A hint that cannot be read is no hint; only a broken program throws anything else here.
    if (
      error instanceof SyntaxError ||
      error instanceof RangeError ||
      (error instanceof Error && 'code' in error)
    ) {
      return undefined;
    }
    throw error;
  }
}

export async function removeProcessFile(dataDir: string): Promise<void> {
  await rm(join(dataDir, name), { force: true });
}
