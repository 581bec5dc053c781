/** One party of one computation over TCP, from values to values: what the command line and the node's job have in common. */
import type { SignedComputation } from '../../verifier/computation.ts';
import type { Circuit } from './circuit/circuit.ts';
import { circuitCommitment } from './circuit/encode.ts';
import { everybodyOf } from './circuit/holders.ts';
import { decodeParty, encodeParty, type OutputValue, type ProgramInterface } from './language/index.ts';
import { levels } from './levels/index.ts';
import {
  type Address,
  acceptParties,
  type Connector,
  connectParty,
  dials,
  type Identity,
  openSession,
  type PartyListener,
  type SessionDocument,
} from './session/index.ts';

export interface PartyTask {
  readonly circuit: Circuit;
  /** How its bits are values. */
  readonly schema: ProgramInterface;
  readonly document: SessionDocument;
  readonly me: string;
  readonly identity: Identity;
  /** By name. Private, as are the outputs. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Milliseconds until the others have to be there, and until it has to be over. */
  readonly meetMs: number;
  readonly totalMs: number;
  readonly signal?: AbortSignal;
}

export interface PartyResult {
  readonly outputs: Readonly<Record<string, OutputValue>>;
  readonly receipt: SignedComputation;
}

/** The address of a party in its document is not one of this machine, or it is taken. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

/**
 * Listens while the session lasts, where the document says so.
 *
 * @throws ValueError for inputs that do not fit; RangeError, CircuitError for what does not fit together; CannotListen; MpcAbort
 */
export async function runParty(task: PartyTask): Promise<PartyResult> {
  const { circuit, schema, document, me, inputs, identity, meetMs, totalMs, signal } = task;
  const { description, addresses } = document;
  const missing = everybodyOf(circuit).find(
    (name) => !description.parties.some((party) => party.name === name),
  );
  if (missing !== undefined) throw new RangeError(`${missing} of the program is no party of the session`);
  const bits = encodeParty(schema, me, inputs);
  const peers = description.parties.map(({ name }) => name).filter((name) => name !== me);
  if (peers.length === description.parties.length) throw new RangeError(`${me} is no party of the session`);
  const isDialled = peers.some((peer) => dials(description, peer, me));
  const listener = isDialled ? await listen(addresses.get(me)!) : undefined;
  try {
    const connections = new Map<string, Connector>(
      peers.map((peer) => [
        peer,
        dials(description, me, peer)
          ? connectParty({ ...addresses.get(peer)!, withinMs: meetMs })
          : listener!.accept(),
      ]),
    );
    const session = await openSession({
      description,
      me,
      identity,
      connections,
      levels,
      commit: circuitCommitment,
      meetMs,
      totalMs,
      ...(signal === undefined ? {} : { signal }),
    });
    try {
      const { outputs, receipt } = await session.run(circuit, bits);
      return { outputs: decodeParty(schema, me, outputs, { bytes: 'hex' }), receipt };
    } finally {
      await session.close();
    }
  } finally {
    await listener?.close();
  }
}

async function listen(address: Address): Promise<PartyListener> {
  try {
    return await acceptParties(address);
  } catch (cause) {
    throw new CannotListen(`cannot listen at ${address.host}:${address.port}`, { cause });
  }
}
