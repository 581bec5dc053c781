/** Parties that met, and will compute together for many runs: the identity of each, the channels between them, one protocol. */
import { randomBytes } from 'node:crypto';
import type { TaggedHash } from '../../../api/index.ts';
import type { ComputationStatement, SignedComputation } from '../../../verifier/computation.ts';
import type { RandomSource } from '../channel.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { everybodyOf, holdersOf } from '../circuit/holders.ts';
import { CircuitError, MpcAbort } from '../errors.ts';
import type { OpenProtocol, Protocol, ProtocolOutputs } from '../protocol.ts';
import { type SessionClock, systemClock } from './clock.ts';
import { confirmRun } from './confirmation.ts';
import type { Connector, Membership } from './connect.ts';
import {
  allowsRun,
  checkDescription,
  partyOf,
  type SecurityDemand,
  type SessionDescription,
} from './description.ts';
import { agreementHash } from './format/agreement.ts';
import { type Identity, sameKey } from './identity.ts';
import { type Levels, protocolFor } from './levels.ts';
import { sessionLimits } from './limits.ts';
import { Links } from './links.ts';
import { beginRun, meet } from './meeting.ts';
import { signRun } from './receipt.ts';
import type { ChannelOptions } from './secure-channel.ts';

export interface SessionOptions {
  readonly identity: Identity;
  readonly me: string;
  readonly description: SessionDescription;
  /** By name of the other party. The session owns them from the call on, whatever comes of it. */
  readonly connections: ReadonlyMap<string, Connector>;
  readonly levels: Levels;
  /** Tagged hash of a circuit, the same for all parties that have the same circuit. */
  readonly commit: (circuit: Circuit) => TaggedHash;
  /** What this party asks of the level beyond the description. */
  readonly demand?: SecurityDemand;
  /** Until all are connected and know that they are in one session. */
  readonly meetMs?: number;
  /** From opening to the last run. */
  readonly totalMs?: number;
  readonly channel?: ChannelOptions;
  readonly random?: RandomSource;
  readonly signal?: AbortSignal;
  readonly clock?: SessionClock;
}

export interface RunResult {
  /** From 0 on. */
  readonly run: number;
  /** Bits by output of the circuit; undefined for those that go to others. */
  readonly outputs: ProtocolOutputs;
  /** The same for all parties: names the run and all that went over the channels of the session up to its end. */
  readonly transcriptHash: TaggedHash;
  /** The statement that this run was, with the signatures of all parties; nothing in it is secret. */
  readonly receipt: SignedComputation;
}

export interface RunCall {
  /**
   * Public bytes that all parties have to have alike and that the run is bound to, such as commitments to inputs that they hold
   * together. At most 64 KiB.
   */
  readonly context?: Uint8Array;
}

/** A party of a session, wherever it runs. */
export interface SessionRunner {
  /**
   * Runs follow each other in the order of the description.
   *
   * @param inputs bits by input of the circuit; undefined for those of others
   * @throws MpcAbort, after which no run is taken; CircuitError for a call that does not fit, which nobody hears of
   */
  run(circuit: Circuit, inputs: readonly (Uint8Array | undefined)[], call?: RunCall): Promise<RunResult>;
  /** Resolves when nothing is left: no connection, timer or listener. A run under way fails. */
  close(): Promise<void>;
}

export interface Session extends SessionRunner {
  /** 32 bytes, public. */
  readonly sessionId: Uint8Array;
  readonly agreement: TaggedHash;
}

