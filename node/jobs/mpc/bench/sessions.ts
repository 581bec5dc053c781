/** Sessions of all parties of a level over TCP on loopback: in this process, whose costs are then those of all, or in one each. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { circuitCommitment } from '../circuit/encode.ts';
import type { SecurityLevel } from '../protocol.ts';
import { newIdentity, type SessionDescription } from '../session/index.ts';
import { type BenchCircuit, benchCase } from './circuits.ts';
import { type Cost, startCost } from './costs.ts';
import { BenchParty, type PartyOrder } from './party.ts';
import type { PartyAnswer, PartyTask } from './party-process.ts';

export interface SessionPlan {
  readonly level: SecurityLevel;
  readonly parties: readonly string[];
  /** In this order, and no others. */
  readonly runs: readonly BenchCircuit[];
  /** Without the protocol of the level. */
  readonly clear?: boolean;
  /** Otherwise all parties are in this process. */
  readonly processes: boolean;
}

export interface BenchSession {
  readonly opening: Cost;
  /** The next of the plan. Wall time of the party that took longest, processor time of all together. */
  run(): Promise<Cost>;
  close(): Promise<void>;
}

/** A party, here or elsewhere. */
interface Member {
  listen(): Promise<number>;
  open(order: PartyOrder): Promise<Cost>;
  run(circuit: BenchCircuit): Promise<Cost>;
  close(): Promise<void>;
}

export async function openBenchSession(plan: SessionPlan): Promise<BenchSession> {
  const { parties, processes, runs } = plan;
  const members = parties.map((): Member => (processes ? new ProcessMember() : new BenchParty()));
  const together = async (act: (member: Member, index: number) => Promise<Cost>): Promise<Cost> => {
    const here = startCost();
    const costs = await Promise.all(members.map(act));
    if (!processes) return here();
    return {
      wallMs: Math.max(...costs.map(({ wallMs }) => wallMs)),
      cpuMs: costs.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    };
  };
  const close = async (): Promise<void> => void (await Promise.all(members.map((member) => member.close())));
  try {
    const ports = await Promise.all(
      members.slice(0, -1).map(async (member, index) => [parties[index]!, await member.listen()] as const),
    );
    const { description, seeds } = describe(plan);
    const opening = await together((member, index) =>
      member.open({
        me: parties[index]!,
        description,
        seed: seeds[index]!,
        ports: Object.fromEntries(ports),
        circuits: [...new Set(runs)],
        clear: plan.clear === true,
      }),
    );
    const left = [...runs];
    const run = async (): Promise<Cost> => {
      const circuit = left.shift();
      if (circuit === undefined) throw new Error('the plan has no more runs');
      return together((member) => member.run(circuit));
    };
    return { opening, run, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function describe({ level, parties, runs }: SessionPlan): {
  readonly description: SessionDescription;
  readonly seeds: readonly Uint8Array[];
} {
  const identities = parties.map(() => newIdentity(randomBytes));
  const description: SessionDescription = {
    name: `bench-${randomBytes(8).toString('hex')}`,
    level,
    demand: { level, keys: false },
    parties: parties.map((name, index) => ({ name, key: identities[index]!.identity.publicKey })),
    runs: runs.map((name) => ({ circuit: circuitCommitment(benchCase(name, parties).circuit), times: 1 })),
  };
  return { description, seeds: identities.map(({ seed }) => seed) };
}

/** Ends with this process. */
class ProcessMember implements Member {
  private readonly child: ChildProcess;

  constructor() {
    const entry = fileURLToPath(new URL('party-process.ts', import.meta.url));
    this.child = fork(entry, { serialization: 'advanced', env: {}, execArgv: [] });
  }

  async listen(): Promise<number> {
    const answer = await this.ask({ type: 'listen' });
    if (answer.type !== 'listening') throw new Error('a party that does not listen');
    return answer.port;
  }

  open(order: PartyOrder): Promise<Cost> {
    return this.costOf({ type: 'open', order });
  }

  run(circuit: BenchCircuit): Promise<Cost> {
    return this.costOf({ type: 'run', circuit });
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }

  private async costOf(task: PartyTask): Promise<Cost> {
    const answer = await this.ask(task);
    if (answer.type !== 'done') throw new Error('a party that does something else');
    return answer.cost;
  }

  private ask(task: PartyTask): Promise<PartyAnswer> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`a party ended with ${code}`));
      child.once('exit', ended);
      child.once('message', (answer: PartyAnswer) => {
        child.off('exit', ended);
        if (answer.type === 'failed') reject(new Error(`a party failed: ${answer.error}`));
        else resolve(answer);
      });
      child.send(task);
    });
  }
}
