/** Lambda, CloudWatch Logs, EventBridge Scheduler and queues behind the AWS port: one service, since each stands on the others. */
import {
  AwsError,
  type AwsServiceDefinition,
  type ContainerUsage,
  type EventTargets,
  type ProofQuery,
  ProofUnavailable,
  type Service,
  type ServiceHealth,
  type TableSummary,
} from '@hypergate/kit';
import type { AnyTable } from '@hypergate/table';
import { eventTables } from './events/index.ts';
import { codeDefinition } from './gateway/code-links.ts';
import { urlRowOf } from './gateway/function-url.ts';
import { isUrlPlace } from './gateway/url-place.ts';
import { invocationsTable } from './invoke/index.ts';
import { logDefinition, logTables } from './logs/index.ts';
import { invokeUrl, schemas } from './model/schemas.ts';
import { functionsTable, versionsTable } from './model/tables.ts';
import { functionOperations } from './ops/index.ts';
import { invokeOperations } from './ops/invoke.ts';
import { rowOf, type WithContext } from './ops/operation.ts';
import { settingOperations } from './ops/settings.ts';
import { packagesTable } from './packages/index.ts';
import { type LambdaModules, openParts, type Parts } from './parts.ts';
import { queueDefinition, queueQueryDefinition, queueTables } from './queues/index.ts';
import { scheduleDefinition, scheduleTables } from './schedules/index.ts';
import { aliasesTable } from './store/aliases.ts';
import { layersTable, layerVersionsTable } from './store/layers.ts';
import { proveTarget } from './store/prove-target.ts';
import { emptyEverything } from './store/reset.ts';
import { settingTables } from './store/settings.ts';
import { usageOf } from './store/usage-report.ts';
import { encodeChunk, encodeComplete } from './wire/event-stream.ts';

export function createService(modules: LambdaModules): Service {
  return new LambdaService(modules);
}

const allTables: readonly AnyTable[] = [
  functionsTable,
  versionsTable,
  aliasesTable,
  layersTable,
  layerVersionsTable,
  packagesTable,
  ...settingTables,
  invocationsTable,
  ...eventTables,
  ...logTables,
  ...scheduleTables,
  ...queueTables,
];

class LambdaService implements Service {
  readonly name = 'lambda';
  readonly protocol = 'aws';
  readonly listeners = [];
  readonly tables: readonly TableSummary[] = allTables.map(({ name, description }) => ({
    name,
    description,
  }));
  readonly aws: readonly AwsServiceDefinition[];
  readonly targets: EventTargets;
  readonly #modules: LambdaModules;
  #parts: Parts | undefined;
  #reason = 'functions are being opened';

  constructor(modules: LambdaModules) {
    this.#modules = modules;
    const run: WithContext = async (work) => work(this.#running().context);
    this.aws = [
      {
        signingName: 'lambda',
        protocol: 'restJson1',
        requestIds: 'uuid',
        schemas,
        hosts: { matches: isUrlPlace, operation: invokeUrl },
        discriminators: { [invokeUrl]: 'unrouted' },
        operations: [
          ...[
            ...functionOperations,
            ...settingOperations,
            ...invokeOperations({ encodeChunk, encodeComplete }),
          ].map((one) => rowOf(one, run)),
          urlRowOf(run),
        ],
      },
      codeDefinition(modules.settings.rootAccountId, async (work) => work(this.#running())),
      logDefinition(async (work) => work(this.#running().logs)),
      scheduleDefinition(async (work) => work(this.#running().scheduler)),
      queueDefinition(async (work) => work(this.#running().queues)),
      queueQueryDefinition(async (work) => work(this.#running().queues)),
    ];
    this.targets = {
      check: async (...asked) => this.#running().targets.check(...asked),
      deliver: async (...event) => this.#running().targets.deliver(...event),
    };
  }

  async start(): Promise<void> {
    this.#parts = await openParts(this.#modules);
  }

  async drain(signal: AbortSignal): Promise<void> {
    const parts = this.#parts;
    this.#parts = undefined;
    this.#reason = 'the gateway stops';
    await parts?.close(signal);
  }

  async stop(): Promise<void> {
    await this.drain(AbortSignal.abort());
  }

  health(): ServiceHealth {
    return this.#parts === undefined ? { ready: false, reason: this.#reason } : { ready: true };
  }

  async usage(): Promise<readonly ContainerUsage[]> {
    return this.#parts === undefined ? [] : usageOf(this.#parts.context);
  }

  async prove(query: ProofQuery): Promise<string> {
    if (this.#parts === undefined) throw new ProofUnavailable(503, this.#reason);
    // Records follow the answers; what was answered before is proven.
    await this.#parts.invoker.flush();
    return proveTarget(query, this.#parts.context);
  }

  async reset(): Promise<void> {
    const parts = this.#parts;
    if (parts === undefined) return;
    this.#parts = undefined;
    this.#reason = 'everything is being removed';
    await parts.close(AbortSignal.abort());
    await emptyEverything(parts.context, allTables);
    await this.start();
  }

  /** @throws AwsError */
  #running(): Parts {
    if (this.#parts === undefined) throw new AwsError('ServiceException', 500, `Not now: ${this.#reason}.`);
    return this.#parts;
  }
}
