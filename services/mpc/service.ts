/** Circuits and records of computations, behind the admin API. */
import {
  ComputationRefused,
  type Computations,
  type ProofQuery,
  ProofUnavailable,
  type Service,
  type ServiceHealth,
  type ServiceModules,
  type TableSummary,
} from '@hypergate/kit';
import type { NodePorts } from '@hypergate/node/api';
import type { TableStore } from '@hypergate/table';
import { domainAddress, mpcTables } from './model/tables.ts';
import { compileCircuit, findCircuit, findEncoding, listCircuits, putCircuit } from './store/circuits.ts';
import { findComputation, listComputations, recordComputation } from './store/computations.ts';
import type { MpcContext } from './store/context.ts';
import { proveTarget } from './store/prove-target.ts';
import { explained } from './store/refusals.ts';
import { emptyEverything } from './store/reset.ts';
import { partyKey, playAll, takePart } from './store/take-part.ts';

export type MpcModules = ServiceModules<NodePorts, TableStore>;

export function createService(modules: MpcModules): Service {
  return new MpcService(modules);
}

class MpcService implements Service {
  readonly name = 'mpc';
  readonly protocol = 'admin';
  readonly listeners = [];
  readonly tables: readonly TableSummary[] = mpcTables.map(({ name, description }) => ({
    name,
    description,
  }));
  readonly computations: Computations;
  readonly #modules: MpcModules;
  readonly #underWay = new Set<Promise<unknown>>();
  #context: MpcContext | undefined;
  #reason = 'the records of computations are being opened';

  constructor(modules: MpcModules) {
    this.#modules = modules;
    this.computations = {
      putCircuit: (encoding, upload) => this.#run((context) => putCircuit(encoding, upload, context)),
      compileCircuit: (source, upload) => this.#run((context) => compileCircuit(source, upload, context)),
      circuit: (commitment) => this.#run((context) => findCircuit(commitment, context)),
      encoding: (commitment, signal) => this.#run((context) => findEncoding(commitment, context, signal)),
      circuits: (page) => this.#run((context) => listCircuits(page, context)),
      partyKey: () => this.#run((context) => partyKey(context)),
      takePart: (task) => this.#run((context) => takePart(task, context)),
      playAll: (task) => this.#run((context) => playAll(task, context)),
      record: (computation, endedMs) =>
        this.#run((context) => recordComputation(computation, endedMs, context)),
      computation: (id) => this.#run((context) => findComputation(id, context)),
      computations: (circuit, page) => this.#run((context) => listComputations(circuit, page, context)),
    };
  }

  async start(): Promise<void> {
    const { node, tables, clock, logger } = this.#modules;
    this.#context = { node, tables, clock, logger, domain: await tables.ensureDomain(domainAddress) };
  }

  /** What is under way ends, or is left to the node's end when the signal comes first. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#context = undefined;
    this.#reason = 'the gateway stops';
    const cut = Promise.withResolvers<void>();
    const onAbort = (): void => cut.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    await Promise.race([Promise.allSettled(this.#underWay), cut.promise]);
    signal.removeEventListener('abort', onAbort);
  }

  async stop(): Promise<void> {
    this.#context = undefined;
  }

  health(): ServiceHealth {
    return this.#context === undefined ? { ready: false, reason: this.#reason } : { ready: true };
  }

  /** @throws ProofUnavailable */
  async prove(query: ProofQuery): Promise<string> {
    if (this.#context === undefined) throw new ProofUnavailable(503, this.#reason);
    return await proveTarget(query, this.#context);
  }

  async reset(): Promise<void> {
    if (this.#context !== undefined) await emptyEverything(this.#context);
  }

  async #run<Result>(work: (context: MpcContext) => Promise<Result>): Promise<Result> {
    if (this.#context === undefined) throw new ComputationRefused(503, this.#reason);
    const running = work(this.#context);
    this.#underWay.add(running);
    try {
      return await running;
    } catch (error) {
      throw explained(error);
    } finally {
      this.#underWay.delete(running);
    }
  }
}
