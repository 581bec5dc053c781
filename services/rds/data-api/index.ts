/**
 * The Data API of RDS (`rds-data`): SQL over HTTPS for instances and clusters, with the credentials of a secret
 * (control/secrets.ts). Answers have the form that Aurora PostgreSQL's have. `ExecuteSql`, which AWS no longer answers, is refused.
 */
import {
  AwsError,
  type AwsServiceDefinition,
  type Call,
  type OperationRow,
  type RandomSource,
} from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/rds-data';
import type { ControlContext } from '../control/index.ts';
import type { WithContext } from '../control/operation.ts';
import type { Instances } from '../instance/api.ts';
import { badRequest, dataError, translated } from './errors.ts';
import { checkedSql, execute, type StatementInput } from './execute.ts';
import { dataLimits } from './limits.ts';
import { TypeNames } from './metadata.ts';
import { bind, type SqlParameter } from './parameters.ts';
import { type Login, Pool } from './pool.ts';
import { type Target, Targets } from './resource.ts';
import type { Session } from './session.ts';
import { Transactions } from './transactions.ts';

export interface DataApiModules {
  readonly instances: Pick<Instances, 'connect'>;
  readonly random: RandomSource;
  readonly nowMs: () => number;
}

export interface DataApiLimits {
  readonly statementTimeoutMs: number;
  readonly connectionIdleMs: number;
  readonly transactionIdleMs: number;
  readonly transactionMs: number;
}

interface Addressed {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database?: string;
  readonly schema?: string;
  readonly transactionId?: string;
}
type ExecuteInput = Addressed & StatementInput;
type BatchInput = Addressed & {
  readonly sql: string;
  readonly parameterSets?: readonly (readonly SqlParameter[])[];
};
type EndInput = Addressed & { readonly transactionId: string };

const noValues = { values: [], types: [] } as const;

export class DataApi {
  readonly #limits: DataApiLimits;
  readonly #pool: Pool;
  readonly #transactions: Transactions;
  readonly #targets = new Targets();
  readonly #names = new TypeNames();

