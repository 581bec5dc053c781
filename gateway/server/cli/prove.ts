/**
 * `hypergate prove s3://bucket/key`: has a running gateway prove an object, or that there is none, and prints the document
 * as it came. Nothing else goes to the standard output.
 */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { statusSchema } from '@hypergate/openapi/admin';
import { StartError, translateSystemError } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import { AdminRefusal, askAdmin, askAdminText } from './admin-client.ts';
import type { Flags } from './main.ts';
import { commandSettings } from './settings.ts';

export interface ProveOptions {
  readonly versionId: string | undefined;
  readonly discloseAddressKey: boolean;
  readonly withDelay: boolean;
  /** File instead of the standard output. */
  readonly out: string | undefined;
}

const statusPatienceMs = 5_000;

export async function runProve(target: string, flags: Flags, options: ProveOptions): Promise<void> {
  const notice = setTimeout(() => void tellWait(flags), serverLimits.proofNoticeMs);
  if (!process.stderr.isTTY) clearTimeout(notice);
  try {
    const call = {
      method: 'GET',
      path: proofPath(target, options),
      patienceMs: serverLimits.proofPatienceMs,
    };
    await give(await askAdminText(flags, call), flags, options.out);
  } catch (error) {
    throw explained(error);
  } finally {
    clearTimeout(notice);
  }
}

export function proofPath(target: string, options: Omit<ProveOptions, 'out'>): string {
  const query = new URLSearchParams({ target });
  if (options.versionId !== undefined) query.set('version-id', options.versionId);
  if (options.discloseAddressKey) query.set('disclose-address-key', 'true');
  if (options.withDelay) query.set('delay', 'true');
  return `/proof?${query}`;
}

async function give(document: string, flags: Flags, out: string | undefined): Promise<void> {
  if (out === undefined) {
    process.stdout.write(document);
    return;
  }
  const path = resolve(commandSettings(flags).folder, out);
  try {
    // Whoever reads it can read the object.
    await writeFile(path, document, { mode: 0o600 });
  } catch (error) {
    throw translateSystemError(error, `${out} cannot be written`);
  }
}

/** For a person who waits; when the gateway does not say it, the proof's own failure will. */
async function tellWait(flags: Flags): Promise<void> {
  try {
    const call = { method: 'GET', path: '/status', schema: statusSchema, patienceMs: statusPatienceMs };
    const { proofs } = await askAdmin(flags, call);
    const frame = proofs.nextFrame === undefined ? 'the next frame' : `frame ${proofs.nextFrame}`;
    process.stderr.write(`waiting for ${frame}\n`);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
  }
}

function explained(error: unknown): unknown {
  if (!(error instanceof AdminRefusal) || error.status !== 409) return error;
  return new StartError(`${error.message}; allow it with --disclose-address-key`, 1, { cause: error });
}
