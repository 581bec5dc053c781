/**
 * AWS KMS whose keys are nowhere whole: custodians hold shares of them (node/jobs/threshold). This is the gateway's side: it decides who
 * may do what, records it, and asks custodians, which decide again for themselves by the same rules (engine/, authority/).
 */
import {
  AwsError,
  type AwsServiceDefinition,
  type ContainerUsage,
  type ProofQuery,
  ProofUnavailable,
  type Service,
  type ServiceHealth,
  type ServiceModules,
  type TableSummary,
} from '@hypergate/kit';
import type { CustodyPort, KeyPort, NodePorts } from '@hypergate/node/api';
import type { TableStore } from '@hypergate/table';
import { kmsLimits } from './engine/limits.ts';
import { schemas } from './model/schemas.ts';
import { domainAddress, kmsTables } from './model/tables.ts';
import { createKey } from './ops/create-key.ts';
import { decrypt } from './ops/decrypt.ts';
import { generateDataKey } from './ops/generate-data-key.ts';
import { kmsOperations } from './ops/index.ts';
import { importSecretTable } from './ops/material-id.ts';
import { describeKey } from './ops/read-key.ts';
import { answer, type KmsOperation, type Run, rowOf } from './ops/row.ts';
import type { KmsContext } from './store/context.ts';
import { ControlLine } from './store/control.ts';
import { CustodyWatch } from './store/custody-watch.ts';
import { DueWork } from './store/due-work.ts';
import { type PerformCall, ServiceKeys } from './store/key-port.ts';
import { KeyQuota } from './store/key-quota.ts';
import { KmsMetrics } from './store/metrics.ts';
import { Outcomes, outcomesTable } from './store/outcomes.ts';
import { proveTarget } from './store/prove-target.ts';
import { emptyEverything } from './store/reset.ts';
import { usageOf } from './store/usage.ts';
import { GatewayView } from './store/view.ts';

/** An operation as other services use it: without the answer's form on the wire. */
const performed =
  ({ operate }: KmsOperation): PerformCall =>
  (context, call) =>
    answer(operate, context, call);

export interface KmsModules extends ServiceModules<NodePorts, TableStore, CustodyPort> {
  readonly custody: CustodyPort;
  /** Instead of all that there are. */
  readonly operations?: readonly KmsOperation[];
  /** Keys of an account, instead of AWS's quota. */
  readonly keysPerAccountMax?: number;
}

export function createService(modules: KmsModules): KmsService {
  return new KmsService(modules);
}

/** What runs between start and drain. */
interface Running {
  readonly context: KmsContext;
  readonly due: DueWork;
  readonly watch: CustodyWatch;
}

export class KmsService implements Service<KeyPort> {
  readonly name = 'kms';
  readonly protocol = 'aws';
  readonly listeners = [];
  readonly tables: readonly TableSummary[] = [...kmsTables, outcomesTable, importSecretTable].map(
    ({ name, description }) => ({
      name,
      description,
    }),
  );
  readonly aws: AwsServiceDefinition;
  readonly keys: KeyPort;
  readonly #modules: KmsModules;
  readonly #metrics: KmsMetrics;
  readonly #underWay = new Set<Promise<unknown>>();
  #running: Running | undefined;
  #reason = 'the records of keys are being opened';

  constructor(modules: KmsModules) {
    this.#modules = modules;
    this.#metrics = new KmsMetrics(modules.metrics, () => this.#running?.context.line.openCount ?? 0);
    const run: Run = (work) => this.#run(work);
    this.aws = {
      signingName: 'kms',
      protocol: 'awsJson1.1',
      targetPrefix: 'TrentService',
      requestIds: 'uuid',
      schemas,
      operations: (modules.operations ?? kmsOperations).map((one) => rowOf(one, run)),
    };
    this.keys = new ServiceKeys({
      run,
      operations: {
        GenerateDataKey: performed(generateDataKey),
        Decrypt: performed(decrypt),
        DescribeKey: performed(describeKey),
        CreateKey: performed(createKey),
      },
    });
  }

