/** Opening the level between two parties, and running circuits on it. */
import { createHash } from 'node:crypto';
import { publicKeyFor } from '../../block/fixed-key-permutation.ts';
import { TweakedHash } from '../../block/tweaked-hash.ts';
import { CircuitError } from '../../errors.ts';
import type { SetupCotReceiver, SetupCotSender } from '../../ot/correlated.ts';
import type { OpenProtocol, Protocol, ProtocolOutputs, ProtocolRun, ProtocolSetup } from '../../protocol.ts';
import { AndPool } from './and-pool.ts';
import { AuthenticatedBitSource } from './authenticated-bits.ts';
import { checkColours, chooseDelta } from './deltas.ts';
import { tossAfterEquality } from './equality.ts';
import { LeakyAndMaker } from './leaky-ands.ts';
import { Link } from './link.ts';
import { planOf } from './plan.ts';
import { type GarblerSteps, honestGarbler, runEvaluator, runGarbler, type SessionState } from './run.ts';

/** What the level stands on; a test replaces steps by those of a party that cheats. */
export interface MaliciousParts extends GarblerSteps {
  readonly setupCotSender: SetupCotSender;
  readonly setupCotReceiver: SetupCotReceiver;
  readonly toss: typeof tossAfterEquality;
  /** The same for both parties. */
  readonly planOf: typeof planOf;
}

export function maliciousProtocol(
  given: Pick<MaliciousParts, 'setupCotSender' | 'setupCotReceiver'> & Partial<MaliciousParts>,
): Protocol {
  const parts: MaliciousParts = { ...honestGarbler, toss: tossAfterEquality, planOf, ...given };
  return async (setup) => new MaliciousSession(await openSession(setup, parts), setup.me, parts);
}

async function openSession(setup: ProtocolSetup, parts: MaliciousParts): Promise<SessionState> {
  const { roles, me, channels, random, sessionId } = setup;
  const [garbler, evaluator] = roles;
  if (roles.length !== 2 || garbler === undefined || evaluator === undefined || garbler === evaluator) {
    throw new CircuitError('this level has two roles: garbler and evaluator');
  }
  if (me !== garbler && me !== evaluator) throw new CircuitError(`${me} has no role`);
  const isGarbler = me === garbler;
  const channel = channels.get(isGarbler ? evaluator : garbler);
  if (channel === undefined) throw new CircuitError('there is no channel to the other party');

  const delta = chooseDelta(random, isGarbler);
  const idOf = (receiver: string) =>
    createHash('sha256')
      .update('hypergate mpc malicious cot\0')
      .update(receiver)
      .update('\0')
      .update(sessionId)
      .digest();
  const setupSender = () =>
    parts.setupCotSender(channel, { random, sessionId: idOf(isGarbler ? 'evaluator' : 'garbler'), delta });
  const setupReceiver = () =>
    parts.setupCotReceiver(channel, { random, sessionId: idOf(isGarbler ? 'garbler' : 'evaluator') });
  // The garbler's bits come first, here as everywhere.
  const receiverFirst = isGarbler ? await setupReceiver() : undefined;
  const sender = await setupSender();
  const receiver = receiverFirst ?? (await setupReceiver());

  const link = new Link(channel, isGarbler, sessionId);
  const source = new AuthenticatedBitSource(isGarbler, sender, receiver, random);
  await checkColours(link, source);
  const hash = new TweakedHash(publicKeyFor('malicious authenticated ands', sessionId));
  const pool = new AndPool(link, source, new LeakyAndMaker(link, source, hash), random, parts.toss);
  return { link, source, pool, random, garbler, evaluator, sessionId, planOf: parts.planOf };
}

class MaliciousSession implements OpenProtocol {
  private readonly state: SessionState;
  private readonly me: string;
  private readonly steps: GarblerSteps;
  private running = false;
  /** Why no more runs are taken. After a check failed, another try would be another guess at what it protects. */
  private ended: unknown;

  constructor(state: SessionState, me: string, steps: GarblerSteps) {
    this.state = state;
    this.me = me;
    this.steps = steps;
  }

  async run(run: ProtocolRun): Promise<ProtocolOutputs> {
    if (this.ended !== undefined) throw this.ended;
    if (this.running) throw new Error('runs of a session follow each other');
    this.checkRun(run);
    this.running = true;
    try {
      this.state.link.bind(run.runId);
      const values = this.state.link.isGarbler
        ? await runGarbler(this.state, run, this.steps)
        : await runEvaluator(this.state, run);
      return this.outputsOf(run, values);
    } catch (error) {
      this.ended = error;
      throw error;
    } finally {
      this.running = false;
    }
  }

  private checkRun({ circuit, inputs }: ProtocolRun): void {
    const { garbler, evaluator } = this.state;
    for (const party of circuit.parties) {
      if (party !== garbler && party !== evaluator) throw new CircuitError(`${party} is none of the parties`);
    }
    for (const [index, { party, name, bits }] of circuit.inputs.entries()) {
      if (party === this.me && inputs[index]?.length !== bits) {
        throw new CircuitError(`input ${name} has ${bits} bits, not ${inputs[index]?.length ?? 'none'}`);
      }
    }
  }

  private outputsOf({ circuit }: ProtocolRun, values: Uint8Array): ProtocolOutputs {
    let at = 0;
    return circuit.outputs.map(({ to, wires }) => {
      if (!to.includes(this.me)) return undefined;
      at += wires.length;
      return values.slice(at - wires.length, at);
    });
  }
}
