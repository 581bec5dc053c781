/** `hypergate trust-root`: what others must know to check the proofs of a running gateway. */
import { trustRootSchema } from '@hypergate/openapi/admin';
import { askAdmin } from './admin-client.ts';
import type { Flags } from './main.ts';

const patienceMs = 5_000;

export async function runTrustRoot(flags: Flags, options: { readonly json: boolean }): Promise<void> {
  const call = { method: 'GET', path: '/trust-root', schema: trustRootSchema, patienceMs };
  const answer = await askAdmin(flags, call);
  process.stdout.write(options.json ? `${JSON.stringify(answer, null, 2)}\n` : `${answer.trustRoot}\n`);
}