  async start(): Promise<void> {
    const { tables } = this.#modules;
    const running = this.#open(await tables.ensureDomain(domainAddress));
    const { context, due, watch } = running;
    await context.line.start();
    this.#running = running;
    due.start();
    // Custodians may come later than the gateway.
    void watch.look();
  }

  #open(domain: KmsContext['domain']): Running {
    const { tables, custody, clock, random, logger, settings } = this.#modules;
    const metrics = this.#metrics;
    const view = new GatewayView(domain);
    const { keysPerAccountMax = kmsLimits.keysPerAccountMax } = this.#modules;
    const quota = new KeyQuota({ domain, view }, keysPerAccountMax);
    const line: ControlLine = new ControlLine({
      tables,
      domain,
      clock,
      logger,
      custody,
      view,
      metrics,
      onChanges: (changes) => {
        due.changed(changes);
        quota.changed(changes);
      },
    });
    const outcomes = new Outcomes({
      tables,
      domain,
      logger,
      onLost: (count) => metrics.outcomesLostTotal.inc(count),
    });
    const { region, rootAccountId } = settings;
    const context: KmsContext = {
      tables,
      domain,
      custody,
      clock,
      random,
      logger,
      region,
      rootAccountId,
      view,
      metrics,
      outcomes,
      line,
      quota,
    };
    const due = new DueWork(context);
    const watch = new CustodyWatch({
      custody,
      onReady: () => line.catchUp(),
    });
    return { context, due, watch };
  }

  /** What is under way ends, or is left to the node's end when the signal comes first. */
  async drain(signal: AbortSignal): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    this.#reason = 'the gateway stops';
    if (running === undefined) return;
    const cut = Promise.withResolvers<void>();
    const onAbort = (): void => cut.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    await Promise.race([this.#end(running), cut.promise]);
    signal.removeEventListener('abort', onAbort);
  }

  async #end({ context, due, watch }: Running): Promise<void> {
    await Promise.allSettled([watch.stop(), due.stop(), ...this.#underWay]);
    await context.outcomes.flush();
    try {
      await context.line.close();
    } catch (error) {
      // The next start hands the last call over once more.
      context.logger.warn({ err: error }, 'the journal of control calls could not be closed');
    }
  }

  async stop(): Promise<void> {
    this.#running = undefined;
  }

  health(): ServiceHealth {
    return this.#running === undefined ? { ready: false, reason: this.#reason } : this.#running.watch.health;
  }

  /** Asks custodians how they are now, and hands over what waits for them. */
  async look(): Promise<ServiceHealth> {
    await this.#running?.watch.look();
    return this.health();
  }

  /** Does now what is due by the clock, instead of in a moment. */
  async settle(): Promise<void> {
    await this.#running?.due.run();
  }

  async usage(): Promise<readonly ContainerUsage[]> {
    return this.#running === undefined ? [] : usageOf(this.#running.context, this.#accounts());
  }

  async prove(query: ProofQuery): Promise<string> {
    if (this.#running === undefined) throw new ProofUnavailable(503, this.#reason);
    return proveTarget(query, this.#running.context);
  }

  async reset(): Promise<void> {
    if (this.#running !== undefined) await emptyEverything(this.#running.context, this.#accounts());
  }

  #accounts(): readonly string[] {
    const { accounts, rootAccountId } = this.#modules.settings;
    return [...new Set([rootAccountId, ...accounts.map(({ accountId }) => accountId)])];
  }

  async #run<Result>(work: (context: KmsContext) => Promise<Result>): Promise<Result> {
    const running = this.#running;
    if (running === undefined) throw new AwsError('KMSInternalException', 500, `Not now: ${this.#reason}.`);
    const result = work(running.context);
    this.#underWay.add(result);
    try {
      return await result;
    } finally {
      this.#underWay.delete(result);
    }
  }
}
