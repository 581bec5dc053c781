/**
 * Hands a CancelRequest to the engine, unless the backend waits for its commit to reach the standby: PostgreSQL would end that
 * wait and acknowledge a commit that is nowhere but here. The backend may begin to wait after the look: relay.ts holds what ends a
 * command then, until it is certified.
 */
import { connect } from 'node:net';
import { cancelMessage } from '../wire/messages.ts';
import type { CancelTarget } from './cancel-keys.ts';
import { proxyLimits } from './limits.ts';

const commitWait = 'SyncRep';

/** Resolves when the engine has signalled its backend, or when nothing is to be done. */
export async function cancel({ link, pid, engineKey, watch }: CancelTarget): Promise<void> {
  try {
    if ((await link.admin.waitEvent(pid)) === commitWait) return;
  } catch {
    // Nobody can say what it waits for. A cancel is a wish.
    return;
  }
  watch.begin();
  try {
    await signal(link.socketPath, pid, engineKey);
  } finally {
    watch.end();
  }
}

async function signal(path: string, pid: number, engineKey: Buffer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect({ path });
  const late = setTimeout(() => socket.destroy(), proxyLimits.adminMs);
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    clearTimeout(late);
    resolve();
  });
  socket.resume();
  socket.end(cancelMessage(pid, engineKey));
  await promise;
}
