/** The admin API of a started gateway, found by the file that it leaves in its data directory. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { collectedSchema, custodiansSchema, statusSchema, usageSchema } from '@hypergate/openapi/admin';
import type { Target } from './target.ts';

type Where = Pick<Target, 'dataDir'>;

export function adminEndpoint({ dataDir }: Where): string {
  const { adminEndpoint } = JSON.parse(readFileSync(join(dataDir, 'process.json'), 'utf8')) as {
    adminEndpoint: string;
  };
  return adminEndpoint;
}

export async function adminUsage(target: Where, query: { bucket?: string; prefix?: string } = {}) {
  return usageSchema.parse(await post(target, '/usage', query));
}

/** Gives back what is garbage now, however young. */
export async function collectNow(target: Where) {
  return collectedSchema.parse(await post(target, '/collect', { olderThanSeconds: 0 }));
}

export async function adminStatus(target: Where) {
  const response = await fetch(`${adminEndpoint(target)}/status`);
  return statusSchema.parse(await response.json());
}

/** Waits for custodians that do not answer. */
export async function adminCustodians(target: Where) {
  const response = await fetch(`${adminEndpoint(target)}/custodians`);
  return custodiansSchema.parse(await response.json());
}

async function post(target: Where, path: string, body: object): Promise<unknown> {
  const response = await fetch(`${adminEndpoint(target)}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** Bytes that the files of a folder occupy on disk. Files that vanish meanwhile count nothing. */
export function directoryBytes(folder: string): number {
  let sum = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const found = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
    sum += (found?.blocks ?? 0) * 512;
  }
  return sum;
}
