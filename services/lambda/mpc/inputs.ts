/** Inputs of the parties that the gateway plays: the caller's, or objects that the role of the function may read. */
import { AwsError } from '@hypergate/kit';
import { z } from 'zod';
import type { MpcInvocation, MpcPorts } from './api.ts';
import { MpcFailure } from './failure.ts';
import { mpcLimits } from './limits.ts';
import { type Manifest, objectOf } from './manifest.ts';
import type { Inputs } from './request.ts';

export interface InputSources {
  readonly ports: Pick<MpcPorts, 'readS3Object'>;
  readonly manifest: Manifest;
  readonly invocation: Pick<MpcInvocation, 'credentials' | 'region'>;
  readonly signal: AbortSignal;
}

const object = z.record(z.string(), z.unknown());

/** @throws MpcFailure InputUnavailable; AwsError when it is the gateway's fault */
export async function gatherInputs(
  played: readonly string[],
  given: Inputs,
  sources: InputSources,
): Promise<Inputs> {
  const gathered = played.map(async (party) => {
    const source = sources.manifest.inputs[party];
    return [
      party,
      typeof source === 'object' ? await readObject(party, source, sources) : (given[party] ?? {}),
    ];
  });
  return Object.fromEntries(await Promise.all(gathered));
}

async function readObject(
  party: string,
  { s3, versionId }: { readonly s3: string; readonly versionId?: string | undefined },
  { ports, invocation, signal }: InputSources,
): Promise<Readonly<Record<string, unknown>>> {
  const where = { ...objectOf(s3), versionId, region: invocation.region };
  const bytesMax = mpcLimits.inputObjectBytesMax;
  try {
    const bytes = await ports.readS3Object({
      ...where,
      credentials: invocation.credentials(),
      bytesMax,
      signal,
    });
    return object.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch (error) {
    if (error instanceof AwsError && error.status < 500) {
      throw new MpcFailure('InputUnavailable', `the inputs of ${party}: ${error.code}: ${error.message}`);
    }
    const isUnreadable =
      error instanceof SyntaxError || error instanceof TypeError || error instanceof z.ZodError;
    if (!isUnreadable) throw error;
    // What the parser says shows a piece of it.
    throw new MpcFailure('InputUnavailable', `the inputs of ${party}: the object is no JSON object`);
  }
}
