/** The end of an event: who is told of it. */
import { stagePieces } from '@hypergate/table';
import { functionArn } from '../store/change.ts';
import type { LambdaBase } from '../store/context.ts';
import { randomUuid } from '../store/random-ids.ts';
import {
  type DeadLetterFault,
  deadLetterAttributes,
  destinationDocument,
  type EventCondition,
  type EventResponse,
} from './documents.ts';
import { documentBytesMax, type EventRow, eventIdBytes } from './event-table.ts';
import type { FollowUp } from './outcome.ts';

/** Where ends of a function's events go; ARNs. */
export interface EndTargets {
  readonly onSuccess: string | undefined;
  readonly onFailure: string | undefined;
  readonly deadLetter: string | undefined;
}

export interface End {
  readonly row: EventRow;
  readonly payload: Uint8Array;
  readonly condition: EventCondition;
  readonly invokeCount: number;
  readonly response: EventResponse | undefined;
  /** Of failures. */
  readonly fault: DeadLetterFault | undefined;
}

const functionForm =
  /^arn:aws:lambda:([a-z0-9-]+):(\d{12}):function:([a-zA-Z0-9-_]+)(?::([$a-zA-Z0-9-_]+))?$/;
const queueForm = /^arn:aws:sqs:([a-z0-9-]+):(\d{12}):[a-zA-Z0-9-_]+(?:\.fifo)?$/;

/** Data of the rows is staged: whoever does not write them takes it back. */
export async function followUpsOf(base: LambdaBase, end: End, targets: EndTargets): Promise<FollowUp[]> {
  const { row, condition, fault } = end;
  if (row.target.kind !== 'function') return [];
  const { account, region } = row;
  const own = functionArn({ account, region, name: row.target.name }, row.target.qualifier ?? '$LATEST');
  const found: FollowUp[] = [];
  const tell = async (arn: string, payload: Buffer, attributes: Attributes = {}) => {
    const to = targetOf(arn, attributes);
    if (to === undefined || payload.length > documentBytesMax) {
      base.logger.warn(
        { function: own, destination: arn, bytes: payload.length },
        'nothing could be sent to a destination: it is of another kind, or it is too much',
      );
      return;
    }
    const now = base.clock.now();
    found.push({
      id: Buffer.from(base.random.bytes(eventIdBytes)),
      row: {
        account,
        region,
        target: to,
        requestId: randomUuid(base.random),
        traceId: row.traceId,
        acceptedMs: now,
        dueMs: now,
        failures: 0,
        delays: 0,
        payload: await stagePieces(base.tables, payload),
      },
    });
  };
  const destination = condition === 'Success' ? targets.onSuccess : targets.onFailure;
  if (destination !== undefined)
    await tell(
      destination,
      destinationDocument({
        timeMs: base.clock.now(),
        requestId: row.requestId,
        functionArn: own,
        condition,
        invokeCount: end.invokeCount,
        requestPayload: end.payload,
        response: end.response,
      }),
    );
  if (fault !== undefined && targets.deadLetter !== undefined)
    await tell(targets.deadLetter, Buffer.from(end.payload), deadLetterAttributes(row.requestId, fault));
  return found;
}

type Attributes = Extract<EventRow['target'], { readonly kind: 'queue' }>['attributes'];

function targetOf(arn: string, attributes: Attributes): EventRow['target'] | undefined {
  const named = functionForm.exec(arn);
  if (named !== null) {
    const [, , , name = '', qualifier] = named;
    return { kind: 'function', name, ...(qualifier === undefined ? {} : { qualifier }) };
  }
  return queueForm.test(arn) ? { kind: 'queue', arn, attributes } : undefined;
}
