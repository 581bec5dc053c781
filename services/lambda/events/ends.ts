/** The end of an event: who is told of it. */
import { functionArn } from '../store/change.ts';
import type { LambdaBase } from '../store/context.ts';
import {
  type DeadLetterFault,
  deadLetterAttributes,
  destinationDocument,
  type EventCondition,
  type EventResponse,
} from './documents.ts';
import { documentBytesMax, type EventRow } from './event-table.ts';
import { type FollowUp, stageFollowUp } from './follow-up.ts';

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
  /** With the invocation that ended it, if there was one. */
  readonly traceId: string;
  /** It was stopped as a loop: functions are told nothing then, as they could be part of it. */
  readonly isLoop?: boolean;
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
  const { account, region, target } = row;
  const own = functionArn({ account, region, name: target.name }, target.qualifier ?? '$LATEST');
  const found: FollowUp[] = [];
  const tell = async (arn: string, payload: Buffer, attributes: Attributes = {}) => {
    const to = isOwn(arn, row) ? targetOf(arn, attributes) : undefined;
    if (end.isLoop === true && to?.kind === 'function') return;
    if (to === undefined || payload.length > documentBytesMax) {
      base.logger.warn(
        { function: own, destination: arn, bytes: payload.length },
        'nothing could be sent to a destination: it is of another kind or account, or it is too much',
      );
      return;
    }
    found.push(await stageFollowUp(base, row, { target: to, payload, traceId: end.traceId }));
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

/** What is sent is sent in nobody's name, so it must not reach what is another account's. */
const isOwn = (arn: string, { account }: EventRow): boolean => arn.split(':')[4] === account;

function targetOf(arn: string, attributes: Attributes): EventRow['target'] | undefined {
  const named = functionForm.exec(arn);
  if (named !== null) {
    const [, , , name = '', qualifier] = named;
    return { kind: 'function', name, ...(qualifier === undefined ? {} : { qualifier }) };
  }
  return queueForm.test(arn) ? { kind: 'queue', arn, attributes } : undefined;
}