  constructor({ instances, random, nowMs }: DataApiModules, limits: DataApiLimits = dataLimits) {
    this.#limits = limits;
    this.#pool = new Pool(instances, {
      timeoutMs: limits.statementTimeoutMs,
      idleMs: limits.connectionIdleMs,
    });
    this.#transactions = new Transactions(this.#pool, random, nowMs, limits);
  }

  definition(run: WithContext): AwsServiceDefinition {
    const row = <Input extends Addressed>(
      name: string,
      operate: (input: Input, target: Target) => Promise<unknown>,
    ): OperationRow<Input> => ({
      name,
      action: `rds-data:${name}`,
      bodyBytesMax: dataLimits.bodyBytesMax,
      resources: ({ input }) => resourcesOf(input.resourceArn, input.secretArn),
      handle: (call) => run((context) => this.#handle(context, call, operate)),
    });
    return {
      signingName: 'rds-data',
      protocol: 'restJson1',
      requestIds: 'uuid',
      schemas,
      operations: [
        row<ExecuteInput>('ExecuteStatement', (input, target) => this.#execute(input, target)),
        row<BatchInput>('BatchExecuteStatement', (input, target) => this.#batch(input, target)),
        row<Addressed>('BeginTransaction', async (input, target) => ({
          transactionId: await this.#transactions.begin(loginOf(input, target)),
        })),
        row<EndInput>('CommitTransaction', async (input, target) => {
          await this.#transactions.end(input.transactionId, target, 'COMMIT');
          return { transactionStatus: 'Transaction Committed' };
        }),
        row<EndInput>('RollbackTransaction', async (input, target) => {
          await this.#transactions.end(input.transactionId, target, 'ROLLBACK');
          return { transactionStatus: 'Rollback Complete' };
        }),
        executeSql,
      ],
    };
  }

  /** Connections of an instance, used or not. */
  connections(instance: string): number {
    return this.#pool.size(instance);
  }

  /** Open transactions are rolled back. */
  async close(): Promise<void> {
    await this.#transactions.close();
    await this.#pool.close();
  }

  async #handle<Input extends Addressed>(
    context: ControlContext,
    { input, principal, region, requestId, operation }: Call<Input>,
    operate: (input: Input, target: Target) => Promise<unknown>,
  ) {
    try {
      if (input.schema !== undefined)
        throw badRequest('The schema parameter is not supported. Set the search_path instead.');
      const scope = { account: principal.accountId, region };
      const target = await this.#targets.find(context, scope, input.resourceArn, input.secretArn);
      return { output: await operate(input, target) };
    } catch (error) {
      const told = refined(translated(error));
      if (!(told instanceof AwsError))
        context.logger.error({ err: told, operation, requestId }, 'a call of the Data API failed');
      throw told;
    }
  }

  #execute(input: ExecuteInput, target: Target): Promise<unknown> {
    const login = loginOf(input, target);
    const place = `${login.instance} ${login.database}`;
    return this.#withSession(input, target, (session) =>
      execute(session, input, this.#names, place, this.#limits.statementTimeoutMs),
    );
  }

  /** Outside of a transaction of the caller's all sets are done, or none. */
  #batch(input: BatchInput, target: Target): Promise<unknown> {
    const { parameterSets = [[]], transactionId } = input;
    if (parameterSets.length > dataLimits.parameterSetsMax)
      throw badRequest(`A batch has at most ${dataLimits.parameterSetsMax} parameter sets.`);
    const prepared = checkedSql(input.sql);
    const all = parameterSets.map((set) => bind(prepared, set));
    return this.#withSession(input, target, async (session) => {
      if (transactionId === undefined) await session.run('BEGIN', noValues);
      for (const bound of all) {
        const { columns } = await session.run(prepared.text, bound);
        if (columns !== undefined && columns.length > 0)
          throw badRequest('A statement of a batch cannot return rows.');
      }
      if (transactionId === undefined) await session.run('COMMIT', noValues);
      return { updateResults: all.map(() => ({ generatedFields: [] })) };
    });
  }

  async #withSession<Result>(
    input: Addressed,
    target: Target,
    work: (session: Session) => Promise<Result>,
  ): Promise<Result> {
    const { transactionId, database } = input;
    if (transactionId !== undefined) {
      return this.#transactions.use(transactionId, { ...target, database }, ({ session }) => work(session));
    }
    const login = loginOf(input, target);
    const session = await this.#pool.take(login);
    try {
      return await work(session);
    } finally {
      this.#pool.giveBack(login, session);
    }
  }
}

const loginOf = ({ database }: Addressed, target: Target): Login => ({
  ...target,
  database: database ?? target.database,
});

/** Whoever uses a secret must be allowed to read it, as with AWS. */
function resourcesOf(resourceArn: string, secretArn: string) {
  const owner = (arn: string) => {
    const account = arn.split(':')[4];
    return account === undefined || account === '' ? {} : { ownerAccountId: account };
  };
  return [
    { arn: resourceArn, ...owner(resourceArn) },
    { arn: secretArn, action: 'secretsmanager:GetSecretValue', ...owner(secretArn) },
  ];
}

const executeSql: OperationRow<{
  readonly dbClusterOrInstanceArn: string;
  readonly awsSecretStoreArn: string;
}> = {
  name: 'ExecuteSql',
  action: 'rds-data:ExecuteSql',
  resources: ({ input }) => resourcesOf(input.dbClusterOrInstanceArn, input.awsSecretStoreArn),
  handle: async () => {
    throw badRequest('ExecuteSql is no longer supported. Use BatchExecuteStatement or ExecuteStatement.');
  },
};

/** What AWS has a name of its own for. */
function refined(error: unknown): unknown {
  if (!(error instanceof AwsError) || error.code !== 'DatabaseErrorException') return error;
  if (error.message.includes('due to statement timeout'))
    return dataError('StatementTimeoutException', error.message);
  if (error.message.includes('cannot insert multiple commands into a prepared statement'))
    return badRequest("Multistatements aren't supported");
  return error;
}
