/**
 * `hypergate mpc run`: one party of a computation. What it learns goes to the standard output and nowhere else; the receipt, which holds
 * nothing private, to a file.
 */
import {
  CannotListen,
  CircuitError,
  MpcAbort,
  type PartyResult,
  type PartyTask,
  runParty,
} from '@hypergate/node/jobs/mpc';
import { computationId, computationJson, type SignedComputation } from '@hypergate/node/verifier';
import { StartError } from '../../errors.ts';
import { explained } from './compile.ts';
import { writeBytes } from './files.ts';
import { loadIdentity } from './identity.ts';
import type { LoadedProgram } from './program.ts';
import { readSession } from './session-file.ts';
import { inputValues, printed } from './values.ts';

export interface RunOptions {
  readonly session: string;
  readonly as: string;
  readonly input: readonly string[];
  readonly inputs: string | undefined;
  /** File for what all parties signed. */
  readonly receipt: string | undefined;
  /** Seconds until the others have to be there. */
  readonly wait: number;
  /** Seconds until it has to be over. */
  readonly within: number;
}

export async function runOwnParty(
  { circuit, schema, commitment }: LoadedProgram,
  options: RunOptions & { readonly identity: string },
): Promise<void> {
  const document = await readSession(options.session, commitment);
  const identity = await loadIdentity(options.identity);
  const inputs = await inputValues(options.input, options.inputs);
  const { as: me, wait, within } = options;
  const { outputs, receipt } = await interruptible({
    ...{ circuit, schema, document, me, identity, inputs },
    meetMs: wait * 1000,
    totalMs: within * 1000,
  });
  await tell(receipt, outputs, options.receipt);
}

/** @param path where the receipt is to be written */
export async function tell(
  receipt: SignedComputation,
  outputs: unknown,
  path: string | undefined,
): Promise<void> {
  const id = Buffer.from(computationId(receipt.statement)).toString('hex');
  const transcript = Buffer.from(receipt.statement.transcriptHash).toString('hex');
  process.stderr.write(`computation ${id}\ntranscript ${transcript}\n`);
  // First of all: a receipt that cannot be written does not take them along.
  process.stdout.write(printed(outputs));
  if (path !== undefined) await writeBytes(path, [printed(computationJson(receipt))]);
}

/** @throws StartError that says who ended it and why */
async function interruptible(task: PartyTask): Promise<PartyResult> {
  const cancel = new AbortController();
  const stop = (): void => cancel.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    return await runParty({ ...task, signal: cancel.signal });
  } catch (error) {
    if (error instanceof MpcAbort) throw new StartError(nothing(error), 1, { cause: error });
    if (error instanceof CannotListen) throw new StartError(error.message, 1, { cause: error });
    if (error instanceof CircuitError || error instanceof RangeError)
      throw new StartError(error.message, 2, { cause: error });
    throw explained(error);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

function nothing({ reason, message }: MpcAbort): string {
  return `nothing was computed (${reason}): ${message}`;
}
