/**
 * Three parties, of which one may do anything: Mohassel, Rosulek, Zhang, "Fast and secure three-party computation: the garbled
 * circuit approach" (CCS 2015), with half-gates as garbling scheme. No oblivious transfer and no public-key operation.
 *
 * P1 and P2 garble, with all randomness from a seed that both have, so that they garble the same; P3 evaluates. One of P1 and P2 is
 * honest, thus P3 takes a garbling that both give. Labels stand for bits: label = zero label ^ bit * delta, the lowest bit of
 * delta is 1, so the lowest bit of a zero label (its permutation bit) tells what a label means.
 *
 * Opened once:
 *  1. P1 <-> P2: 32 random bytes each; seed = HKDF of both under the session's id. [both show an HMAC under the seed: equal]
 * In each run, all lengths being known from the circuit: [a message of another kind or length ends it, as `malformed`]
 *  2. P3 -> P1, P2: random shares x1, x2 of its inputs, x = x1 ^ x2, one for each. If it has inputs, P1 and P2 tell each
 *     other that the shares have come and send nothing before, so that the inputs of P3 do not depend on the garbling.
 *  3. P1, P2: draw delta, the labels of the inputs and the commitments' randomness from the seed, run number and run id.
 *  4. P1 -> P3, front: two commitments for each bit of an input, in the order of the labels' lowest bits; permutation bits where P3
 *     knows the input (shares, and inputs it holds together with a garbler); labels of bits that P1 and P2 both know.
 *     P2 -> P3: digest of the same as P2 has it. [P3: equal]
 *  5. P1, P2 -> P3: openings of the commitments for their bits: inputs of their own, their share of those of P3, inputs held together
 *     with P3. [P3: each opens the commitment where its lowest bit says; each means the bit that P3 knows, where it does]
 *  6. P1 -> P3, rear: tables, evaluated as they come; permutation bits of the outputs of P3.
 *     P2 -> P3: digest of the same as P2 has it. [P3: equal. Before this check nothing that was evaluated leaves P3]
 *  7. P3 -> P1, P2, for outputs of the one: the lowest bits of the labels and a hash of the labels; also without any output, to say
 *     that all is well. [the hash is that of the labels which the bits stand for; P3 can make it for the labels alone that it has]
 *
 * Why one party gains nothing. P1 or P2 corrupt: P3 evaluates what the honest garbler garbled, on labels that its commitments bind, so
 * its inputs are the bits that were opened and the output is that of the circuit; whether P3 ends the run depends on what the
 * corrupt one sent and not on anybody's input; it sees shares that are random, and labels that the output determines. P3 corrupt:
 * both garblers are honest; it has one label of each wire, thus learns what the permutation bits of outputs tell (privacy of the
 * garbling), its input is fixed by the shares before it sees the garbling, and another output than the circuit's needs a label that it does not
 * have (authenticity). The session's channels keep from P3 what P1 and P2 say, and from each garbler what the other opens.
 *
 * The abort is selective: P3 may give one garbler its output and not the other. Outputs go to P3 first. When digests differ nobody
 * can say which garbler lied, and the abort names no party; every other check names one.
 *
 * Differences from the paper: an output may go to some parties only; P2 sends digests, an optimisation that the paper names; inputs
 * known to two or all parties are part of the protocol (replicated-inputs.ts); the order of a pair of commitments is the permutation
 * that the garbling has anyway.
 */
import type { Channel } from '../../channel.ts';
import { CircuitError, MpcAbort } from '../../errors.ts';
import type { OpenProtocol, ProtocolOutputs, ProtocolRun, ProtocolSetup } from '../../protocol.ts';
import { runEvaluator } from './evaluator-run.ts';
import { runGarbler } from './garbler-run.ts';
import type { GarblerRole, Roles } from './input-plan.ts';
import { agreeOnSeed } from './seed.ts';

const idBytes = 32;

/**
 * Roles: first garbler, second garbler, evaluator; no other party may be in a circuit. The evaluator does the least, the first garbler
 * sends the most: 32 bytes for each AND gate and 64 for each bit of an input.
 */
export async function threeParty(setup: ProtocolSetup): Promise<OpenProtocol> {
  const roles = threeRoles(setup);
  const { sessionId, random } = setup;
  if (sessionId.length !== idBytes) throw new CircuitError(`a session id of ${sessionId.length} bytes`);
  const channel = (role: number): Channel => {
    const found = setup.channels.get(roles[role]!);
    if (found === undefined) throw new CircuitError(`there is no channel to ${roles[role]}`);
    return found;
  };
  const me = roles.indexOf(setup.me);
  if (me === 2) {
    const party = { roles, garblers: [channel(0), channel(1)] as const, random, sessionId };
    return new OneByOne((run) => runEvaluator(party, run));
  }
  const role = me as GarblerRole;
  const other = channel(1 - role);
  const evaluator = channel(2);
  const seeds = await agreeOnSeed(other, role, random, sessionId);
  return new OneByOne((run) => runGarbler({ roles, role, other, evaluator, sessionId, seeds }, run));
}

function threeRoles({ roles, me }: ProtocolSetup): Roles {
  const [first, second, evaluator] = roles;
  if (roles.length !== 3 || new Set(roles).size !== 3 || !roles.includes(me)) {
    throw new CircuitError('the three-party level has three different parties, and this one is among them');
  }
  return [first!, second!, evaluator!];
}

/** Runs that follow each other, and none after one that failed: messages of it may still be on their way. */
class OneByOne implements OpenProtocol {
  private readonly start: (run: ProtocolRun) => Promise<ProtocolOutputs>;
  private state: 'ready' | 'running' | 'failed' = 'ready';

  constructor(start: (run: ProtocolRun) => Promise<ProtocolOutputs>) {
    this.start = start;
  }

  async run(run: ProtocolRun): Promise<ProtocolOutputs> {
    if (this.state === 'running') throw new CircuitError('a run has not come to its end yet');
    if (this.state === 'failed')
      throw new MpcAbort('internal', undefined, 'an earlier run of the session failed');
    if (run.runId.length !== idBytes) throw new CircuitError(`a run id of ${run.runId.length} bytes`);
    this.state = 'running';
    try {
      const outputs = await this.start(run);
      this.state = 'ready';
      return outputs;
    } catch (error) {
      this.state = 'failed';
      throw error;
    }
  }
}
