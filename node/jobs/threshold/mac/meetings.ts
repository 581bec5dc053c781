/**
 * Sessions of the three-party level that a custodian keeps open between calls, so that a MAC does not pay for meeting. The coordinator
 * names a session; calls of one session follow each other in the order in which they came. A session that failed is forgotten.
 */
import type { Bytes } from '../../../api/index.ts';
import { circuitCommitment } from '../../mpc/circuit/encode.ts';
import { MpcAbort } from '../../mpc/errors.ts';
import { levels } from '../../mpc/levels/index.ts';
import { openSession, type Session, type SessionDescription, systemClock } from '../../mpc/session/index.ts';
import { ThresholdAbort } from '../errors.ts';
import type { Party } from '../party.ts';
import { roles } from './circuits.ts';
import { macLimits } from './limits.ts';
import type { Links } from './links.ts';
import type { Triple } from './pieces.ts';

/** Three custodians in a session, as one of them sees it. */
export interface Seat {
  readonly session: Session;
  /** 0 to 2. */
  readonly role: number;
  /** Runs so far: every party counts the same. */
  runs: number;
}

interface Meeting {
  readonly triple: Triple;
  seat: Seat | undefined;
  /** Settles, and never rejects, when the last call is done. */
  last: Promise<void>;
  waiting: number;
  failed: boolean;
}

const all = new WeakMap<Links, Meetings>();

/** @throws ThresholdAbort `unavailable` for a custodian without links */
export function meetingsOf({ links, me, committee, random }: Party): Meetings {
  if (links === undefined) throw new ThresholdAbort('unavailable', undefined, 'it has no links to others');
  const found = all.get(links) ?? new Meetings(links, me, committee.members, (bytes) => random.bytes(bytes));
  all.set(links, found);
  return found;
}

/** Ends all sessions of a custodian: nothing is left of them when it resolves. */
export async function closeMeetings({ links }: Pick<Party, 'links'>): Promise<void> {
  if (links !== undefined) await all.get(links)?.close();
}

class Meetings {
  readonly #links: Links;
  readonly #me: number;
  readonly #members: Party['committee']['members'];
  readonly #random: (bytes: number) => Uint8Array;
  /** Those used last come last. */
  readonly #meetings = new Map<string, Meeting>();
  readonly #closing = new Set<Promise<void>>();
  readonly #ended = new AbortController();

  constructor(
    links: Links,
    me: number,
    members: Party['committee']['members'],
    random: (bytes: number) => Uint8Array,
  ) {
    this.#links = links;
    this.#me = me;
    this.#members = members;
    this.#random = random;
  }

  /**
   * @param name 16 bytes, of the session: opened when there is none of that name
   * @param blocks that the call computes on, for how long it may take
   * @throws MpcAbort; ThresholdAbort `unavailable` when too many wait
   */
  use<Result>(
    name: Bytes,
    triple: Triple,
    blocks: number,
    work: (seat: Seat) => Promise<Result>,
  ): Promise<Result> {
    const meeting = this.#meeting(name, triple);
    if (meeting.waiting >= macLimits.waitingMax)
      throw new ThresholdAbort('unavailable', undefined, 'too many calls wait for the session');
    meeting.waiting += 1;
    const result = meeting.last.then(() => this.#call(meeting, name, blocks, work));
    const done = (): void => {
      meeting.waiting -= 1;
    };
    meeting.last = result.then(done, done);
    return result;
  }

  async close(): Promise<void> {
    this.#ended.abort();
    for (const key of [...this.#meetings.keys()]) this.#drop(key);
    await Promise.all(this.#closing);
  }

  async #call<Result>(
    meeting: Meeting,
    name: Bytes,
    blocks: number,
    work: (seat: Seat) => Promise<Result>,
  ): Promise<Result> {
    if (meeting.failed) throw new MpcAbort('disconnected', undefined, 'the session ended before');
    const { clock = systemClock, times = {} } = this.#links;
    try {
      const seat = (meeting.seat ??= await this.#open(meeting.triple, name));
      const late = (): void => void seat.session.close();
      const stopTimer = clock.timer((times.callMs ?? macLimits.callMs) + blocks * macLimits.blockMs, late);
      try {
        return await work(seat);
      } finally {
        stopTimer();
      }
    } catch (error) {
      this.#drop(keyOf(name, meeting.triple));
      throw error;
    }
  }

  #meeting(name: Bytes, triple: Triple): Meeting {
    const key = keyOf(name, triple);
    const meeting = this.#meetings.get(key) ?? {
      triple,
      seat: undefined,
      last: Promise.resolve(),
      waiting: 0,
      failed: false,
    };
    this.#meetings.delete(key);
    this.#meetings.set(key, meeting);
    const [oldest] = [...this.#meetings].find(([, { waiting }]) => waiting === 0) ?? [];
    if (this.#meetings.size > macLimits.sessionsMax && oldest !== undefined && oldest !== key)
      this.#drop(oldest);
    return meeting;
  }

  #drop(key: string): void {
    const meeting = this.#meetings.get(key);
    this.#meetings.delete(key);
    if (meeting === undefined) return;
    meeting.failed = true;
    if (meeting.seat === undefined) return;
    const closing: Promise<void> = meeting.seat.session.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  async #open(triple: Triple, name: Bytes): Promise<Seat> {
    const { identity, clock, times = {} } = this.#links;
    const role = triple.indexOf(this.#me);
    const ways = this.#links.session(
      triple.filter((index) => index !== this.#me),
      name,
    );
    const session = await openSession({
      identity,
      me: roles[role]!,
      description: this.#describe(triple, name),
      connections: new Map([...ways].map(([index, way]) => [roles[triple.indexOf(index)]!, way])),
      levels,
      commit: circuitCommitment,
      meetMs: times.meetMs ?? macLimits.meetMs,
      totalMs: times.sessionMs ?? macLimits.sessionMs,
      random: this.#random,
      signal: this.#ended.signal,
      ...(clock === undefined ? {} : { clock }),
    });
    return { session, role, runs: 0 };
  }

  #describe(triple: Triple, name: Bytes): SessionDescription {
    return {
      name: `hypergate-mac-${Buffer.from(name).toString('hex')}`,
      level: 'three-party',
      demand: { level: 'three-party', keys: true },
      parties: triple.map((index, role) => ({ name: roles[role]!, key: this.#members[index - 1]!.key })),
      runs: [],
      // Which circuits run follows from the tasks that each custodian was asked for, with evidence.
      anyRuns: true,
    };
  }
}

function keyOf(name: Bytes, triple: Triple): string {
  return `${Buffer.from(name).toString('hex')} ${triple.join(' ')}`;
}
