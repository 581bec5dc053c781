/**
 * Amazon SQS in the query protocol (API version 2012-11-05), which SDKs and command lines from before 2024 speak: a form names the operation, the
 * answer is XML, and errors have the codes that the JSON protocol only names in a header. Some clients name the queue by the path alone.
 */
import { AwsError, type AwsServiceDefinition, type Call, type OperationRow } from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/sqs';
import { queryCodeOf } from './errors.ts';
import { allOperations } from './ops/index.ts';
import { type Members, rowOf, type WithQueues } from './ops/row.ts';

type Row = OperationRow<Members, Members>;
type Shapes = typeof schemas.shapes;

export function queueQueryDefinition(run: WithQueues): AwsServiceDefinition {
  return {
    signingName: 'sqs',
    protocol: 'query',
    queryVersion: '2012-11-05',
    requestIds: 'uuid',
    schemas: {
      ...schemas,
      xmlNamespace: 'http://queue.amazonaws.com/doc/2012-11-05/',
      shapes: withoutRequiredUrls(schemas.shapes),
    },
    operations: allOperations.map((one) => inQuery(rowOf(one, run))),
  };
}

/** A queue that only the path names is not missing. */
function withoutRequiredUrls(shapes: Shapes): Shapes {
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const url = shape.type === 'structure' ? shape.members.QueueUrl : undefined;
    if (shape.type !== 'structure' || url === undefined) return [name, shape] as const;
    return [
      name,
      { ...shape, members: { ...shape.members, QueueUrl: { ...url, required: false } } },
    ] as const;
  });
  return Object.fromEntries(entries);
}

function inQuery(row: Row): Row {
  const input = schemas.shapes[schemas.operations[row.name]!.input];
  const isOnQueue = input?.type === 'structure' && input.members.QueueUrl !== undefined;
  const spoken = async <Result>(
    call: Call<Members>,
    work: (call: Call<Members>) => Result | Promise<Result>,
  ) => {
    if (isOnQueue) addressByPath(call);
    try {
      return await work(call);
    } catch (error) {
      throw error instanceof AwsError ? translated(error) : error;
    }
  };
  return {
    ...row,
    resources: (call) => spoken(call, row.resources),
    handle: (call) => spoken(call, row.handle),
  };
}

/** The input stays the call's own: what was found out of it is remembered by the call. */
function addressByPath({ input, rawUrl }: Call<Members>): void {
  const path = rawUrl.split('?', 1)[0]!;
  if (input.QueueUrl === undefined && path !== '/') Object.assign(input, { QueueUrl: path });
}

function translated(error: AwsError): AwsError {
  const shape = Object.hasOwn(schemas.shapes, error.code) ? schemas.shapes[error.code] : undefined;
  const status = (shape?.type === 'structure' ? shape.error?.status : undefined) ?? error.status;
  return new AwsError(queryCodeOf(error), status, error.message, error.details);
}