/**
 * Meets the other parties and opens the protocol of the level.
 *
 * @throws MpcAbort: `refused` for a level that is too weak, before anyone is spoken to; RangeError for a description that is not
 * well-formed or of which this is no party
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { description, me, connections } = options;
  const links = new Links();
  const release = watch(links, options);
  const missing = new Set(connections.keys());
  let stopMeeting = (): void => undefined;
  let connecting: Promise<void> | undefined;
  try {
    const protocol = check(options);
    const parties = description.parties.map(({ name }) => name);
    const agreement = agreementHash(description);
    const random = options.random ?? randomBytes;
    stopMeeting = watchMeeting(links, options, missing);
    const membership = membershipOf(options, agreement, links.signal);
    connecting = connectAll(links, membership, connections, missing);
    const { sessionId, opened } = await links.guard(async () => {
      await connecting;
      const sessionId = await meet(links, parties, me, agreement, random);
      stopMeeting();
      const opened = await protocol({ roles: parties, me, channels: links.channels, random, sessionId });
      return { opened, sessionId };
    });
    return new OpenSession(options, links, release, agreement, sessionId, opened);
  } catch (error) {
    release();
    stopMeeting();
    // What is still under way ends with the session; the first reason is the one that counts.
    await Promise.allSettled([connecting]);
    for (const connector of connections.values()) connector.discard();
    await links.close();
    throw error;
  }
}

class OpenSession implements Session {
  readonly sessionId: Uint8Array;
  readonly agreement: TaggedHash;
  readonly #options: SessionOptions;
  readonly #parties: readonly string[];
  readonly #links: Links;
  readonly #release: () => void;
  readonly #protocol: OpenProtocol;
  /** A circuit does not change: its commitment is computed once, however often it runs. */
  readonly #commitments = new WeakMap<Circuit, TaggedHash>();
  #number = 0;
  #isRunning = false;

  constructor(
    options: SessionOptions,
    links: Links,
    release: () => void,
    agreement: TaggedHash,
    sessionId: Uint8Array,
    protocol: OpenProtocol,
  ) {
    this.#options = options;
    this.#parties = options.description.parties.map(({ name }) => name);
    this.#links = links;
    this.#release = release;
    this.agreement = agreement;
    this.sessionId = sessionId;
    this.#protocol = protocol;
  }

  async run(
    circuit: Circuit,
    inputs: readonly (Uint8Array | undefined)[],
    { context }: RunCall = {},
  ): Promise<RunResult> {
    const { me, identity, description } = this.#options;
    if (context !== undefined && context.length > sessionLimits.contextBytesMax)
      throw new CircuitError('the context of a run is too long');
    checkCall(circuit, inputs, me, this.#parties);
    return this.#alone(async () => {
      const number = this.#number++;
      const commitment = this.#commitmentOf(circuit);
      if (!allowsRun(description, number, commitment)) {
        throw new MpcAbort('disagreement', me, `run ${number} of the description is of another circuit`);
      }
      const runId = await beginRun(this.#links, this.sessionId, number, commitment, context);
      const outputs = await this.#protocol.run({ circuit, inputs, runId });
      const transcriptHash = await confirmRun(this.#links, this.#parties, me, runId);
      const statement: ComputationStatement = {
        version: 1,
        circuit: commitment,
        level: description.level,
        parties: description.parties,
        sessionId: this.sessionId,
        run: number,
        transcriptHash: transcriptHash.subarray(1),
      };
      const receipt = await signRun(this.#links, statement, me, identity);
      return { run: number, outputs, transcriptHash, receipt };
    });
  }

  /** One thing at a time, on channels that are in step. */
  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isRunning) throw new CircuitError('a run is under way: runs follow each other');
    this.#isRunning = true;
    try {
      return await this.#links.guard(work);
    } finally {
      this.#isRunning = false;
    }
  }

  #commitmentOf(circuit: Circuit): TaggedHash {
    const known = this.#commitments.get(circuit);
    if (known !== undefined) return known;
    const commitment = this.#options.commit(circuit);
    this.#commitments.set(circuit, commitment);
    return commitment;
  }

  async close(): Promise<void> {
    this.#release();
    if (this.#isRunning)
      this.#links.fail(new MpcAbort('cancelled', this.#options.me, 'the session was closed'));
    await this.#links.close();
  }
}

