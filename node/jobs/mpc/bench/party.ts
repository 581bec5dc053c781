/** A party of a session for benchmarks: what is needed to meet the others over TCP, and runs of circuits that all know by name. */
import { circuitCommitment } from '../circuit/encode.ts';
import { levels } from '../levels/index.ts';
import {
  acceptParties,
  type Connector,
  connectParty,
  identityFromSeed,
  openSession,
  type PartyListener,
  type Session,
  type SessionDescription,
} from '../session/index.ts';
import { clearLevels } from '../test/support/clear-protocol.ts';
import { type BenchCircuit, benchCase } from './circuits.ts';
import { type Cost, costOf } from './costs.ts';

/** Structured clones all of it: it goes to a process. */
export interface PartyOrder {
  readonly me: string;
  readonly description: SessionDescription;
  /** Of its identity. */
  readonly seed: Uint8Array;
  /** By name of those that listen. */
  readonly ports: Readonly<Record<string, number>>;
  /** What will run: made before anything is measured. */
  readonly circuits: readonly BenchCircuit[];
  /** Without any protocol: the session alone. */
  readonly clear: boolean;
}

const host = '127.0.0.1';

export class BenchParty {
  private listener: PartyListener | undefined;
  private session: Session | undefined;
  private parties: readonly string[] = [];
  private me = '';

  /** @returns the port */
  async listen(): Promise<number> {
    this.listener = await acceptParties({ host, port: 0 });
    return this.listener.port;
  }

  /** Others are dialled by those that come later in the description. */
  open({ me, description, seed, ports, circuits, clear }: PartyOrder): Promise<Cost> {
    this.me = me;
    this.parties = description.parties.map(({ name }) => name);
    for (const circuit of circuits) benchCase(circuit, this.parties);
    const own = this.parties.indexOf(me);
    return costOf(async () => {
      const connections = new Map<string, Connector>();
      for (const [index, peer] of this.parties.entries()) {
        if (index < own) connections.set(peer, connectParty({ host, port: ports[peer]! }));
        else if (index > own) connections.set(peer, this.listener!.accept());
      }
      this.session = await openSession({
        identity: identityFromSeed(seed),
        me,
        description,
        connections,
        levels: clear ? clearLevels : levels,
        commit: circuitCommitment,
      });
    });
  }

  /** @throws Error when an output is wrong */
  async run(name: BenchCircuit): Promise<Cost> {
    const { circuit, inputs, expected } = benchCase(name, this.parties);
    const own = circuit.inputs.map(({ party }, index) => (party === this.me ? inputs[index] : undefined));
    let outputs: readonly (Uint8Array | undefined)[] = [];
    const cost = await costOf(async () => {
      ({ outputs } = await this.session!.run(circuit, own));
    });
    for (const [index, bits] of expected.entries()) {
      if (Buffer.compare(bits, outputs[index]!) !== 0) throw new Error(`${name}: a wrong output`);
    }
    return cost;
  }

  async close(): Promise<void> {
    await this.session?.close();
    await this.listener?.close();
  }
}
