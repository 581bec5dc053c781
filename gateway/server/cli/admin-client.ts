/** Asks the admin API of the gateway that holds the data directory, else of the one at the configured address. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { readAdminToken } from '../admin/token.ts';
import { readProcessFile } from '../boot/process-file.ts';
import { StartError } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import { reachableHost } from '../listeners/addresses.ts';
import type { Flags } from './main.ts';
import { commandSettings } from './settings.ts';

export interface TextCall {
  readonly method: string;
  readonly path: string;
  /** Sent as JSON; bytes as they are. */
  readonly body?: object | Uint8Array;
  /** Until the whole answer is there. */
  readonly patienceMs: number;
}

export interface AdminCall<Body> extends TextCall {
  readonly schema: z.ZodType<Body>;
}

/** The admin API said no, in its words. */
export class AdminRefusal extends StartError {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'AdminRefusal';
    this.status = status;
  }
}

/** @throws StartError in one sentence: nobody there, no token, refused, not a gateway of this version */
export async function askAdmin<Body>(flags: Flags, call: AdminCall<Body>): Promise<Body> {
  const { text, endpoint } = await ask(flags, call);
  const parsed = call.schema.safeParse(jsonOf(text));
  if (!parsed.success) throw new StartError(notOurs(endpoint));
  return parsed.data;
}

/** The answer as it is. @throws as `askAdmin` */
export async function askAdminText(flags: Flags, call: TextCall): Promise<string> {
  return (await ask(flags, call)).text;
}

async function ask(
  flags: Flags,
  call: TextCall,
): Promise<{ readonly text: string; readonly endpoint: string }> {
  const { settings, folder } = commandSettings(flags);
  const { adminHost, adminPort, adminToken } = settings.values;
  const dataDir = resolve(folder, settings.values.dataDir);
  // The process file knows the true port when the configured one is 0 or another start's.
  const recorded = settings.sources.adminPort === 'default' ? await readProcessFile(dataDir) : undefined;
  const endpoint = recorded?.adminEndpoint ?? `http://${reachableHost(adminHost)}:${adminPort}`;
  const { status, text } = await send(endpoint, adminToken ?? (await readAdminToken(dataDir)), call);
  if (status === 200) return { text, endpoint };
  if (status === 401)
    throw new StartError(`the admin API at ${endpoint} asks for a token: set HYPERGATE_ADMIN_TOKEN`);
  throw new AdminRefusal(status, refusal(jsonOf(text), endpoint));
}

/** Not `fetch`, which gives up by itself when no headers come for five minutes: a proof may wait longer for its frame. */
async function send(
  endpoint: string,
  token: string | undefined,
  { method, path, body, patienceMs }: TextCall,
): Promise<{ readonly status: number; readonly text: string }> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const bytes = body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body);
  if (body !== undefined)
    headers['content-type'] = body instanceof Uint8Array ? 'application/octet-stream' : 'application/json';
  const patience = AbortSignal.timeout(patienceMs);
  try {
    const sent = request(new URL(path, endpoint), { method, headers, agent: false, signal: patience });
    const answered = once(sent, 'response');
    sent.end(bytes);
    const [response] = (await answered) as [IncomingMessage];
    return { status: response.statusCode ?? 0, text: await textOf(response, endpoint) };
  } catch (error) {
    if (error instanceof StartError) throw error;
    if (patience.aborted) {
      const seconds = Math.round(patienceMs / 1000);
      throw new StartError(`the gateway at ${endpoint} did not answer within ${seconds} s`, 1, {
        cause: error,
      });
    }
    throw new StartError(`no gateway answers at ${endpoint}`, 1, { cause: error });
  }
}

async function textOf(response: IncomingMessage, endpoint: string): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > serverLimits.adminAnswerBytesMax) throw new StartError(notOurs(endpoint));
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whoever asks says that it is no answer of ours.
    return undefined;
  }
}

function refusal(answer: unknown, endpoint: string): string {
  if (typeof answer === 'object' && answer !== null && 'error' in answer && typeof answer.error === 'string')
    return answer.error;
  return notOurs(endpoint);
}

const notOurs = (endpoint: string): string =>
  `what answers at ${endpoint} is not a Hypergate of this version`;
