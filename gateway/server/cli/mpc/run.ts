/**
 * `hypergate mpc run`: one party of a computation. What it learns goes to the standard output and nowhere else; the receipt, which holds
 * nothing private, to a file.
 */
import { CircuitError, circuitCommitment, levels, MpcAbort } from '@hypergate/node/jobs/mpc';
import { decodeParty, encodeParty } from '@hypergate/node/jobs/mpc/language';
import {
  acceptParties,
  type Connector,
  connectParty,
  dials,
  type Identity,
  openSession,
  type PartyListener,
  type RunResult,
} from '@hypergate/node/jobs/mpc/session';
import { computationId, computationJson } from '@hypergate/node/verifier';
import { StartError } from '../../errors.ts';
import { explained } from './compile.ts';
import { writeBytes } from './files.ts';
import { loadIdentity } from './identity.ts';
import { type LoadedProgram, loadProgram } from './program.ts';
import { type Address, type ReadSession, readSession } from './session-file.ts';
import { inputValues, printed } from './values.ts';

export interface RunOptions {
  readonly session: string;
  readonly as: string;
  readonly identity: string;
  readonly input: readonly string[];
  readonly inputs: string | undefined;
  /** File for what all parties signed. */
  readonly receipt: string | undefined;
  /** Seconds until the others have to be there. */
  readonly wait: number;
  /** Seconds until it has to be over. */
  readonly within: number;
}

export async function runParty(path: string, options: RunOptions): Promise<void> {
  const program = await loadProgram(path);
  const session = await readSession(options.session, program.commitment);
  const identity = await loadIdentity(options.identity);
  const bits = await inputBits(program, options);
  const result = await compute(program, session, identity, bits, options);
  const { receipt } = result;
  if (options.receipt !== undefined) await writeBytes(options.receipt, [printed(computationJson(receipt))]);
  const id = Buffer.from(computationId(receipt.statement)).toString('hex');
  const transcript = Buffer.from(receipt.statement.transcriptHash).toString('hex');
  process.stderr.write(`computation ${id}\ntranscript ${transcript}\n`);
  process.stdout.write(printed(decodeParty(program.schema, options.as, result.outputs, { bytes: 'hex' })));
}

async function inputBits({ schema }: LoadedProgram, { as, input, inputs }: RunOptions) {
  const values = await inputValues(input, inputs);
  try {
    return encodeParty(schema, as, values);
  } catch (error) {
    throw explained(error);
  }
}

/** @throws StartError that says who ended it and why */
async function compute(
  { circuit }: LoadedProgram,
  { description, addresses }: ReadSession,
  identity: Identity,
  inputs: readonly (Uint8Array | undefined)[],
  { as, wait, within }: RunOptions,
): Promise<RunResult> {
  const cancel = new AbortController();
  const stop = (): void => cancel.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  let listener: PartyListener | undefined;
  try {
    const peers = description.parties.map(({ name }) => name).filter((name) => name !== as);
    if (peers.length === description.parties.length)
      throw new StartError(`${as} is no party of the session`, 2);
    const isDialed = peers.some((peer) => dials(description, peer, as));
    if (isDialed) listener = await listen(addresses.get(as)!);
    const connections = new Map<string, Connector>(
      peers.map((peer) => [
        peer,
        dials(description, as, peer)
          ? connectParty({ ...addresses.get(peer)!, withinMs: wait * 1000 })
          : listener!.accept(),
      ]),
    );
    const session = await openSession({
      description,
      me: as,
      identity,
      connections,
      levels,
      commit: circuitCommitment,
      meetMs: wait * 1000,
      totalMs: within * 1000,
      signal: cancel.signal,
    });
    try {
      return await session.run(circuit, inputs);
    } finally {
      await session.close();
    }
  } catch (error) {
    if (error instanceof MpcAbort)
      throw new StartError(`nothing was computed (${error.reason}): ${error.message}`, 1, { cause: error });
    if (error instanceof CircuitError || error instanceof RangeError)
      throw new StartError(error.message, 2, { cause: error });
    throw error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await listener?.close();
  }
}

async function listen(address: Address): Promise<PartyListener> {
  try {
    return await acceptParties(address);
  } catch (error) {
    throw new StartError(`cannot listen at ${address.host}:${address.port}`, 1, { cause: error });
  }
}
