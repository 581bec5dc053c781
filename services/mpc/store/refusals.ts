/** What the caller is told when something below this service does not go. */
import { ComputationRefused } from '@hypergate/kit';
import { NodeError } from '@hypergate/node/api';
import type { MpcContext } from './context.ts';

/** The same error, unless it is one that a caller can understand. */
export function explained(error: unknown): unknown {
  if (error instanceof NodeError && error.code !== 'malformed' && error.code !== 'corrupt') {
    return new ComputationRefused(503, error.message, { cause: error });
  }
  return error;
}

/** @throws ComputationRefused 400 in the job's words when the payload is not what it should be */
export async function runJob(kind: string, payload: Uint8Array, { node }: MpcContext): Promise<Buffer> {
  try {
    const result = await node.job({ kind, payload });
    return Buffer.from(result.buffer, result.byteOffset, result.byteLength);
  } catch (error) {
    if (!(error instanceof NodeError) || error.code !== 'malformed') throw error;
    throw new ComputationRefused(400, error.message, { cause: error });
  }
}
