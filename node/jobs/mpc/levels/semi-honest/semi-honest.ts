/**
 * Yao's protocol with half-gates: two parties, of whom each follows the protocol. Base transfers once; then each run takes
 * correlated transfers for the evaluator's inputs, and the tables.
 *
 * The garbler's delta is its secret of the correlated transfers, so that these give the evaluator its labels without another
 * message, and it is the same in all runs. That is sound: what the evaluator sees of a run are labels that it holds and values
 * H(label ^ delta, tweak), some with delta added, which is one query each of the game of tweakable circular correlation robustness
 * (Guo, Katz, Wang, Yu 2020, definition 4). The game is for any number of queries with one delta and any labels, those the adversary
 * chooses among them, as long as no label comes twice under one tweak. Each run has its own cipher key, derived from the ids of
 * session and run and a count, so that in the ideal-cipher model all pairs of key and tweak differ over the whole session. Labels of
 * inputs are new in each run, so that those of one run say nothing about the inputs of another. What a session loses against
 * separate deltas is the sum over its queries q and the adversary's own p of about p * q / 2^127.
 */
import { createHash } from 'node:crypto';
import { publicKeyFor } from '../../block/fixed-key-permutation.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { CircuitError, MpcAbort } from '../../errors.ts';
import { LabelMemory } from '../../garble/label-memory.ts';
import {
  type SetupCotReceiver,
  type SetupCotSender,
  setupCotReceiver,
  setupCotSender,
} from '../../ot/correlated.ts';
import type { OpenProtocol, Protocol, ProtocolOutputs, ProtocolRun, ProtocolSetup } from '../../protocol.ts';
import { runEvaluator } from './evaluator-run.ts';
import { runGarbler } from './garbler-run.ts';

export interface Transfers {
  readonly setupCotSender: SetupCotSender;
  readonly setupCotReceiver: SetupCotReceiver;
}

/** Roles: the garbler, then the evaluator. */
export const semiHonest: Protocol = (setup) => open(setup, { setupCotSender, setupCotReceiver });

/** @param transfers in the place of the usual ones. @throws as a `Protocol` does */
export async function open(
  { roles, me, channels, random, sessionId }: ProtocolSetup,
  transfers: Transfers,
): Promise<OpenProtocol> {
  const [garbler, evaluator] = roles;
  if (roles.length !== 2 || garbler === evaluator || !roles.includes(me)) {
    throw new CircuitError('the semi-honest level is for two parties, a garbler and an evaluator');
  }
  const names = { garbler: garbler!, evaluator: evaluator! };
  const peer = me === garbler ? names.evaluator : names.garbler;
  const channel = channels.get(peer);
  if (channel === undefined) throw new CircuitError(`there is no channel to ${peer}`);
  const options = { random, sessionId: transferId(sessionId, roles) };
  const memory = new LabelMemory();
  if (me === garbler) {
    const delta = Buffer.from(random(16));
    delta[0]! |= 1;
    const cot = await transfers.setupCotSender(channel, { ...options, delta });
    const party = { channel, random, cot, memory, ...names };
    return new Open(roles, sessionId, (run, hashKey) => runGarbler(party, run, hashKey));
  }
  const cot = await transfers.setupCotReceiver(channel, options);
  const party = { channel, cot, memory, ...names };
  return new Open(roles, sessionId, (run, hashKey) => runEvaluator(party, run, hashKey));
}

class Open implements OpenProtocol {
  private readonly roles: readonly string[];
  private readonly sessionId: Uint8Array;
  private readonly runOnce: (run: ProtocolRun, hashKey: Buffer) => Promise<ProtocolOutputs>;
  private runs = 0;
  private ready = true;

  constructor(
    roles: readonly string[],
    sessionId: Uint8Array,
    runOnce: (run: ProtocolRun, hashKey: Buffer) => Promise<ProtocolOutputs>,
  ) {
    this.roles = roles;
    this.sessionId = sessionId;
    this.runOnce = runOnce;
  }

  async run(run: ProtocolRun): Promise<ProtocolOutputs> {
    if (!this.ready) throw new MpcAbort('internal', undefined, 'a run failed, or has not ended');
    checkParties(run.circuit, this.roles);
    // Where a run fails the parties no longer agree on the state of their transfers.
    this.ready = false;
    const count = Buffer.alloc(8);
    count.writeUIntBE(this.runs++, 2, 6);
    const outputs = await this.runOnce(run, publicKeyFor('semi-honest', this.sessionId, run.runId, count));
    this.ready = true;
    return outputs;
  }
}

function checkParties(circuit: Circuit, roles: readonly string[]): void {
  const same =
    circuit.parties.length === roles.length && roles.every((role) => circuit.parties.includes(role));
  if (!same) {
    throw new CircuitError(
      `a circuit of ${circuit.parties.join(', ')} for a computation of ${roles.join(', ')}`,
    );
  }
}

/** Names the base transfers: session and roles. */
function transferId(sessionId: Uint8Array, roles: readonly string[]): Buffer {
  return createHash('sha256')
    .update('hypergate mpc semi-honest v1 transfers\0')
    .update(JSON.stringify(roles))
    .update(sessionId)
    .digest();
}
