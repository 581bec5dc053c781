/** `hypergate status`: asks a running gateway how it is. */
import { type Status, statusSchema } from '@hypergate/openapi/admin';
import { askAdmin } from './admin-client.ts';
import type { Flags } from './main.ts';

const patienceMs = 5_000;

export async function runStatus(flags: Flags, options: { readonly json: boolean }): Promise<void> {
  const status = await askAdmin(flags, { method: 'GET', path: '/status', schema: statusSchema, patienceMs });
  process.stdout.write(options.json ? `${JSON.stringify(status, null, 2)}\n` : statusText(status));
  const ready = status.phase === 'running' && status.services.every((service) => service.ready);
  if (!ready) process.exitCode = 1;
}

function statusText(status: Status): string {
  const { uptimeSeconds, residentBytes, cpuSeconds } = status.process;
  return [
    `hypergate ${status.version} (node ${status.runtime}), process ${status.pid}: ${status.phase}`,
    `endpoint  ${status.endpoint}`,
    `admin     ${status.adminEndpoint}`,
    `data      ${status.dataDir}`,
    `log       position ${status.node.position}`,
    `proofs    ${proofText(status.proofs)}`,
    `up        ${Math.round(uptimeSeconds)} s, ${cpuSeconds.toFixed(1)} s of CPU, ${Math.round(residentBytes / 1048576)} MiB`,
    ...status.listeners.map(({ name, port }) => `${name.padEnd(9)} port ${port}`),
    ...status.services.map(
      (service) => `${service.name.padEnd(9)} ${service.ready ? 'ready' : (service.reason ?? 'not ready')}`,
    ),
    '',
  ].join('\n');
}

function proofText({ state, reason, frame, lagSeconds }: Status['proofs']): string {
  if (state === 'failed') return `failed: ${reason ?? 'the log has the details'}`;
  if (state !== 'running') return state;
  return frame === undefined ? 'before the first frame' : `frame ${frame}, ${lagSeconds.toFixed(1)} s behind`;
}
