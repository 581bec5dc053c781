/** `hypergate status`: asks the admin API of the gateway that holds the data directory, else at the configured address. */
import { resolve } from 'node:path';
import { type Status, statusSchema } from '@hypergate/openapi/admin';
import { readAdminToken } from '../admin/token.ts';
import { readProcessFile } from '../boot/process-file.ts';
import { StartError } from '../errors.ts';
import { reachableHost } from '../listeners/addresses.ts';
import type { Flags } from './main.ts';
import { commandSettings } from './settings.ts';

const patienceMs = 5_000;

export async function runStatus(flags: Flags, options: { readonly json: boolean }): Promise<void> {
  const { settings, folder } = commandSettings(flags);
  const { adminHost, adminPort, adminToken } = settings.values;
  const dataDir = resolve(folder, settings.values.dataDir);
  // The process file knows the true port when the configured one is 0 or another start's.
  const recorded = settings.sources.adminPort === 'default' ? await readProcessFile(dataDir) : undefined;
  const endpoint = recorded?.adminEndpoint ?? `http://${reachableHost(adminHost)}:${adminPort}`;
  const status = await fetchStatus(endpoint, adminToken ?? (await readAdminToken(dataDir)));
  process.stdout.write(options.json ? `${JSON.stringify(status, null, 2)}\n` : statusText(status));
  const ready = status.phase === 'running' && status.services.every((service) => service.ready);
  if (!ready) process.exitCode = 1;
}

async function fetchStatus(endpoint: string, token: string | undefined): Promise<Status> {
  let response: Response;
  try {
    response = await fetch(`${endpoint}/status`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch (error) {
    throw new StartError(`no gateway answers at ${endpoint}`, 1, { cause: error });
  }
  if (response.status === 401)
    throw new StartError(`the admin API at ${endpoint} asks for a token: set HYPERGATE_ADMIN_TOKEN`);
  const parsed = statusSchema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw new StartError(`what answers at ${endpoint} is not a Hypergate of this version`);
  return parsed.data;
}

function statusText(status: Status): string {
  const { uptimeSeconds, residentBytes, cpuSeconds } = status.process;
  return [
    `hypergate ${status.version} (node ${status.runtime}), process ${status.pid}: ${status.phase}`,
    `endpoint  ${status.endpoint}`,
    `admin     ${status.adminEndpoint}`,
    `data      ${status.dataDir}`,
    `log       position ${status.node.position}`,
    `up        ${Math.round(uptimeSeconds)} s, ${cpuSeconds.toFixed(1)} s of CPU, ${Math.round(residentBytes / 1048576)} MiB`,
    ...status.listeners.map(({ name, port }) => `${name.padEnd(9)} port ${port}`),
    ...status.services.map(
      (service) => `${service.name.padEnd(9)} ${service.ready ? 'ready' : (service.reason ?? 'not ready')}`,
    ),
    '',
  ].join('\n');
}
