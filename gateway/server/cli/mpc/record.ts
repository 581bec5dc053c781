/** `hypergate mpc verify` and `hypergate mpc record`: what is done with a receipt after a computation. */

import {
  computationId,
  computationJson,
  ProofRefused,
  parseComputation,
  type SignedComputation,
  verifyStatement,
} from '@hypergate/node/verifier';
import {
  compiledCircuitSchema,
  recordedComputationSchema,
  storedCircuitSchema,
} from '@hypergate/openapi/admin';
import { StartError } from '../../errors.ts';
import { serverLimits } from '../../limits.ts';
import { askAdmin } from '../admin-client.ts';
import type { Flags } from '../main.ts';
import { readFileBounded } from './files.ts';
import { encodingOf, type LoadedProgram, loadProgram } from './program.ts';
import { printed } from './values.ts';

/** Checks the signatures, and that the receipt is of this program, if one is given. Needs no gateway. */
export async function runVerifyReceipt(path: string, programPath: string | undefined): Promise<void> {
  const computation = await readReceipt(path);
  if (programPath !== undefined) requireSame(computation, await loadProgram(programPath));
  const { statement } = computationJson(computation);
  process.stdout.write(printed({ id: idOf(computation), ...statement }));
}

/** Has a running gateway keep the circuit and the receipt, of which it can then give proofs. */
export async function runRecord(path: string, programPath: string | undefined, flags: Flags): Promise<void> {
  const computation = await readReceipt(path);
  if (programPath !== undefined) {
    const program = await loadProgram(programPath);
    requireSame(computation, program);
    await recordCircuit(program, flags);
  }
  const { created } = await askAdmin(flags, {
    method: 'POST',
    path: '/computations',
    body: { computation: computationJson(computation) },
    schema: recordedComputationSchema,
    patienceMs: serverLimits.recordPatienceMs,
  });
  if (!created) process.stderr.write('it was recorded before\n');
  process.stdout.write(`mpc://computations/${idOf(computation)}\n`);
}

async function recordCircuit(program: LoadedProgram, flags: Flags): Promise<void> {
  const shared = { method: 'POST', patienceMs: serverLimits.recordPatienceMs };
  const { circuit } =
    program.source === undefined
      ? await askAdmin(flags, {
          ...shared,
          path: '/circuits',
          body: encodingOf(program),
          schema: storedCircuitSchema,
        })
      : await askAdmin(flags, {
          ...shared,
          path: '/circuits/compile',
          body: { source: program.source.text },
          schema: compiledCircuitSchema,
        });
  // The gateway may be of another version, whose compiler makes another circuit of the same source.
  if (circuit.commitment !== Buffer.from(program.commitment).toString('hex'))
    throw new StartError('the gateway makes another circuit of this source: record its encoding instead');
}

/** @throws StartError when a signature does not hold */
async function readReceipt(path: string): Promise<SignedComputation> {
  const text = (await readFileBounded(path, serverLimits.mpcSessionBytesMax)).toString('utf8');
  try {
    const computation = parseComputation(text);
    verifyStatement(computation);
    return computation;
  } catch (error) {
    if (!(error instanceof ProofRefused)) throw error;
    throw new StartError(`${path}: ${error.message}`, 1, { cause: error });
  }
}

function requireSame({ statement }: SignedComputation, { commitment }: LoadedProgram): void {
  if (Buffer.compare(statement.circuit, commitment) !== 0)
    throw new StartError('the receipt is of another circuit');
}

function idOf({ statement }: SignedComputation): string {
  return Buffer.from(computationId(statement)).toString('hex');
}
