/**
 * One gateway for all files of a project that need none of their own: a start costs more than most files' tests. Files run beside each
 * other on it, so each makes buckets of its own, and none says anything about all of it: those that do start their own.
 */
import { readFileSync } from 'node:fs';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { startGateway } from './gateway.ts';
import type { Target } from './target.ts';

/** A gateway that other files use too: nobody ends it. */
export type SharedTarget = Pick<
  Target,
  'name' | 'host' | 'port' | 'endpoint' | 'identity' | 'dataDir' | 'pid'
>;

declare module 'vitest' {
  interface ProvidedContext {
    sharedGateway: SharedTarget;
  }
}

/** Called by vitest before the project's first file; what it gives is called after the last one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const target = await startGateway();
  const { name, host, port, endpoint, identity, dataDir, pid } = target;
  project.provide('sharedGateway', { name, host, port, endpoint, identity, dataDir, pid });
  return () => target.dispose();
}

export function sharedGateway(): SharedTarget & Pick<Target, 'output'> {
  const shared = inject('sharedGateway');
  return { ...shared, output: () => readFileSync(`${shared.dataDir}.log`, 'utf8') };
}