/** Before anything is sent to anyone. */
function check(options: SessionOptions): Protocol {
  const { description, me, identity, connections, levels, demand } = options;
  checkDescription(description);
  checkTimes(options);
  if (!sameKey(partyOf(description, me).key, identity.publicKey)) {
    throw new RangeError(`the identity is not that of ${me}`);
  }
  const others = description.parties.filter(({ name }) => name !== me);
  if (connections.size !== others.length || !others.every(({ name }) => connections.has(name))) {
    throw new RangeError('a session needs one connection to each other party');
  }
  const demands = demand === undefined ? [description.demand] : [description.demand, demand];
  return protocolFor(levels, description.level, description.parties.length, demands);
}

function checkTimes({ totalMs, meetMs, channel }: SessionOptions): void {
  for (const ms of [totalMs, meetMs, channel?.idleMs]) {
    const isInRange = ms === undefined || (ms >= sessionLimits.timeMsMin && ms <= sessionLimits.timeMsMax);
    if (!isInRange) throw new RangeError(`a limit of ${ms} ms is out of range`);
  }
}

function membershipOf(options: SessionOptions, agreement: TaggedHash, signal: AbortSignal): Membership {
  const { description, me, identity, channel = {}, random = randomBytes, clock = systemClock } = options;
  return {
    description,
    me,
    claim: { identity, agreement },
    random,
    clock,
    channel: { clock, ...channel },
    signal,
  };
}

/** Ends the session when the caller or the clock wants it. @returns what stops watching */
function watch(links: Links, { me, signal, clock = systemClock, totalMs }: SessionOptions): () => void {
  const ms = totalMs ?? sessionLimits.totalMs;
  const late = (): void =>
    void links.fail(new MpcAbort('timeout', undefined, `the job took longer than ${ms} ms`));
  const stopTimer = clock.timer(ms, late);
  const cancel = (): void => void links.fail(new MpcAbort('cancelled', me, 'it was called off'));
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const release = (): void => {
    stopTimer();
    signal?.removeEventListener('abort', cancel);
    links.signal.removeEventListener('abort', release);
  };
  links.signal.addEventListener('abort', release, { once: true });
  return release;
}

/** @param missing those that are not connected yet */
function watchMeeting(links: Links, options: SessionOptions, missing: ReadonlySet<string>): () => void {
  const { meetMs = sessionLimits.meetMs, clock = systemClock } = options;
  return clock.timer(meetMs, () => {
    const [party] = missing;
    links.fail(new MpcAbort('timeout', party, `the parties did not meet within ${meetMs} ms`));
  });
}

/**
 * All at once: who listens and who dials depends on the pair. Settles when nothing is under way any more.
 * @throws MpcAbort
 */
async function connectAll(
  links: Links,
  membership: Membership,
  connections: ReadonlyMap<string, Connector>,
  missing: Set<string>,
): Promise<void> {
  const connecting = [...connections].map(async ([peer, connector]) => {
    try {
      links.add(await connector.connect(membership, peer));
      missing.delete(peer);
    } catch (error) {
      links.fail(error);
    }
  });
  await Promise.all(connecting);
  if (links.failure !== undefined) throw links.failure;
}

/** @throws CircuitError */
function checkCall(
  circuit: Circuit,
  inputs: readonly (Uint8Array | undefined)[],
  me: string,
  parties: readonly string[],
): void {
  const stranger = everybodyOf(circuit).find((party) => !parties.includes(party));
  if (stranger !== undefined) throw new CircuitError(`${stranger} of the circuit is no party of the session`);
  if (inputs.length !== circuit.inputs.length)
    throw new CircuitError('the circuit has another number of inputs');
  for (const [index, { party, name, bits }] of circuit.inputs.entries()) {
    const given = inputs[index];
    const isMine = holdersOf(party).includes(me);
    if (!isMine && given !== undefined) throw new CircuitError(`input ${name} is not of ${me}`);
    if (!isMine) continue;
    if (given?.length !== bits) throw new CircuitError(`input ${name} has ${bits} bits`);
    let all = 0;
    for (const bit of given) all |= bit;
    if (all > 1) throw new CircuitError(`input ${name} has values that are no bits`);
  }
}
