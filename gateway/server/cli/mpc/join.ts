/**
 * `hypergate mpc fetch` and `hypergate mpc join`: the circuit of somebody's gateway, such as that of a function of runtime `mpc`, by its
 * commitment. The gateway is believed nothing: its source is compiled here, and has to give that circuit.
 */
import { circuitSchema } from '@hypergate/openapi/admin';
import { StartError } from '../../errors.ts';
import { serverLimits } from '../../limits.ts';
import { askAdmin } from '../admin-client.ts';
import type { Flags } from '../main.ts';
import { writeBytes } from './files.ts';
import { fromSource, type LoadedSource } from './program.ts';

export async function runFetch(commitment: string, path: string, flags: Flags): Promise<void> {
  const { source } = await fetchProgram(commitment, flags);
  await writeBytes(path, [source.text]);
}

/** @throws StartError when the gateway does not have it, or has another one under this name */
export async function fetchProgram(commitment: string, flags: Flags): Promise<LoadedSource> {
  if (!/^01[0-9a-f]{64}$/.test(commitment))
    throw new StartError('a commitment is 66 hex digits that begin with 01', 2);
  const { source: text } = await askAdmin(flags, {
    method: 'GET',
    path: `/circuits/${commitment}`,
    schema: circuitSchema,
    patienceMs: serverLimits.recordPatienceMs,
  });
  if (text === undefined)
    throw new StartError('the gateway keeps no source of this circuit: ask for its file, and use mpc run');
  const program = fromSource(text, 'the source of the gateway');
  if (Buffer.from(program.commitment).toString('hex') !== commitment)
    throw new StartError('the source of the gateway gives another circuit');
  return program;
}
