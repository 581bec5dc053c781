/** Asks the admin API of the gateway that holds the data directory, else of the one at the configured address. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import { readAdminToken } from '../admin/token.ts';
import { readProcessFile } from '../boot/process-file.ts';
import { StartError } from '../errors.ts';
import { reachableHost } from '../listeners/addresses.ts';
import type { Flags } from './main.ts';
import { commandSettings } from './settings.ts';

export interface AdminCall<Body> {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly schema: z.ZodType<Body>;
  readonly patienceMs: number;
}

/** @throws StartError in one sentence: nobody there, no token, refused, not a gateway of this version */
export async function askAdmin<Body>(flags: Flags, call: AdminCall<Body>): Promise<Body> {
  const { settings, folder } = commandSettings(flags);
  const { adminHost, adminPort, adminToken } = settings.values;
  const dataDir = resolve(folder, settings.values.dataDir);
  // The process file knows the true port when the configured one is 0 or another start's.
  const recorded = settings.sources.adminPort === 'default' ? await readProcessFile(dataDir) : undefined;
  const endpoint = recorded?.adminEndpoint ?? `http://${reachableHost(adminHost)}:${adminPort}`;
  const response = await send(endpoint, adminToken ?? (await readAdminToken(dataDir)), call);
  if (response.status === 401)
    throw new StartError(`the admin API at ${endpoint} asks for a token: set HYPERGATE_ADMIN_TOKEN`);
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.status === 400 || response.status === 404) throw new StartError(refusal(answer, endpoint));
  const parsed = call.schema.safeParse(answer);
  if (!parsed.success) throw new StartError(notOurs(endpoint));
  return parsed.data;
}

async function send<Body>(
  endpoint: string,
  token: string | undefined,
  { method, path, body, patienceMs }: AdminCall<Body>,
): Promise<Response> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  try {
    return await fetch(`${endpoint}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    });
  } catch (error) {
    throw new StartError(`no gateway answers at ${endpoint}`, 1, { cause: error });
  }
}

function refusal(answer: unknown, endpoint: string): string {
  if (typeof answer === 'object' && answer !== null && 'error' in answer && typeof answer.error === 'string')
    return answer.error;
  return notOurs(endpoint);
}

const notOurs = (endpoint: string): string =>
  `what answers at ${endpoint} is not a Hypergate of this version`;
